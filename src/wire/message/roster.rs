//! What a roster would change, what was agreed to, and what became of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fleet::DriftCell;

/// `POST /v1/roster/apply`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApplyAsked {
    /// Absolute path of the roster, read by the supervisor.
    pub path: String,
    /// Start what should run and does not; whoever lives is left alone.
    #[serde(default)]
    pub start: bool,
    /// What somebody agreed to after seeing the plan: exactly that is done, and `start` counts for
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreed: Option<AgreedTo>,
}

/// The names that somebody agreed to. Whoever is not named is not touched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgreedTo {
    /// `digest` of the plan: another roster by now is `refused`.
    pub digest: String,
    /// They may be started.
    #[serde(default)]
    pub start: Vec<String>,
    /// They may be stopped, and are then removed.
    #[serde(default)]
    pub stop: Vec<String>,
    /// They may be restarted.
    #[serde(default)]
    pub restart: Vec<String>,
    /// A restart may cut off work: who is busy by then is restarted too.
    #[serde(default)]
    pub restart_busy: bool,
}

/// `POST /v1/roster/plan`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanAsked {
    /// Absolute path of the roster, read by the supervisor.
    pub path: String,
}

/// What a roster would change; nothing is touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanReply {
    /// Shape of this reply.
    pub schema_version: u32,
    /// The journal's head when it was made.
    pub as_of_seq: u64,
    /// The roster's path.
    pub path: String,
    /// What the roster says, as SHA-256; an apply that carries it is about this roster.
    pub digest: String,
    /// Agent by agent, in the order of the roster, those that it does not name last.
    pub changes: Vec<PlannedChange>,
    /// What looks wrong but is allowed.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// What would become of one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlannedChange {
    /// Its name.
    pub agent: String,
    /// `start`, `stop` (lives, no longer in the roster), `restart` (differs in what only a new
    /// session takes), `update` (in force without a start), `remove` (rests, no longer in the
    /// roster), `unchanged`.
    pub what: String,
    /// Whether it lives now.
    pub live: bool,
    /// What a stop or a restart would cut off: `busy`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_use: Option<String>,
    /// The fields that differ, with both values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<DriftCell>,
}

/// What an applied roster did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApplyReply {
    /// Events up to here are done.
    pub seq: u64,
    /// Agent by agent, in the order of the roster, the gone ones last.
    pub changes: Vec<Change>,
    /// What looks wrong but is allowed.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// What became of one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    /// Its name.
    pub agent: String,
    /// `starting`, `stopping`, `restarting`, `unchanged`, `changed` (lives on as it was started:
    /// drift), `updated` (in force now, or with its next start), `gone` (lives on, no longer in the
    /// roster), `removed`.
    pub what: String,
    /// Which fields differ, when it changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The fields that differed, with both values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<DriftCell>,
    /// What the word means here, or why it is not more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}
