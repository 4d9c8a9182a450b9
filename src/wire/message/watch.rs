//! A live look at a screen.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fleet::Row;

/// What scrolled off an agent's screen, and what stands on it, as one picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoryReply {
    /// Columns.
    pub columns: u16,
    /// How many rows the screen has: the last ones of the picture.
    pub rows: u16,
    /// How many rows of history are above them.
    pub above: u16,
    /// Base64 of the bytes that paint it on a terminal of that many columns and all those rows.
    pub paint: String,
    /// The version of the tmux that shows it, as with the screen of a watch.
    #[serde(default)]
    pub tmux: String,
}

/// One line of `GET /v1/agents/{name}/watch` (newline JSON); `?raw=true` gives bytes instead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum WatchFrame {
    /// The whole screen anew: size in cells, and the bytes that paint it, base64.
    Screen {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
        /// Base64 of the painting bytes.
        paint: String,
        /// The version of the tmux that shows it, such as `3.5a`: it decides which letters join the
        /// one before, and how many columns each takes. Empty from a supervisor that did not say.
        #[serde(default)]
        tmux: String,
    },
    /// What changes the screen, base64: bytes for a terminal that shows it as it was.
    Output {
        /// Base64.
        bytes: String,
        /// What the program calls its window from now on, when it has said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
    },
    /// The row of `ps`, at the start and when it changes.
    Status {
        /// The row.
        row: Box<Row>,
    },
    /// The pane is gone, or there is none yet; what follows is the screen of the next one.
    Gone {
        /// Why.
        reason: String,
    },
}
