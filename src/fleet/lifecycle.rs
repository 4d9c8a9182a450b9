//! An agent's lifecycle: each phase with what is true in it.
//!
//! ```text
//! absent ─▶ starting ─▶ running ─▶ stopping ─▶ exited
//!              ▲            └────────────────────▲ │
//!              └────────────── backoff ────────────┤
//!              └─ probe ─ held ◀── crash loop ─────┘
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Moment;

/// Where an agent is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum Lifecycle {
    /// Defined, and never started.
    Absent,
    /// Asked for; no process yet.
    Starting {
        /// Since when.
        since: Moment,
    },
    /// Its process lives.
    Running {
        /// Since when.
        since: Moment,
    },
    /// Asked to leave.
    Stopping {
        /// Since when.
        since: Moment,
    },
    /// Its last process is gone.
    Exited {
        /// How.
        exit: Exit,
        /// When.
        at: Moment,
        /// When it starts again, if it does.
        restart_at: Option<Moment>,
    },
    /// Not restarted for now.
    Held {
        /// Why.
        reason: HoldReason,
        /// Since when.
        since: Moment,
        /// When one start is tried again.
        probe_at: Moment,
    },
}

impl Lifecycle {
    /// The word of the glossary.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Starting { .. } => "starting",
            Self::Running { .. } => "running",
            Self::Stopping { .. } => "stopping",
            Self::Exited { .. } => "exited",
            Self::Held { .. } => "held",
        }
    }
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// It never ran: what the start ended in.
    NotStarted(String),
    /// It is gone and nobody saw how: why not.
    Lost(String),
}

impl fmt::Display for Exit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(out, "code {code}"),
            Self::Signal(signal) => write!(out, "signal {signal}"),
            Self::NotStarted(why) => write!(out, "not started: {why}"),
            Self::Lost(why) => write!(out, "lost: {why}"),
        }
    }
}

/// Why an agent is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// So many deaths in a row.
    CrashLoop {
        /// How many.
        deaths: u32,
        /// How the last one ended.
        last: Exit,
        /// Whether it was ended because it answered nothing any more.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        hung: bool,
    },
    /// It ended in the same way so often before its grace was over: another try is no use.
    BootFailure {
        /// How often.
        times: u32,
        /// How each of them ended.
        last: Exit,
    },
}

impl HoldReason {
    /// How the last life ended.
    pub fn last(&self) -> &Exit {
        match self {
            Self::CrashLoop { last, .. } | Self::BootFailure { last, .. } => last,
        }
    }
}

impl fmt::Display for HoldReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CrashLoop { deaths, last, hung: true } => write!(
                out,
                "crash loop: {deaths} deaths in a row, the last one because it answered no \
                 challenge: {last}"
            ),
            Self::BootFailure { times, last } => {
                write!(out, "it fails at its start: {times} times in a row with {last}")
            }
            Self::CrashLoop { deaths, last, hung: false } => {
                write!(out, "crash loop: {deaths} deaths in a row, the last one: {last}")
            }
        }
    }
}
