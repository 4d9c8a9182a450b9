//! Questions and commands that are on their way while the screen lives on.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::wire::client::{AgentVerb, Client, ClientError};
use crate::wire::{AgentAsked, CommandReply, ExplainReply, InboxReply, MessageReply, SendAsked};

/// How long a message is followed: so long a person may look at what becomes of it.
const FOLLOWED_FOR: Duration = Duration::from_secs(60);

/// So many ended messages a detail asks for: as many as are told.
const ENDED: usize = 100;

/// What a question came to.
pub enum Told {
    /// An agent is explained, with its mailbox.
    Explained(String, Result<(Box<ExplainReply>, InboxReply), ClientError>),
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
            let told = tokio::try_join!(client.explain(&agent), client.inbox(&agent, ENDED));
            Told::Explained(agent, told.map(|(reply, inbox)| (Box::new(reply), inbox)))
        });
    }

    /// Starts, stops or restarts an agent.
    pub fn command(&mut self, verb: AgentVerb, agent: String) {
        let client = self.client.clone();
        let asked = AgentAsked { reason: Some("asked for in fleet top".to_owned()) };
        self.going.spawn(async move { Told::Done(client.agent(&agent, verb, &asked).await) });
    }

    /// Sends an agent a message.
    pub fn send(&mut self, agent: String, asked: SendAsked) {
        let client = self.client.clone();
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
