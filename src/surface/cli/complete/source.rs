//! What the fleet has to offer: from the supervisor that runs, else from the roster. It starts none.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::super::table::age;
use super::super::{Desk, Machine};
use super::offer::Offer;
use crate::clock;
use crate::fleet::{AgentName, Definition};
use crate::places::{self, Places};
use crate::roster::{self, Source};
use crate::wire::MessageReply;
use crate::wire::client::{ClientError, EventQuery};

/// A supervisor that has not answered by then is not waited for: somebody sits before the line.
const DEADLINE: Duration = Duration::from_millis(150);

/// So far back in the journal a message is looked for that is to be shown.
const EVENTS_BACK: u16 = 5000;

/// More messages than these are no list to choose from.
const MESSAGES: usize = 50;

/// Mailboxes that are asked for what waits in them, one after the other.
const MAILBOXES: usize = 20;

/// An agent as far as a line names it. Of the rows of `ps` only this is read: a thousand of them are
/// read at a Tab.
#[derive(Debug, Clone, Deserialize)]
pub struct Agent {
    #[serde(rename = "agent")]
    pub name: String,
    managed: bool,
    role: Option<String>,
    lifecycle: String,
    health: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    inbox: u32,
}

#[derive(Debug, Deserialize)]
struct Rows {
    rows: Vec<Agent>,
}

/// The agents of the fleet, or of the roster where nobody can be asked.
pub async fn agents(desk: &Desk<impl Machine>) -> Vec<Agent> {
    match soon(desk, running(desk)).await {
        Some(agents) => agents,
        None => of_roster(&desk.places),
    }
}

async fn running(desk: &Desk<impl Machine>) -> Result<Vec<Agent>, ClientError> {
    let text = desk.client.ps_text().await?;
    let rows = serde_json::from_slice::<Rows>(&text).map_or_else(|_| Vec::new(), |rows| rows.rows);
    Ok(rows.into_iter().filter(|agent| agent.managed).collect())
}

/// What the supervisor says, if one runs and says it soon. One that is only waited for by systemd
/// would be started by a connection.
async fn soon<T>(
    desk: &Desk<impl Machine>,
    asked: impl Future<Output = Result<T, ClientError>>,
) -> Option<T> {
    if !desk.machine.has_supervisor() {
        return None;
    }
    tokio::time::timeout(DEADLINE, asked).await.ok()?.ok()
}

fn of_roster(places: &Places) -> Vec<Agent> {
    let path = places.roster();
    let (Ok(text), Ok(home)) = (std::fs::read(&path), places::home()) else {
        return Vec::new();
    };
    let file = path.display().to_string();
    let source = Source { text: &text, file: &file, home: &home, is_directory: &Path::is_dir };
    match roster::read(&source) {
        Ok(checked) => checked.roster.agents.into_iter().map(planned).collect(),
        // Who mends it wants their names all the same.
        Err(_) => roster::names(&text).iter().map(named).collect(),
    }
}

/// An agent of which no more than the name is certain.
fn named(name: &AgentName) -> Agent {
    Agent {
        name: name.to_string(),
        managed: true,
        role: None,
        lifecycle: String::new(),
        health: String::new(),
        labels: BTreeMap::new(),
        inbox: 0,
    }
}

fn planned(definition: Definition) -> Agent {
    let name = named(&definition.name);
    Agent { role: definition.role, labels: definition.labels, ..name }
}

impl Agent {
    /// Its name, how it does, and what it is for.
    pub fn offer(&self) -> Offer {
        let state = if self.lifecycle == "running" { &self.health } else { &self.lifecycle };
        let parts = [state.as_str(), self.role.as_deref().unwrap_or_default()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Offer::new(&self.name, parts.join(", "))
    }
}

/// What agents are for, each once, with who is for it.
pub fn roles(agents: &[Agent]) -> Vec<Offer> {
    grouped(agents.iter().filter_map(|agent| Some((agent.role.clone()?, agent.name.as_str()))))
}

/// The labels of agents, each once, with who has it.
pub fn labels(agents: &[Agent]) -> Vec<Offer> {
    grouped(agents.iter().flat_map(|agent| {
        let labels = agent.labels.iter();
        labels.map(|(key, value)| (format!("{key}={value}"), agent.name.as_str()))
    }))
}

fn grouped<'a>(words: impl Iterator<Item = (String, &'a str)>) -> Vec<Offer> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (word, agent) in words {
        groups.entry(word).or_default().push(agent);
    }
    groups.into_iter().map(|(word, agents)| Offer::new(word, agents.join(", "))).collect()
}

/// Messages: those that wait and can be taken back, or the last ones whatever became of them.
pub async fn messages(desk: &Desk<impl Machine>, only_waiting: bool) -> Vec<Offer> {
    let asked = async { if only_waiting { waiting(desk).await } else { last(desk).await } };
    soon(desk, asked).await.unwrap_or_default()
}

async fn waiting(desk: &Desk<impl Machine>) -> Result<Vec<Offer>, ClientError> {
    let agents = running(desk).await?;
    let now_ms = clock::now().wall_ms;
    let mut found = Vec::new();
    for agent in agents.iter().filter(|agent| agent.inbox > 0).take(MAILBOXES) {
        let inbox = desk.client.inbox(&agent.name, 0).await?;
        found.extend(inbox.messages.iter().map(|message| waits(message, now_ms)));
    }
    Ok(found)
}

fn waits(message: &MessageReply, now_ms: u64) -> Offer {
    let begins = message.begins.as_deref().unwrap_or_default();
    let since = age(now_ms.saturating_sub(message.queued_at_ms));
    Offer::new(&message.id, format!("{} {since} ago: {begins}", message.agent))
}

async fn last(desk: &Desk<impl Machine>) -> Result<Vec<Offer>, ClientError> {
    let head = desk.client.status().await?.head_seq;
    let from = head.saturating_sub(EVENTS_BACK.into()).max(1);
    let kinds = vec!["message.queued".to_owned()];
    let query = EventQuery { from, agent: None, kinds };
    // The oldest come first: only who takes all of them has the newest.
    let reply = desk.client.events(&query, usize::from(EVENTS_BACK) + 1).await?;
    let now_ms = clock::now().wall_ms;
    let offers = reply.events.iter().rev().filter_map(|event| {
        let message = event.payload.get("message")?;
        let id = message.get("id")?.as_str()?;
        let text = message.get("text").and_then(|text| text.as_str()).unwrap_or_default();
        let begins: String = text.lines().next().unwrap_or_default().chars().take(40).collect();
        let agent = event.agent.as_deref().unwrap_or_default();
        let since = age(now_ms.saturating_sub(event.ts_ms));
        Some(Offer::new(id, format!("{agent} {since} ago: {begins}")))
    });
    Ok(offers.take(MESSAGES).collect())
}
