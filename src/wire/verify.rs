//! What `events verify` comes to, and the digest of what a supervisor holds.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /v1/state`: what the supervisor holds, as one number to compare a fold of the journal with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StateReply {
    /// Shape of this reply.
    pub schema_version: u32,
    /// The last event that is in it.
    pub as_of_seq: u64,
    /// SHA-256 over the fleet as JSON, in hexadecimal digits.
    pub digest: String,
}

/// `events verify --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReply {
    /// Shape of this reply.
    pub schema_version: u32,
    /// The database.
    pub journal: String,
    /// Which journal it is; empty when it has no event.
    pub origin: String,
    /// How many events there are.
    pub events: u64,
    /// How many checkpoints were looked at.
    pub checkpoints: u64,
    /// The last checkpoint that holds.
    pub last_checkpoint: Option<CheckpointRecord>,
    /// The public key, as programs for signed notes want it.
    pub verifier_key: Option<String>,
    /// Whether the supervisor that runs holds what the journal says; without one nothing.
    pub agrees_with_supervisor: Option<bool>,
    /// What is wrong; none is good.
    pub findings: Vec<FindingRecord>,
    /// How many more findings there are.
    pub omitted: u64,
    /// What is not wrong, and yet worth to be known.
    pub notes: Vec<String>,
}

/// `agent tail --verify --json`: what is kept of an agent's output, against the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputVerifyReply {
    /// Shape of this reply.
    pub schema_version: u32,
    /// Whose output.
    pub agent: String,
    /// How many closed segments were read whole and compared.
    pub segments: u64,
    /// How many bytes they have together.
    pub bytes: u64,
    /// How many older ones have gone by the roster's limit.
    pub dropped: u64,
    /// How many are there of which no event tells yet: the one that is written now, and what was
    /// closed since the supervisor has left.
    pub open: u64,
    /// What is wrong: which bytes of which segment, and how; none is good.
    pub findings: Vec<String>,
    /// In how many things the journal itself is not what was signed.
    pub journal_findings: u64,
}

/// A checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointRecord {
    /// How many events.
    pub size: u64,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// The id of the key, in hexadecimal digits.
    pub key: String,
    /// The signed note.
    pub note: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// The event that it is about, or the first of them.
    pub seq: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// The first checkpoint that was signed over that event, by its number of events.
    pub covered_by: Option<u64>,
}
