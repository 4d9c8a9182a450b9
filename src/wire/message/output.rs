//! What an agent wrote, as lines of JSON; bytes are base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// One line of an agent's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OutputFrame {
    /// Always first.
    Head {
        /// Whether the roster wants output recorded; nothing where the roster was not asked.
        #[serde(default)]
        recorded: Option<bool>,
        /// Why nothing is recorded now, though it should be.
        #[serde(default)]
        stopped: Option<String>,
    },
    /// What follows is output of this session.
    Session {
        /// Its id.
        session: String,
        /// Milliseconds since 1970.
        at_ms: u64,
    },
    /// The terminal has this size from here on.
    Size {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
    /// Bytes, as the program wrote them.
    Output {
        /// Where they begin in all that the agent ever wrote; `from` goes on behind them.
        position: u64,
        /// They came at this time or up to a second later, milliseconds since 1970.
        at_ms: u64,
        /// Base64.
        bytes: String,
    },
    /// Output is missing here.
    Gap {
        /// Since when it was there again, milliseconds since 1970.
        at_ms: u64,
        /// Why.
        reason: String,
        /// How many bytes are missing, where that is known.
        #[serde(default)]
        lost: Option<u64>,
    },
    /// What came up to here was given; with `follow`, more may come.
    Now {},
}

impl OutputFrame {
    /// A frame of bytes.
    pub fn output(position: u64, at_ms: u64, bytes: &[u8]) -> Self {
        Self::Output { position, at_ms, bytes: STANDARD.encode(bytes) }
    }

    /// The bytes of a frame of bytes; none where there are none, or none that can be read.
    pub fn bytes(text: &str) -> Vec<u8> {
        STANDARD.decode(text).unwrap_or_default()
    }
}
