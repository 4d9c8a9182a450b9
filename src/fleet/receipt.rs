//! Messages, and the proof that a runtime accepted one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Moment;

/// The id of a message: it exists before the first keystroke. 12 characters of `0-9a-z`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId(pub String);

impl fmt::Display for MessageId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

impl MessageId {
    /// What stands in front of the text on a keystroke channel: `[m-<id>] `.
    pub fn tag(&self) -> String {
        format!("[m-{}] ", self.0)
    }

    /// Splits a submitted text into the id of its tag and the body behind it.
    pub fn of_tagged(text: &str) -> Option<(Self, &str)> {
        let (id, body) = text.strip_prefix("[m-")?.split_once("] ")?;
        let formed = !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        formed.then(|| (Self(id.to_owned()), body))
    }
}

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
            Self::Rejected { .. } => "rejected",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Whether a word of the runtime would still say something of it.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Typing | Self::Typed | Self::Unknown { .. })
    }

    /// Whether nothing more will happen to the message.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Queued | Self::Typing | Self::Typed)
    }
}

/// A message for an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// The text, byte for byte.
    pub text: String,
    /// Who sends it.
    pub from: String,
    /// When it was queued.
    pub queued_at: Moment,
    /// When it expires if it is still in the mailbox.
    pub expires_at: Moment,
    /// How far it has come.
    pub receipt: Receipt,
    /// When that rung was reached.
    pub receipt_at: Moment,
}

/// The first character that would be a key to a program that gets the text as a paste, and its
/// byte: ESC ends the paste, and what follows it changes modes.
pub fn key_in(text: &str) -> Option<(usize, char)> {
    text.char_indices().find(|(_, character)| {
        let is_text = matches!(character, '\n' | '\t');
        character.is_control() && !is_text
    })
}

#[cfg(test)]
mod tests {
    use super::MessageId;

    #[test]
    fn a_tag_binds_id_and_body() {
        let id = MessageId("k3x9".into());
        let text = format!("{}!rm -rf /\n[m-zz] no", id.tag());
        assert_eq!(MessageId::of_tagged(&text), Some((id, "!rm -rf /\n[m-zz] no")));
        for none in ["hello", "[m-] x", "[m-A1] x", "[m-a1]x", " [m-a1] x"] {
            assert_eq!(MessageId::of_tagged(none), None, "{none}");
        }
    }
}
