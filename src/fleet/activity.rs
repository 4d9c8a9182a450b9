//! What a runtime says that it does, and which of two words counts.

use serde::{Deserialize, Serialize};

/// An end of a limit that moves by less than this is the same end: a runtime that counts it down
/// anew each time must not fill the journal.
const SAME_END_MS: u64 = 60_000;

/// What a runtime says it is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Activity {
    /// Nobody has said.
    Unknown,
    /// Waiting for work.
    Idle,
    /// At work.
    Busy,
    /// A first-run, trust or unknown dialog is up: what the screen says.
    AwaitingInput {
        /// The screen's text, or the runtime's own word for it.
        detail: String,
    },
    /// A permission dialog is up.
    AwaitingApproval {
        /// What it asks.
        detail: String,
    },
    /// A usage limit keeps it from working.
    Limited {
        /// Which limit, in the runtime's own words.
        detail: String,
        /// When it ends, milliseconds since 1970, where the runtime knows.
        until_ms: Option<u64>,
    },
}

impl Activity {
    /// The word of the glossary.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Idle => "idle",
            Self::Busy => "busy",
            Self::AwaitingInput { .. } => "awaiting_input",
            Self::AwaitingApproval { .. } => "awaiting_approval",
            Self::Limited { .. } => "limited",
        }
    }

    /// What a dialog asks, or which limit it is.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::AwaitingInput { detail }
            | Self::AwaitingApproval { detail }
            | Self::Limited { detail, .. } => Some(detail),
            Self::Unknown | Self::Idle | Self::Busy => None,
        }
    }

    /// When a limit ends.
    pub fn until_ms(&self) -> Option<u64> {
        match self {
            Self::Limited { until_ms, .. } => *until_ms,
            Self::Unknown
            | Self::Idle
            | Self::Busy
            | Self::AwaitingInput { .. }
            | Self::AwaitingApproval { .. } => None,
        }
    }

    /// Whether it keeps messages waiting until the runtime itself says that it is over.
    pub fn blocks(&self) -> bool {
        match self {
            Self::AwaitingInput { .. } | Self::AwaitingApproval { .. } | Self::Limited { .. } => {
                true
            }
            Self::Unknown | Self::Idle | Self::Busy => false,
        }
    }

    /// Whether saying the other after this one says nothing new.
    pub fn is_repeated_by(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Limited { detail, until_ms: Some(until) },
                Self::Limited { detail: again, until_ms: Some(moved) },
            ) => detail == again && until.abs_diff(*moved) < SAME_END_MS,
            (before, now) => before == now,
        }
    }

    /// Whether this state goes on in the other one: its clock is not set back.
    pub fn goes_on_in(&self, other: &Self) -> bool {
        // Another question is another dialog; a limit of which more is known is the same limit.
        self == other || matches!((self, other), (Self::Limited { .. }, Self::Limited { .. }))
    }
}
