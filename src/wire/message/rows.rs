//! The rows of `ps`, and why one says what it says.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::EventRecord;
use super::SupervisorStatus;
use crate::fleet::{Evidence, Row};

/// `GET /v1/ps`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PsReply {
    /// Shape of this reply.
    pub schema_version: u32,
    /// The journal's head when the rows were made.
    pub as_of_seq: u64,
    /// Who made them; `null` when they come from direct probing.
    pub supervisor: Option<SupervisorStatus>,
    /// One row for each agent and each unmanaged session.
    pub rows: Vec<Row>,
    /// What could not be asked and is missing for that: each a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub incomplete: Vec<String>,
}

/// `GET /v1/agents/{name}/explain`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExplainReply {
    /// The journal's head when it was made.
    pub as_of_seq: u64,
    /// `agent@host/tenant`.
    pub address: String,
    /// The row that is explained.
    pub row: Row,
    /// A verdict a line.
    pub evidence: Vec<Evidence>,
    /// The last lines of the pane at the last exit.
    pub last_words: Vec<String>,
    /// The agent's last events, oldest first.
    pub events: Vec<EventRecord>,
}
