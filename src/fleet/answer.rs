//! What a command is told.

use serde::{Deserialize, Serialize};

use super::{LeaseId, MessageId};

/// What a command is told.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Answer {
    /// Nothing beyond that it is done.
    #[default]
    Done,
    /// One sentence.
    Said(String),
    /// What an applied roster changes: agent, word, fields.
    Changes(Vec<Changed>),
    /// The id of a queued message.
    Queued(MessageId),
    /// The keyboard is lent.
    AttachTo {
        /// The tmux session (`$N`) to attach to.
        session: String,
        /// The lease.
        lease: LeaseId,
        /// It is over when the holder has not come to tmux by then, milliseconds.
        come_within_ms: u64,
    },
}

/// What a roster changes for one agent; the words are those of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Its name.
    pub agent: String,
    /// `starting`, `stopping`, `restarting`, `unchanged`, `changed`, `updated`, `gone`, `removed`.
    pub what: String,
    /// What that means here, or why it is not more; empty when the word says it all.
    #[serde(default)]
    pub detail: String,
}
