//! How an agent is kept: asked, started again, stopped, recorded, and what it may use.

use serde::{Deserialize, Serialize};

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

    pub(super) fn is_built_in(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for OutputPlan {
    fn default() -> Self {
        let (segment_bytes, keep_bytes) = (Self::SEGMENT_BYTES, Self::KEEP_BYTES);
        Self { record: true, segment_bytes, keep_bytes }
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
