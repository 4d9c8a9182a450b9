//! Every frame. How one becomes a line is said in `codec`.

use serde::{Deserialize, Serialize};

use super::exit::ExitRecord;
use super::hello::Hello;
use super::{OutputNews, RecordPlan};

/// What each note begins with that pane-exec writes into the pane, between two lives, for people.
pub const NOTE_MARK: &str = "[mosaic] ";

/// What a runtime is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityWord {
    /// Waiting for work.
    Idle,
    /// At work.
    Busy,
    /// A dialog asks for something.
    AwaitingInput,
    /// A dialog asks for permission.
    AwaitingApproval,
    /// A usage limit keeps it from working.
    Limited,
    /// A word of a later version: it says nothing here, and what it came with still counts.
    #[serde(other)]
    Unknown,
}

/// What comes back for a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The nonce of the challenge, unchanged.
    pub nonce: String,
    /// What the runtime does now, where it says so with each answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ActivityWord>,
    /// What a dialog asks, or which limit it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// When a limit ends, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
    /// The runtime's own name for the running turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<String>,
    /// The last message that it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_id: Option<String>,
}

impl Answered {
    /// The least that an answer says.
    pub fn to(nonce: String) -> Self {
        let (state, detail, until_ms, turn, last_message_id) = (None, None, None, None, None);
        Self { nonce, state, detail, until_ms, turn, last_message_id }
    }
}

/// What a runtime says to a message that it got by `deliver`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliverOutcome {
    /// It works on it, or will now.
    Accepted,
    /// It waits behind the running turn.
    AcceptedQueued,
    /// It does not take it.
    Rejected,
}

/// A name and a value.
pub type Pair = (String, String);

/// What a guest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromGuest {
    /// Always first.
    Hello(Hello),
    /// `pane`: the agent's process runs.
    Started {
        /// The session that GO named.
        session: String,
        /// The agent's own process.
        pid: u32,
    },
    /// `pane`: the agent's process is gone; the record is on disk.
    Exited(ExitRecord),
    /// `mcp`: the runtime has finished its MCP handshake; challenges may begin.
    Ready,
    /// `runtime`, `mcp`: the runtime answered the challenge.
    Answer(Answered),
    /// `runtime`: what it does now; sent at each change.
    Activity {
        /// The state.
        state: ActivityWord,
        /// What a dialog asks, or which limit it is, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
        /// When a limit ends, in milliseconds since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until_ms: Option<u64>,
    },
    /// `runtime`: its composer was submitted with this text.
    Submitted {
        /// The whole text, the tag included.
        text: String,
        /// Whether it waits behind a running turn.
        #[serde(default)]
        queued: bool,
    },
    /// `runtime`: the answer to `deliver`.
    Receipt {
        /// The id that `deliver` carried.
        message_id: String,
        /// What became of it.
        outcome: DeliverOutcome,
        /// Why it was rejected.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// `hook`: what the runtime told its hook.
    Hook {
        /// The hook's name: `UserPromptSubmit`, `SessionStart`, …
        event: String,
        /// What it read from its standard input.
        payload: serde_json::Value,
        /// When, in milliseconds since 1970.
        at_ms: u64,
    },
    /// `pane`: something became of its output.
    Output(OutputNews),
    /// `pane`: somebody has brought it its output.
    Tapped,
    /// `pane`: nobody brings it its output any more.
    Untapped {
        /// The abstract socket on which it waits for it now.
        tap: String,
    },
    /// `runtime`: it ends the connection on purpose; it will not be asked any more.
    Bye {
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// What the supervisor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToGuest {
    /// The hello was taken.
    Welcome {
        /// The version that the supervisor speaks.
        v: u32,
    },
    /// The hello was not taken; the connection ends.
    Refused {
        /// Why, for people.
        reason: String,
    },
    /// `pane`: start the agent now.
    Go {
        /// The id of the new session.
        session: String,
        /// Program and arguments; no shell reads them.
        argv: Vec<String>,
        /// Its working directory.
        cwd: String,
        /// Its whole environment.
        env: Vec<Pair>,
        /// How many files it may have open: the soft limit; without it that of the pane.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        files: Option<u64>,
        /// How its output is recorded; without it, it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<RecordPlan>,
    },
    /// `pane`: record the session's output in this way from now on; without one, no more.
    Record {
        /// The session; another one is left alone.
        session: String,
        /// How.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output: Option<RecordPlan>,
    },
    /// `pane`: what became of its output is in the journal, up to this one.
    OutputRecorded {
        /// The id of the last of them.
        id: u64,
    },
    /// `pane`: end the session: the signal to the agent, then after the grace SIGKILL to every
    /// descendant that is left.
    Stop {
        /// The session to end; another one is left alone.
        session: String,
        /// The number of the signal.
        signal: i32,
        /// Milliseconds.
        grace_ms: u64,
    },
    /// `pane`: the exit of this session is in the journal; its record may go.
    ExitRecorded {
        /// The session.
        session: String,
    },
    /// `pane`: the agent is not wanted any more; leave when nothing runs.
    Close,
    /// `runtime`, `mcp`: answer from the runtime's own loop.
    Challenge {
        /// To be given back unchanged.
        nonce: String,
        /// When it went out, in milliseconds since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sent_at: Option<u64>,
        /// An answer that comes later than so many milliseconds after it makes nothing healthy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline_ms: Option<u64>,
    },
    /// `runtime`: take this message.
    Deliver {
        /// Comes back in `receipt`.
        message_id: String,
        /// The text, byte for byte.
        text: String,
        /// The trace that the message belongs to, in the form of W3C Trace Context.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        traceparent: Option<String>,
    },
    /// `hook`: what came of what it said is in the journal; it may leave.
    HookTaken,
}
