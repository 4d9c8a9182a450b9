//! How a session's process ended: a frame's part, and a file until it is acknowledged.

use serde::{Deserialize, Serialize};

/// How a session's process ended, as the pane's first process saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitRecord {
    /// The session that ended.
    pub session: String,
    /// Its exit code, when it exited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The signal, when one ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// Why it never ran, when it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When, in milliseconds since 1970.
    pub at_ms: u64,
    /// Descendants that had to be killed after it.
    #[serde(default)]
    pub left_behind: u32,
}
