//! What the roster says of an agent: checked values, as `roster` builds them.

use std::collections::BTreeMap;
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
    /// The tmux server and its panes.
    #[serde(default, skip_serializing_if = "TmuxPlan::is_built_in")]
    pub tmux: TmuxPlan,
    /// The agents, in the order of the file.
    pub agents: Vec<Definition>,
}

/// What the roster says of the tmux server and its panes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TmuxPlan {
    /// The name of its socket in the directory of sockets, when the roster names one: that of
    /// the next server, a living one is never moved.
    pub socket: Option<String>,
    /// Lines that a pane keeps above its screen, from its birth to its end, when the roster says so.
    pub history: Option<u32>,
}

impl TmuxPlan {
    /// The socket's name without a word in the roster.
    pub const SOCKET: &str = "tmux.sock";
    /// The history without a word in the roster: 1.5 to 5 MiB when it is full.
    pub const HISTORY: u32 = 2000;

    /// The socket's name.
    pub fn socket(&self) -> &str {
        self.socket.as_deref().unwrap_or(Self::SOCKET)
    }

    /// Lines that a pane keeps.
    pub fn history(&self) -> u32 {
        self.history.unwrap_or(Self::HISTORY)
    }

    fn is_built_in(&self) -> bool {
        *self == Self::default()
    }
}

/// One agent as the roster defines it; every default is already filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Its name.
    pub name: AgentName,
    /// What it is for: free text, or the name of one of the roster's `roles`.
    pub role: Option<String>,
    /// What the roster says of that role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_description: Option<String>,
    /// The program inside: how it is started, asked and read.
    pub runtime: RuntimeKind,
    /// The name of the runtime, when it is one of the roster's own; such a one behaves as
    /// `runtime` does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime_name: Option<String>,
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
    /// What it may use of the host.
    #[serde(default, skip_serializing_if = "Limits::is_unlimited")]
    pub limits: Limits,
    /// The user's own words for it, to choose by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// How its output is kept.
    #[serde(default, skip_serializing_if = "OutputPlan::is_built_in")]
    pub output: OutputPlan,
}

/// How an agent's output is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputPlan {
    /// Whether it is.
    pub record: bool,
    /// A file of it is closed when it is as long as this, in bytes.
    pub segment_bytes: u64,
    /// The oldest files go when all of them together are longer than this, in bytes.
    pub keep_bytes: u64,
}

impl OutputPlan {
    /// A file without a word in the roster: some hundred thousand lines, and read in a moment.
    pub const SEGMENT_BYTES: u64 = 4 << 20;
    /// All files without a word in the roster: for fifty agents no more than some gigabytes.
    pub const KEEP_BYTES: u64 = 32 << 20;

    fn is_built_in(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for OutputPlan {
    fn default() -> Self {
        let (segment_bytes, keep_bytes) = (Self::SEGMENT_BYTES, Self::KEEP_BYTES);
        Self { record: true, segment_bytes, keep_bytes }
    }
}

impl Definition {
    /// The word of the roster for its runtime.
    pub fn runtime_word(&self) -> &str {
        self.runtime_name.as_deref().unwrap_or(self.runtime.as_str())
    }
}

/// What an agent may use of the host. Nothing enforces it before an agent has a cgroup of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of memory of all its processes.
    pub memory_bytes: Option<u64>,
    /// Processes and threads.
    pub tasks: Option<u32>,
    /// Processor time as percent of one core: 150 is one core and a half.
    pub cpu_percent: Option<u32>,
}

impl Limits {
    /// Whether nothing is limited.
    pub fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }
}

impl Definition {
    /// What a session that was started as `self` goes by when everything that needs no new session
    /// is taken from `wanted`.
    #[must_use]
    pub fn taking(&self, wanted: &Self) -> Self {
        // Named one by one, so that a new field is decided on here.
        let Self { name, role, role_description, boot, lifecycle, heartbeat, .. } = wanted.clone();
        let Self { restart, stop, size, limits, labels, output, .. } = wanted.clone();
        let Self { runtime, runtime_name, workspace, command, args, env, approvals, .. } =
            self.clone();
        Self {
            name,
            role,
            role_description,
            runtime,
            runtime_name,
            workspace,
            command,
            args,
            env,
            boot,
            lifecycle,
            heartbeat,
            restart,
            stop,
            size,
            limits,
            labels,
            approvals,
            output,
        }
    }
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
    /// Each wait is longer by a random part of itself, up to so many percent, so that many that
    /// died together do not come back together.
    #[serde(default = "Backoff::jitter", skip_serializing_if = "Backoff::is_jitter")]
    pub jitter_percent: u8,
}

impl Backoff {
    /// The jitter without a word in the roster.
    pub const JITTER_PERCENT: u8 = 10;

    fn jitter() -> u8 {
        Self::JITTER_PERCENT
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_jitter(percent: &u8) -> bool {
        *percent == Self::JITTER_PERCENT
    }
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
