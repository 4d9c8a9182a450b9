//! What the roster says of an agent: checked values, as `roster` builds them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::AgentName;

/// A whole checked roster.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roster {
    /// The tenant's label, when the roster names one.
    pub tenant: Option<String>,
    /// The host's label, when the roster names one.
    pub host: Option<String>,
    /// The agents, in the order of the file.
    pub agents: Vec<Definition>,
}

/// One agent as the roster defines it; every default is already filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Its name.
    pub name: AgentName,
    /// Free text: what it is for.
    pub role: Option<String>,
    /// The program inside.
    pub runtime: RuntimeKind,
    /// The directory it works in; absolute, `~` already replaced.
    pub workspace: PathBuf,
    /// The program to run; each runtime but `command` has a default.
    pub command: Option<String>,
    /// Arguments after the program's name.
    pub args: Vec<String>,
    /// Environment on top of the fixed base, in the order of the file.
    pub env: Vec<(String, EnvValue)>,
    /// Whether it comes up with the host.
    pub boot: bool,
    /// `core` (always on) or `ephemeral`.
    pub lifecycle: Kind,
    /// When it is asked whether it lives, and how long an answer counts.
    pub heartbeat: HeartbeatPlan,
    /// What follows an exit.
    pub restart: RestartPlan,
    /// How it is stopped.
    pub stop: StopPlan,
    /// The size its pane is born with.
    pub size: Size,
    /// Who answers the runtime's own dialogs.
    pub approvals: Approvals,
}

/// The program inside a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuntimeKind {
    /// The dogfood runtime of this program.
    Stub,
    /// Claude Code.
    Claude,
    /// Any program; without the heartbeat protocol its health is unknown.
    Command,
}

impl RuntimeKind {
    /// The word of the roster.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stub => "stub",
            Self::Claude => "claude",
            Self::Command => "command",
        }
    }
}

/// A value of the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvValue {
    /// The text itself.
    Value(String),
    /// Read at each start from this file, without its last newline; never journaled.
    FromFile(PathBuf),
}

/// `core` agents are kept up; `ephemeral` ones end when their work ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Always on.
    Core,
    /// A worker for one lane.
    Ephemeral,
}

/// When an agent is challenged and how long an answer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatPlan {
    /// From one challenge to the next.
    pub every_ms: u64,
    /// Healthy while the last answered challenge was sent at most this long ago.
    pub healthy_within_ms: u64,
    /// After a start, silence is `starting` for this long.
    pub grace_ms: u64,
    /// What happens when it answers nothing any more.
    #[serde(default, skip_serializing_if = "OnUnresponsive::is_notify")]
    pub on_unresponsive: OnUnresponsive,
}

/// What happens when a runtime answers nothing any more, and a second look agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnresponsive {
    /// It is said, and nothing is done.
    #[default]
    Notify,
    /// It is ended and started again, as after a death.
    Restart,
    /// It is left as it is, to be looked at: nothing is delivered to it.
    Hold,
}

impl OnUnresponsive {
    /// The word of the roster.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::Restart => "restart",
            Self::Hold => "hold",
        }
    }

    fn is_notify(&self) -> bool {
        *self == Self::Notify
    }
}

/// What follows an exit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartPlan {
    /// Whether to start again.
    pub policy: RestartPolicy,
    /// How long to wait.
    pub backoff: Backoff,
    /// So many deaths in a row, each before `backoff.max` of life, end in a hold.
    pub give_up_after: u32,
}

/// Whether an exit is followed by a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// After every exit that was not asked for.
    Always,
    /// After a code other than 0, or a signal.
    OnFailure,
    /// Never.
    Never,
}

impl RestartPolicy {
    /// The word of the roster.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::OnFailure => "on-failure",
            Self::Never => "never",
        }
    }
}

/// Waiting times before a restart: doubling from `initial_ms` to `max_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backoff {
    /// The first wait; 0 restarts at once.
    pub initial_ms: u64,
    /// The longest wait.
    pub max_ms: u64,
}

/// How an agent is stopped: a signal, then after `grace_ms` SIGKILL to all that is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopPlan {
    /// `TERM`, `INT`, `HUP`, `QUIT`, `USR1` or `USR2`.
    pub signal: String,
    /// How long it may take to leave by itself.
    pub grace_ms: u64,
}

/// Columns and rows of a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Columns, 20 to 500.
    pub columns: u16,
    /// Rows, 5 to 200.
    pub rows: u16,
}

/// Who answers the runtime's own dialogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approvals {
    /// Whoever attaches.
    Runtime,
}
