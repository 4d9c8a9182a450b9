//! Request and reply bodies, error codes, versions. JSON only ever gains fields.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

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
}

/// `POST /v1/roster/apply`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApplyAsked {
    /// Absolute path of the roster, read by the supervisor.
    pub path: String,
    /// Start what should run and does not.
    #[serde(default)]
    pub start: bool,
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
    /// `starting`, `unchanged`, `changed` (lives on as it was started: drift), `updated` (does
    /// not run; the next start uses it), `gone` (lives on, no longer in the roster), `removed`.
    pub what: String,
    /// Which fields differ, when it changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
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
}

/// One row of `fleet ps`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Row {
    /// The tenant's label.
    pub tenant: String,
    /// The host's label.
    pub host: String,
    /// The agent's name, or the tmux session's when unmanaged.
    pub agent: String,
    /// False for what runs on our socket and is not ours.
    pub managed: bool,
    /// From the roster.
    pub role: Option<String>,
    /// `stub`, `claude`, `command`; `null` when unmanaged.
    pub runtime: Option<String>,
    /// `absent`, `starting`, `running`, `stopping`, `exited`, `held`, `unknown`.
    pub lifecycle: String,
    /// Why, when it is held or exited: one sentence.
    pub lifecycle_detail: Option<String>,
    /// `starting`, `healthy`, `late`, `unresponsive`, `unknown`.
    pub health: String,
    /// Why, when unknown.
    pub health_reason: Option<String>,
    /// The agent's own process.
    pub pid: Option<u32>,
    /// Its current life.
    pub session: Option<SessionCell>,
    /// Its tmux place.
    pub pane: Option<PaneCell>,
    /// What systemd says; `state` is `n/a` where no user manager runs.
    pub unit: UnitCell,
    /// What the kernel says of its processes.
    pub process: Option<ProcessCell>,
    /// What the runtime says it does.
    pub activity: ActivityCell,
    /// What its last challenge says; `null` when it cannot be asked.
    pub heartbeat: Option<HeartbeatCell>,
    /// How it differs from the roster.
    pub drift: Vec<DriftCell>,
    /// Whether it comes back after a reboot.
    pub boot: BootCell,
    /// Messages that wait.
    pub inbox: u32,
    /// Who has the keyboard.
    pub attached: Option<String>,
}

/// A life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionCell {
    /// Its id.
    pub id: String,
    /// When it began, milliseconds since 1970.
    pub since_ms: u64,
    /// Starts so far.
    pub starts: u32,
    /// The runtime's own conversation, when it has one.
    pub conversation: Option<String>,
}

/// A tmux place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaneCell {
    /// `%N`.
    pub id: String,
    /// Whether the agent's process in it lives; `null` when nobody can say.
    pub alive: Option<bool>,
    /// How its last process ended: `code 3`, `signal 9`.
    pub exit: Option<String>,
}

/// What systemd says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitCell {
    /// The unit that keeps it.
    pub name: Option<String>,
    /// `active`, `failed`, …; `n/a` without a user manager; `unknown` when asking failed;
    /// `detached` when it runs outside any unit of ours.
    pub state: String,
}

/// What the kernel says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProcessCell {
    /// One letter of `/proc/PID/stat`: R, S, D, T, Z.
    pub state: String,
    /// Percent of one core since the last look, of the whole tree; `null` at the first look.
    pub cpu_percent: Option<f64>,
    /// Milliseconds of processor time of the whole tree.
    pub cpu_ms: u64,
    /// Resident bytes of the whole tree.
    pub memory_bytes: u64,
    /// Processes in the tree.
    pub count: u32,
}

/// What the runtime does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActivityCell {
    /// `idle`, `busy`, `awaiting_input`, `awaiting_approval`, `unknown`.
    pub state: String,
    /// Since when, milliseconds since 1970.
    pub since_ms: Option<u64>,
    /// What a dialog asks.
    pub detail: Option<String>,
}

/// What the last challenge says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeartbeatCell {
    /// Since the last answered challenge was sent; `null` before the first answer.
    pub age_ms: Option<u64>,
    /// Round trip of that challenge, milliseconds with fractions as microseconds / 1000.
    pub rtt_us: Option<u64>,
    /// The same in whole milliseconds, rounded up.
    pub rtt_ms: Option<u64>,
    /// Healthy while `age_ms` is at most this.
    pub within_ms: u64,
    /// `native` or `mcp`; `null` while no channel is open.
    pub channel: Option<String>,
    /// Challenges in a row without an answer.
    pub misses: u32,
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DriftCell {
    /// The roster's key.
    pub field: String,
    /// What the roster says.
    pub wanted: String,
    /// What runs.
    pub running: String,
}

/// Whether it comes back after a reboot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BootCell {
    /// The roster's `boot`.
    pub wanted: bool,
    /// Whether it would; `null` when that cannot be known.
    pub effective: Option<bool>,
    /// What is missing, each a sentence with its cure.
    pub missing: Vec<String>,
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

/// Why one cell says what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// The cell: `lifecycle`, `health`, `activity`, `drift`, `boot`, …
    pub cell: String,
    /// What it says.
    pub verdict: String,
    /// What that was seen in.
    pub evidence: String,
    /// Who saw it: `journal`, `heartbeat`, `kernel`, `tmux`, `systemd`, `roster`.
    pub source: String,
    /// How old the evidence is, milliseconds.
    pub age_ms: Option<u64>,
    /// The rule that made the verdict of it.
    pub rule: String,
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
