//! The routes of the API, one function each.

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;

use super::lines::{Chunks, Frames};
use super::{Client, ClientError, EventQuery, Follow, READ_DEADLINE, segment, within};
use crate::wire::{
    AgentAsked, ApplyAsked, ApplyReply, AttachAsked, AttachReply, CommandReply, DetachAsked,
    EventsReply, ExplainReply, HistoryReply, InboxReply, MessageReply, PlanAsked, PlanReply,
    PsReply, SendAsked, StateReply, StopAsked, SupervisorStatus,
};

/// A status is made from memory: a supervisor that needs longer hangs.
const STATUS_DEADLINE: Duration = Duration::from_secs(2);

/// A table that is older than this is no answer to "what runs now".
pub const PS_DEADLINE: Duration = Duration::from_secs(5);

/// What an agent is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentVerb {
    /// Come up.
    Start,
    /// Go down and stay down.
    Stop,
    /// End the session and begin the next.
    Restart,
}

impl AgentVerb {
    /// The word of the route.
    fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
        }
    }
}

impl Client {
    /// Who answers, and since when.
    pub async fn status(&self) -> Result<SupervisorStatus, ClientError> {
        self.get("/v1/status", STATUS_DEADLINE).await
    }

    /// The digest of what the supervisor holds.
    pub async fn state(&self) -> Result<StateReply, ClientError> {
        self.get("/v1/state", STATUS_DEADLINE).await
    }

    /// The rows.
    pub async fn ps(&self) -> Result<PsReply, ClientError> {
        self.get("/v1/ps", PS_DEADLINE).await
    }

    /// The rows as JSON, for who reads only some of their fields.
    pub async fn ps_text(&self) -> Result<Bytes, ClientError> {
        self.get_text("/v1/ps", PS_DEADLINE).await
    }

    /// Why the cells of a row say what they say.
    pub async fn explain(&self, agent: &str) -> Result<ExplainReply, ClientError> {
        self.get(&agent_path(agent, "explain"), READ_DEADLINE).await
    }

    /// The same as JSON.
    pub async fn explain_text(&self, agent: &str) -> Result<Bytes, ClientError> {
        self.get_text(&agent_path(agent, "explain"), READ_DEADLINE).await
    }

    /// What a roster would change.
    pub async fn plan(&self, asked: &PlanAsked) -> Result<PlanReply, ClientError> {
        self.command(Method::POST, "/v1/roster/plan", asked).await
    }

    /// Takes a roster; with `start`, brings up what should run and does not.
    pub async fn apply(&self, asked: &ApplyAsked) -> Result<ApplyReply, ClientError> {
        self.command(Method::POST, "/v1/roster/apply", asked).await
    }

    /// Starts, stops or restarts an agent.
    pub async fn agent(
        &self,
        agent: &str,
        verb: AgentVerb,
        asked: &AgentAsked,
    ) -> Result<CommandReply, ClientError> {
        self.command(Method::POST, &agent_path(agent, verb.word()), asked).await
    }

    /// Ends the supervisor, with or without its agents.
    pub async fn stop(&self, asked: &StopAsked) -> Result<CommandReply, ClientError> {
        self.command(Method::POST, "/v1/supervisor/stop", asked).await
    }

    /// Queues a message.
    pub async fn send(&self, agent: &str, asked: &SendAsked) -> Result<MessageReply, ClientError> {
        self.command(Method::POST, &agent_path(agent, "messages"), asked).await
    }

    /// Queues a message under a key of [`Client::key`]: asked again with it, the message is the same.
    pub async fn send_once(
        &self,
        agent: &str,
        asked: &SendAsked,
        key: &str,
    ) -> Result<MessageReply, ClientError> {
        let path = agent_path(agent, "messages");
        self.command_once(Method::POST, &path, asked, key.to_owned()).await
    }

    /// A message, as soon as nothing more will happen to it or the wait is over.
    pub async fn message(&self, id: &str, wait: Duration) -> Result<MessageReply, ClientError> {
        let path = format!("/v1/messages/{}?wait_ms={}", segment(id), wait.as_millis());
        self.get(&path, wait + READ_DEADLINE).await
    }

    /// The same with its text and every rung, also of one that ended long ago.
    pub async fn message_told(
        &self,
        id: &str,
        wait: Duration,
    ) -> Result<MessageReply, ClientError> {
        let wait_ms = wait.as_millis();
        let path = format!("/v1/messages/{}?ladder=true&wait_ms={wait_ms}", segment(id));
        self.get(&path, wait + READ_DEADLINE).await
    }

    /// Takes a message back.
    pub async fn cancel(&self, id: &str) -> Result<CommandReply, ClientError> {
        let path = format!("/v1/messages/{}", segment(id));
        self.command(Method::DELETE, &path, &serde_json::Map::new()).await
    }

    /// What waits for an agent, and so many of the last messages that ended.
    pub async fn inbox(&self, agent: &str, ended: usize) -> Result<InboxReply, ClientError> {
        self.get(&agent_path(agent, &format!("inbox?ended={ended}")), READ_DEADLINE).await
    }

    /// Takes the keyboard.
    pub async fn attach(
        &self,
        agent: &str,
        asked: &AttachAsked,
    ) -> Result<AttachReply, ClientError> {
        self.command(Method::POST, &agent_path(agent, "attach"), asked).await
    }

    /// Gives the keyboard back.
    pub async fn detach(
        &self,
        agent: &str,
        asked: &DetachAsked,
    ) -> Result<CommandReply, ClientError> {
        self.command(Method::POST, &agent_path(agent, "detach"), asked).await
    }

    /// Looks at a pane.
    pub async fn watch(&self, agent: &str) -> Result<Frames, ClientError> {
        Ok(Frames::new(self.open(&agent_path(agent, "watch"), None).await?))
    }

    /// The last rows that scrolled off an agent's screen, `lines` at most, and that screen.
    pub async fn history(&self, agent: &str, lines: u16) -> Result<HistoryReply, ClientError> {
        let path = agent_path(agent, &format!("history?lines={lines}"));
        self.get(&path, READ_DEADLINE).await
    }

    /// The bytes of a pane, for a terminal of its size.
    pub async fn watch_raw(&self, agent: &str) -> Result<Chunks, ClientError> {
        Ok(Chunks::new(self.open(&agent_path(agent, "watch?raw=true"), None).await?))
    }

    /// Events that there are, from `query.from` on, at most `limit`.
    pub async fn events(
        &self,
        query: &EventQuery,
        limit: usize,
    ) -> Result<EventsReply, ClientError> {
        let path = query.path(query.from, &format!("&limit={limit}"));
        self.get(&path, READ_DEADLINE).await
    }

    /// Events that there are, and those to come.
    pub async fn follow(&self, query: EventQuery) -> Result<Follow, ClientError> {
        within("/v1/events?follow=true", READ_DEADLINE, Follow::open(self.clone(), query)).await
    }
}

/// The path of a route about one agent.
pub(super) fn agent_path(agent: &str, rest: &str) -> String {
    format!("/v1/agents/{}/{rest}", segment(agent))
}
