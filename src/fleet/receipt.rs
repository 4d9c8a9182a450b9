//! How far a message has come, and what proves it.

use serde::{Deserialize, Serialize};

/// How far an acceptance is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// The runtime has it and works on it, or will now.
    Accepted,
    /// The runtime has it in its own queue, behind the running turn.
    AcceptedQueued,
}

/// How far a message has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Receipt {
    /// In the mailbox; nothing was typed.
    Queued,
    /// The first keystroke may have gone out.
    Typing,
    /// It was typed and submitted; the runtime has not said that it took it.
    Typed,
    /// The runtime has it.
    Accepted {
        /// How far that is proven.
        grade: Grade,
    },
    /// It stands in the runtime's composer, and no Enter submitted it: the runtime does not have it.
    TypedNotSubmitted {
        /// What was seen.
        reason: String,
    },
    /// It was refused, and the runtime does not have it.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Its time ran out in the mailbox; nothing was typed.
    Expired,
    /// Taken back; nothing was typed.
    Cancelled,
    /// Nobody can say whether the runtime has it; it is never sent again by us.
    Unknown {
        /// Why not.
        reason: String,
    },
}

impl Receipt {
    /// The word of the glossary.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Typing => "typing",
            Self::Typed => "typed",
            Self::Accepted { grade: Grade::Accepted } => "accepted",
            Self::Accepted { grade: Grade::AcceptedQueued } => "accepted_queued",
            Self::TypedNotSubmitted { .. } => "typed_not_submitted",
            Self::Rejected { .. } => "rejected",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Whether a word of the runtime would still say something of it.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Typing | Self::Typed) || self.can_be_late()
    }

    /// Whether it ended, and a word of the runtime would still change how.
    pub fn can_be_late(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::TypedNotSubmitted { .. })
    }

    /// Whether nothing more will happen to the message.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Queued | Self::Typing | Self::Typed)
    }
}
