//! Questions and commands that are on their way while the screen lives on.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::wire::client::{AgentVerb, Client, ClientError, EventQuery};
use crate::wire::{AgentAsked, CommandReply, EventRecord, ExplainReply, MessageReply, SendAsked};

/// How long a message is followed: so long a person may look at what becomes of it.
const FOLLOWED_FOR: Duration = Duration::from_secs(60);

/// So many events back a detail looks for messages; the journal has all of them.
const MAIL_EVENTS: u64 = 20_000;

/// At most so many events of messages: a screen shows fewer.
const MAIL_MAX: usize = 500;

/// What a question came to.
pub enum Told {
    /// An agent is explained, with the events of its messages.
    Explained(String, Result<(Box<ExplainReply>, Vec<EventRecord>), ClientError>),
    /// A command was taken, or not.
    Done(Result<CommandReply, ClientError>),
    /// A message for this agent was taken, or not.
    Sent(String, Result<MessageReply, ClientError>),
    /// How far a message has come.
    Followed(Result<MessageReply, ClientError>),
}

/// What is on its way. A person presses keys slower than these are answered.
pub struct Questions {
    client: Client,
    going: JoinSet<Told>,
}

impl Questions {
    /// None yet.
    pub fn new(client: Client) -> Self {
        Self { client, going: JoinSet::new() }
    }

    /// The next answer; never while nothing was asked.
    pub async fn next(&mut self) -> Told {
        loop {
            match self.going.join_next().await {
                Some(Ok(told)) => return told,
                // One that panicked has nothing to say; the hook has said it.
                Some(Err(_)) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// Asks why an agent's row says what it says.
    pub fn explain(&mut self, agent: String) {
        let client = self.client.clone();
        self.going.spawn(async move {
            let told = explained(&client, &agent).await;
            Told::Explained(agent, told)
        });
    }

    /// Starts, stops or restarts an agent.
    pub fn command(&mut self, verb: AgentVerb, agent: String) {
        let client = self.client.clone();
        let asked = AgentAsked { reason: Some("asked for in fleet top".to_owned()) };
        self.going.spawn(async move { Told::Done(client.agent(&agent, verb, &asked).await) });
    }

    /// Sends an agent a message.
    pub fn send(&mut self, agent: String, text: String) {
        let client = self.client.clone();
        let asked = SendAsked { text, ..SendAsked::default() };
        self.going.spawn(async move {
            let told = client.send(&agent, &asked).await;
            Told::Sent(agent, told)
        });
    }

    /// Follows a message to its end.
    pub fn follow(&mut self, message: MessageReply) {
        if message.is_final {
            return;
        }
        let client = self.client.clone();
        self.going
            .spawn(async move { Told::Followed(client.message(&message.id, FOLLOWED_FOR).await) });
    }
}

/// The row's evidence, and what events tell of its messages.
async fn explained(
    client: &Client,
    agent: &str,
) -> Result<(Box<ExplainReply>, Vec<EventRecord>), ClientError> {
    let reply = client.explain(agent).await?;
    let kinds = crate::fleet::EVENT_TYPES.iter().filter(|kind| kind.starts_with("message."));
    let query = EventQuery {
        from: reply.as_of_seq.saturating_sub(MAIL_EVENTS).max(1),
        agent: Some(agent.to_owned()),
        kinds: kinds.map(|kind| (*kind).to_owned()).collect(),
    };
    let mail = client.events(&query, MAIL_MAX).await?.events;
    Ok((Box::new(reply), mail))
}
