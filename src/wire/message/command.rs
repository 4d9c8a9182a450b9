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
    /// Who takes the keyboard: a user's name.
    pub who: String,
    /// Their terminal: `/dev/pts/3`.
    #[serde(default)]
    pub tty: Option<String>,
    /// Let the agent take the size of the terminal until the end.
    #[serde(default)]
    pub resize: bool,
    /// Why whoever has the keyboard loses it; without a reason nobody does.
    #[serde(default)]
    pub steal: Option<String>,
}

/// `POST /v1/agents/{name}/detach`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DetachAsked {
    /// Only when it is this lease that is held; without one, whichever is.
    #[serde(default)]
    pub lease: Option<String>,
    /// Whether the holder's terminal is gone.
    #[serde(default)]
    pub lost_terminal: bool,
}

/// What to run for an attach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttachReply {
    /// The event of its start.
    pub seq: u64,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// The lease, for `detach`.
    #[serde(default)]
    pub lease: String,
    /// It is over when the program has not come to tmux by then, milliseconds from now.
    #[serde(default)]
    pub come_within_ms: u64,
}
