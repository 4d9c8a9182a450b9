//! An agent's output, as far as the journal knows it: how far it is closed, whether it is recorded.

use serde::{Deserialize, Serialize};

/// What the journal knows of the output of one agent, over all its sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Recording {
    /// The last segment that is closed; 0 before the first.
    pub segment: u64,
    /// Where that one ends in all that the agent ever wrote, in bytes.
    pub position: u64,
    /// Why nothing is recorded now, though it should be.
    pub stopped: Option<String>,
}

/// What became of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputFact {
    /// A segment is closed and on the disk.
    Closed {
        /// Its number.
        segment: u64,
        /// Where it begins in all that the agent ever wrote, in bytes.
        offset: u64,
        /// Bytes.
        length: u64,
        /// Of those bytes, hexadecimal.
        sha256: String,
    },
    /// Nothing is recorded any more.
    Stopped {
        /// Why.
        reason: String,
    },
    /// It is again.
    Resumed {
        /// Bytes that are missing, where somebody could count them.
        lost_bytes: Option<u64>,
    },
}
