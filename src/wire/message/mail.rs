//! A message, and how far it has come.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/agents/{name}/messages`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SendAsked {
    /// The text, byte for byte.
    pub text: String,
    /// Who sends it: an agent, by its name or as `agent@host/tenant`, or a word for somebody else.
    #[serde(default)]
    pub from: Option<String>,
    /// What is expected of the receiver: `actionable`, `terminal-log`, `human` or `reaction`; without
    /// it `actionable` of an agent and `human` of others.
    #[serde(default)]
    pub class: Option<String>,
    /// How long it may wait in the mailbox, milliseconds.
    #[serde(default)]
    pub expires_ms: Option<u64>,
    /// Interrupt the running turn first.
    #[serde(default)]
    pub interrupt: bool,
    /// Deliver it only when the runtime is idle.
    #[serde(default)]
    pub wait_idle: bool,
}

/// A message and how far it has come; also `GET /v1/messages/{id}?wait_ms=&ladder=`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// Who sends it.
    #[serde(default)]
    pub from: String,
    /// What is expected of the receiver.
    #[serde(default)]
    pub class: String,
    /// `queued`, `typing`, `typed`, `accepted`, `accepted_queued`, `typed_not_submitted`,
    /// `rejected`, `expired`, `cancelled`, `unknown`.
    pub state: String,
    /// Why it waits, was rejected, or cannot be known.
    pub reason: Option<String>,
    /// Place in the mailbox, 0 for the next; while it is queued.
    pub position: Option<u32>,
    /// When it was queued, milliseconds since 1970.
    #[serde(default)]
    pub queued_at_ms: u64,
    /// When it expires if it is still in the mailbox, milliseconds since 1970.
    #[serde(default)]
    pub expires_at_ms: u64,
    /// When that rung was reached, milliseconds since 1970.
    pub at_ms: u64,
    /// Whether nothing more will happen to it.
    pub is_final: bool,
    /// How the text begins; in an inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins: Option<String>,
    /// The text, byte for byte; with `ladder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The line that goes before the text, where an agent sends it; with `ladder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<String>,
    /// Every rung, oldest first; with `ladder`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Vec<RungReply>>,
}

/// A step of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RungReply {
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// `queued`, `interrupting`, `typing`, `typed`, `looked_again`, `returned`, `cleared`, or how
    /// it ended.
    pub rung: String,
    /// Why, or by which way.
    pub detail: Option<String>,
}

/// `GET /v1/agents/{name}/inbox`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InboxReply {
    /// The journal's head when it was made.
    pub as_of_seq: u64,
    /// The tenant's label.
    pub tenant: String,
    /// The host's label.
    pub host: String,
    /// Whose mailbox.
    pub agent: String,
    /// Why a message would wait now; none when it would go out.
    pub waits: Option<String>,
    /// How many it holds at most; the next one is refused.
    pub room: u32,
    /// What has not ended: the one on its way first, then in the order in which they go out.
    pub messages: Vec<MessageReply>,
    /// The last ones that ended, newest first.
    pub ended: Vec<MessageReply>,
}
