//! Who gets a message: one by name, or those that are named or labelled; a wrong name stops all.

use super::super::arguments::SendAsked;
use super::super::table::Which;
use super::super::{Desk, Exit, Failure, Machine};
use crate::wire::Row;

/// Whom a send is for.
#[derive(Debug)]
pub struct Recipients {
    /// Their names, each once.
    pub names: Vec<String>,
    /// Whether they were chosen rather than named as the one: the receipts are a list then.
    pub is_list: bool,
}

/// Whether there is no NAME, and all words are text.
pub fn are_chosen(asked: &SendAsked) -> bool {
    asked.all || !asked.to.is_empty() || !asked.labels.is_empty()
}

/// Finds them.
pub async fn find(
    desk: &Desk<impl Machine>,
    asked: &SendAsked,
    sender: Option<&str>,
) -> Result<Recipients, Failure> {
    if !are_chosen(asked) {
        let names = asked.agent.iter().cloned().collect();
        return Ok(Recipients { names, is_list: false });
    }
    let rows = desk.client.ps().await?.rows;
    let agents: Vec<&Row> = rows.iter().filter(|row| row.managed).collect();
    let named = Which { names: asked.to.clone(), ..Which::default() };
    named.known(agents.iter().copied())?;
    let labelled = Which { labels: asked.labels.clone(), ..Which::default() };
    let is_sender = |row: &Row| sender.is_some_and(|sender| is_of(sender, row));
    let takes = |row: &Row| {
        asked.to.contains(&row.agent)
            || (!asked.labels.is_empty() && labelled.takes(row))
            || (asked.all && row.wanted.is_some() && !is_sender(row))
    };
    let chosen = agents.into_iter().filter(|row| takes(row));
    let names: Vec<String> = chosen.map(|row| row.agent.clone()).collect();
    if names.is_empty() {
        let hint = "`mosaic ps --columns agent,labels` shows who has which; nothing was sent";
        return Err(Failure::new(Exit::NotFound, "no agent is meant by that", hint));
    }
    Ok(Recipients { names, is_list: true })
}

/// Whether a sender's name or address is this agent's.
fn is_of(sender: &str, row: &Row) -> bool {
    sender == row.agent || sender == format!("{}@{}/{}", row.agent, row.host, row.tenant)
}
