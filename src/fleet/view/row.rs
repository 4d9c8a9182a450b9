//! The rows that every surface draws: the JSON of `fleet ps`, which only ever gains fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
    /// What the roster says of that role.
    #[serde(default)]
    pub role_description: Option<String>,
    /// `stub`, `claude`, `command` or a name of the roster's own; `null` when unmanaged.
    pub runtime: Option<String>,
    /// What `runtime` behaves as: `stub`, `claude`, `command`; `null` when unmanaged.
    #[serde(default)]
    pub adapter: Option<String>,
    /// `up` or `down`: whether somebody wants it to run; `null` where nobody can say.
    #[serde(default)]
    pub wanted: Option<String>,
    /// `absent`, `starting`, `running`, `stopping`, `exited`, `held`, `unknown`.
    pub lifecycle: String,
    /// Why, when it is held or exited: one sentence.
    pub lifecycle_detail: Option<String>,
    /// How often in a row, up to its life before this one, it failed at its start.
    #[serde(default)]
    pub boot_failures: u32,
    /// `starting`, `healthy`, `late`, `unresponsive`, `unknown`.
    pub health: String,
    /// Why, when unknown; when unresponsive, what a second look found and what is done.
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
    /// Who has the keyboard, in words: `alice on /dev/pts/3`.
    pub attached: Option<String>,
    /// The same in parts, and since when; `null` when nobody has it.
    #[serde(default)]
    pub keyboard: Option<KeyboardCell>,
    /// What it may use of the host; `null` when the roster sets no limit.
    #[serde(default)]
    pub limits: Option<LimitsCell>,
    /// The roster's labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

/// What an agent may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LimitsCell {
    /// Bytes of memory of all its processes.
    pub memory_bytes: Option<u64>,
    /// Processes and threads.
    pub tasks: Option<u32>,
    /// Percent of one core.
    pub cpu_percent: Option<u32>,
    /// Whether the kernel holds the agent to them.
    pub enforced: bool,
}

/// A life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionCell {
    /// Its id.
    pub id: String,
    /// When it began: `2026-11-24T14:37:21.042Z`.
    pub since: String,
    /// The same in milliseconds since 1970.
    pub since_ms: u64,
    /// Starts so far.
    pub starts: u32,
    /// The runtime's own conversation, when it has one.
    pub conversation: Option<String>,
}

/// A keyboard that somebody has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyboardCell {
    /// A user's name.
    pub who: String,
    /// Their terminal: `/dev/pts/3`.
    pub tty: Option<String>,
    /// Since when: `2026-11-24T14:37:21.042Z`.
    pub since: String,
    /// The same in milliseconds since 1970.
    pub since_ms: u64,
    /// The lease; `null` where an older supervisor lent it.
    pub lease: Option<String>,
    /// Whether the agent has taken the size of their terminal.
    pub resize: bool,
    /// Whether they came by a tmux client of their own and asked nobody.
    pub by_hand: bool,
    /// Whether tmux shows their client.
    pub seated: bool,
    /// When it is over by itself, milliseconds since 1970; `null` while tmux shows their client.
    pub expires_ms: Option<u64>,
    /// Who else can type there, by a tmux client of their own.
    #[serde(default)]
    pub beside: Vec<BesideCell>,
}

/// Somebody at a keyboard that another one has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BesideCell {
    /// A user's name.
    pub who: String,
    /// Their terminal: `/dev/pts/4`.
    pub tty: String,
    /// Since when: `2026-11-24T14:37:21.042Z`.
    pub since: String,
    /// The same in milliseconds since 1970.
    pub since_ms: u64,
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
    /// `detached` when it runs outside any unit of ours; `none` when nothing of it runs.
    pub state: String,
}

/// What the kernel says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProcessCell {
    /// One letter of `/proc/PID/stat`: R, S, D, T, Z.
    pub state: String,
    /// Percent of one core since the last look, of the whole tree; `null` at the first look.
    #[serde(rename = "cpu")]
    pub cpu_percent: Option<f64>,
    /// Milliseconds of processor time of the whole tree.
    pub cpu_ms: u64,
    /// Resident bytes of the whole tree.
    #[serde(rename = "memory")]
    pub memory_bytes: u64,
    /// Processes in the tree.
    pub count: u32,
}

/// What the runtime does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActivityCell {
    /// `idle`, `busy`, `awaiting_input`, `awaiting_approval`, `limited`, `unknown`.
    pub state: String,
    /// Since when, milliseconds since 1970.
    pub since_ms: Option<u64>,
    /// What a dialog asks, or which limit it is.
    pub detail: Option<String>,
    /// When a limit ends, milliseconds since 1970, where the runtime knows.
    #[serde(default)]
    pub until_ms: Option<u64>,
    /// The runtime's own name for the running turn, where it says one with its answers.
    #[serde(default)]
    pub turn: Option<String>,
}

impl ActivityCell {
    /// Nobody can say.
    pub fn unknown() -> Self {
        let state = "unknown".to_owned();
        Self { state, since_ms: None, detail: None, until_ms: None, turn: None }
    }
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
    /// What was counted on its channel since the supervisor's start.
    #[serde(default)]
    pub counters: Counters,
}

/// What was counted on the channels of one agent, since the supervisor's start. Each is a rule of
/// the heartbeat protocol; all but the first two are faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Counters {
    /// Challenges that went out.
    pub challenges: u64,
    /// Answers in time.
    pub answers: u64,
    /// Answers that came past their deadline.
    #[serde(skip_serializing_if = "is_zero")]
    pub late_answers: u64,
    /// Answers with a nonce that was never sent on that connection, or long ago.
    #[serde(skip_serializing_if = "is_zero")]
    pub wrong_nonces: u64,
    /// Answers to a challenge that was answered before.
    #[serde(skip_serializing_if = "is_zero")]
    pub replayed_nonces: u64,
    /// Hellos and frames with a token or session that is not the current one.
    #[serde(skip_serializing_if = "is_zero")]
    pub wrong_tokens: u64,
    /// Hellos of a version that is not spoken here.
    #[serde(skip_serializing_if = "is_zero")]
    pub wrong_versions: u64,
    /// Lines that are no frame.
    #[serde(skip_serializing_if = "is_zero")]
    pub garbage_lines: u64,
    /// Frames of a type that this version does not know; no fault of a newer runtime.
    #[serde(skip_serializing_if = "is_zero")]
    pub unknown_types: u64,
    /// Lines longer than a line may be; each has ended its connection.
    #[serde(skip_serializing_if = "is_zero")]
    pub long_lines: u64,
    /// Frames that had to wait since too many came.
    #[serde(skip_serializing_if = "is_zero")]
    pub slowed_frames: u64,
    /// Connections that a newer one replaced.
    #[serde(skip_serializing_if = "is_zero")]
    pub replaced: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Counters {
    /// Each name with its count, in the order of the shape; only what is not zero.
    pub fn told(&self) -> Vec<(&'static str, u64)> {
        let all = [
            ("challenges", self.challenges),
            ("answers", self.answers),
            ("late answers", self.late_answers),
            ("wrong nonces", self.wrong_nonces),
            ("replayed nonces", self.replayed_nonces),
            ("wrong tokens", self.wrong_tokens),
            ("wrong versions", self.wrong_versions),
            ("garbage lines", self.garbage_lines),
            ("unknown types", self.unknown_types),
            ("long lines", self.long_lines),
            ("slowed frames", self.slowed_frames),
            ("replaced connections", self.replaced),
        ];
        all.into_iter().filter(|(_, count)| *count > 0).collect()
    }
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
