//! What happened.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// One event, as `GET /v1/events` gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventRecord {
    /// Its place in the journal.
    pub seq: u64,
    /// Its own id.
    pub id: String,
    /// When, milliseconds since 1970.
    pub ts_ms: u64,
    /// The tenant's label.
    pub tenant: String,
    /// The host's label.
    pub host: String,
    /// The agent, when it is about one.
    pub agent: Option<String>,
    /// The session, when it is about one.
    pub session: Option<String>,
    /// `session.started`, `health.changed`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Version of the payload's shape.
    pub schema_version: u32,
    /// Who caused it: `cli:uid=1000`, `supervisor`, `runtime`.
    pub actor: String,
    /// The event or command behind it.
    pub cause: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// What happened.
    pub payload: Value,
}

/// `GET /v1/events?from=&limit=` without `follow`; with it the same records come as SSE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventsReply {
    /// The journal's head.
    pub as_of_seq: u64,
    /// The events, oldest first.
    pub events: Vec<EventRecord>,
}
