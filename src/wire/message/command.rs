//! What is asked of an agent or the supervisor, and that it was heard.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/agents/{name}/start|stop|restart`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentAsked {
    /// Why, for the journal.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The reply to a command: done when the journal has `seq`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommandReply {
    /// The last event that the command produced; the head when it changed nothing.
    pub seq: u64,
    /// What happened, in one sentence.
    pub said: String,
}

/// `POST /v1/supervisor/stop`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StopAsked {
    /// Leave agents and tmux alive.
    #[serde(default)]
    pub keep_agents: bool,
}

/// `POST /v1/agents/{name}/attach`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttachAsked {
    /// Who takes the keyboard: `user on /dev/pts/3`.
    pub who: String,
    /// Let the agent take the size of the terminal until the end.
    #[serde(default)]
    pub resize: bool,
}

/// What to run for an attach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttachReply {
    /// The event of its start.
    pub seq: u64,
    /// Program and arguments.
    pub argv: Vec<String>,
}
