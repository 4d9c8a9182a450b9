//! A message, and how far it has come.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/agents/{name}/messages`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SendAsked {
    /// The text, byte for byte.
    pub text: String,
    /// Who sends it.
    #[serde(default)]
    pub from: Option<String>,
    /// How long it may wait in the mailbox, milliseconds.
    #[serde(default)]
    pub expires_ms: Option<u64>,
}

/// A message and how far it has come; also `GET /v1/messages/{id}?wait_ms=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageReply {
    /// The journal's head when it was made.
    pub as_of_seq: u64,
    /// The message's id.
    pub id: String,
    /// The tenant's label.
    #[serde(default)]
    pub tenant: String,
    /// The host's label.
    #[serde(default)]
    pub host: String,
    /// Its agent.
    pub agent: String,
    /// `queued`, `typing`, `typed`, `accepted`, `accepted_queued`, `rejected`, `expired`,
    /// `cancelled`, `unknown`.
    pub state: String,
    /// Why it waits, was rejected, or cannot be known.
    pub reason: Option<String>,
    /// Place in the mailbox, 0 for the next; while it is queued.
    pub position: Option<u32>,
    /// When that rung was reached, milliseconds since 1970.
    pub at_ms: u64,
    /// Whether nothing more will happen to it.
    pub is_final: bool,
}
