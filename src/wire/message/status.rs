//! Who supervises, since when, and what keeps it from its work.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /v1/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SupervisorStatus {
    /// Shape of this reply.
    pub schema_version: u32,
    /// The tenant's label.
    #[serde(default)]
    pub tenant: String,
    /// The host's label.
    #[serde(default)]
    pub host: String,
    /// The supervisor's process.
    pub pid: u32,
    /// `0.1.0`.
    pub version: String,
    /// Since when, milliseconds since 1970.
    pub since_ms: u64,
    /// `systemd` or `detached`: who keeps it.
    pub kept_by: String,
    /// Path of the tmux server's socket.
    pub tmux_socket: String,
    /// `running` or why not.
    pub tmux: String,
    /// The roster's path, when one was applied.
    pub roster: Option<String>,
    /// The last event in the journal.
    pub head_seq: u64,
    /// The limit of the host that it has reached, until it is past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strained: Option<String>,
    /// `full since …`, `read-only since …`: why nothing can be journaled now, and commands are
    /// refused; nothing while all is well.
    #[serde(default)]
    pub journal: Option<String>,
    /// What became of telemetry; only in `GET /v1/status`, while an endpoint is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telemetry: Option<TelemetryStatus>,
    /// Connections to the heartbeat socket that ended without a hello, since its start.
    #[serde(default)]
    pub nameless_connections: u64,
}

/// What was told to the collector since the supervisor started; what is lost is only counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TelemetryStatus {
    /// Spans that were over.
    pub spans: u64,
    /// Those that the collector has taken; the others are lost, or wait for the next batch.
    pub spans_taken: u64,
    /// How often it was told the figures.
    pub metric_exports: u64,
    /// How often it did not take them.
    pub metric_exports_failed: u64,
}
