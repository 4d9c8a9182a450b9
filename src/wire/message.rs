//! Request and reply bodies, error codes, versions. JSON only ever gains fields.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::fleet::{DriftCell, Evidence, Row};

/// The version of every reply's shape.
pub const SCHEMA_VERSION: u32 = 1;

/// Why a request was not done; each has one exit code (`docs/exit-codes.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request is malformed.
    BadRequest,
    /// No agent, message or route of that name.
    NotFound,
    /// The roster has mistakes.
    WrongRoster,
    /// The state does not allow it.
    Refused,
    /// Something that should work did not: disk, tmux, the runtime's files.
    Failed,
    /// The host lacks something: tmux, a program, systemd.
    Missing,
    /// The caller is another uid.
    Forbidden,
    /// The supervisor is shutting down.
    ShuttingDown,
}

/// The body of every reply that is not 2xx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorReply {
    /// What went wrong.
    pub error: ErrorBody,
}

/// What went wrong, where, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// The class.
    pub code: ErrorCode,
    /// What and where.
    pub message: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The single mistakes, when there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

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

/// `POST /v1/agents/{name}/start|stop|restart`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AgentAsked {
    /// Why, for the journal.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The reply to a command: done when the journal has `seq`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CommandReply {
    /// The last event that the command produced; the head when it changed nothing.
    pub seq: u64,
    /// What happened, in one sentence.
    pub said: String,
}

/// `POST /v1/supervisor/stop`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StopAsked {
    /// Leave agents and tmux alive.
    #[serde(default)]
    pub keep_agents: bool,
}

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

/// `POST /v1/agents/{name}/attach`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttachAsked {
    /// Who takes the keyboard: `user on /dev/pts/3`.
    pub who: String,
    /// Let the agent take the size of the terminal until the end.
    #[serde(default)]
    pub resize: bool,
}

/// What to run for an attach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AttachReply {
    /// The event of its start.
    pub seq: u64,
    /// Program and arguments.
    pub argv: Vec<String>,
}

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
    },
    /// Live bytes, base64.
    Output {
        /// Base64.
        bytes: String,
    },
    /// The row of `ps`, at the start and when it changes.
    Status {
        /// The row.
        row: Box<Row>,
    },
    /// The pane is gone; a new one may follow.
    Gone {
        /// Why.
        reason: String,
    },
}
