//! What the host reports. Missing is not old, and a failed query is not an absence:
//! an observation says what was seen, never what was not answered.

use super::{
    Activity, AgentName, ChannelKind, Examined, Exit, Grade, Host, LeaseId, MessageId, Moment,
    OutputFact, Pane,
};
use super::{SessionId, Tenant};

/// Something that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// The supervisor came up.
    SupervisorStarted {
        /// Its process.
        pid: u32,
        /// Its version.
        version: String,
        /// The kernel's id of this boot.
        boot_id: String,
        /// Whose fleet it is.
        tenant: Tenant,
        /// Where it runs.
        host: Host,
    },
    /// The supervisor has run into a limit of the host.
    LimitReached {
        /// What was not done, and what the kernel said.
        reason: String,
    },
    /// It runs into it no more.
    LimitPast,
    /// The journal took no events for a time; this is to be written once it takes them again.
    JournalFailed {
        /// Why not.
        reason: String,
        /// Since when, milliseconds since 1970.
        since_ms: u64,
        /// How many commands were refused for it.
        refused: u64,
    },
    /// Our tmux server answers, and these are all its panes.
    TmuxReady {
        /// Its process.
        server_pid: u32,
        /// `3.3a`.
        version: String,
        /// Every pane of it.
        panes: Vec<SeenPane>,
    },
    /// A pane tells what became of its output.
    OutputTold {
        /// Whose.
        agent: AgentName,
        /// The guest connection of the pane.
        connection: u64,
        /// The pane's own number for it.
        id: u64,
        /// The session whose output it is.
        session: SessionId,
        /// What.
        fact: OutputFact,
    },
    /// A running session's output comes to nobody.
    Untapped {
        /// Whose.
        agent: AgentName,
    },
    /// Our tmux server is gone.
    TmuxLost {
        /// What tmux or the kernel said when the connection to it ended.
        reason: String,
    },
    /// A pane was made for an agent.
    PaneCreated {
        /// For whom.
        agent: AgentName,
        /// Its ids.
        pane: Pane,
    },
    /// No pane could be made.
    PaneFailed {
        /// For whom.
        agent: AgentName,
        /// What tmux said.
        reason: String,
    },
    /// The first process of a pane said hello.
    PaneConnected {
        /// Whose pane.
        agent: AgentName,
        /// The pid of that process, as the kernel says.
        pane_pid: u32,
        /// The guest connection.
        connection: u64,
        /// What runs in it.
        running: Option<(SessionId, u32)>,
    },
    /// The connection to a pane's first process ended; the process itself may live.
    PaneDisconnected {
        /// Whose pane.
        agent: AgentName,
        /// The guest connection.
        connection: u64,
    },
    /// The first process of a pane is gone.
    PaneGone {
        /// Whose pane.
        agent: AgentName,
        /// Its pid.
        pane_pid: u32,
    },
    /// The agent's process runs.
    SessionStarted {
        /// Whose.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// The process.
        pid: u32,
    },
    /// The agent's process is gone, or never came.
    SessionExited {
        /// Whose.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// How.
        exit: Exit,
        /// The last lines of its pane.
        last_words: Vec<String>,
        /// Descendants that had to be killed after it.
        left_behind: u32,
    },
    /// A runtime, or our MCP server in it, said hello.
    ChannelOffered {
        /// Whose.
        agent: AgentName,
        /// Which life it claims to belong to.
        session: SessionId,
        /// SHA-256 of the token that it showed, hexadecimal.
        token_hash: String,
        /// How it can be asked.
        kind: ChannelKind,
        /// Whether it takes messages.
        delivers: bool,
        /// What it calls itself.
        software: String,
        /// Words for what it can.
        capabilities: Vec<String>,
        /// The guest connection.
        connection: u64,
    },
    /// A channel ended.
    ChannelClosed {
        /// Whose.
        agent: AgentName,
        /// The guest connection.
        connection: u64,
        /// What the runtime said when it ended it on purpose.
        goodbye: Option<String>,
    },
    /// A challenge went out.
    Challenged {
        /// To whom.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// When.
        sent_at: Moment,
    },
    /// The runtime answered a challenge.
    HeartbeatAnswered {
        /// Who.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// When that challenge was sent.
        sent_at: Moment,
        /// How long the answer took, microseconds.
        rtt_us: u64,
    },
    /// A second look at a runtime that answers nothing came to this.
    Examined {
        /// Whose.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// What it came to.
        examined: Examined,
        /// What was seen, one sentence.
        evidence: String,
    },
    /// The runtime, or its files, say what it does.
    ActivityReported {
        /// Who.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// What.
        activity: Activity,
    },
    /// The runtime said with an answer to a challenge what it does.
    ActivityAnswered {
        /// Who.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// What.
        activity: Activity,
    },
    /// A dialog stands on the screen of a runtime that has not spoken yet.
    DialogSeen {
        /// Who.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// What the screen says.
        detail: String,
    },
    /// The runtime's conversation has this id now.
    ConversationReported {
        /// Who.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// The id.
        conversation: String,
    },
    /// The runtime says that this text was submitted to it.
    Submitted {
        /// Who.
        agent: AgentName,
        /// Which message its tag names.
        id: MessageId,
        /// Whether the text is the message's, after the runtime's stated normalisation.
        same_text: bool,
        /// How far the acceptance goes; `None` where the runtime does not say whether it waits.
        grade: Option<Grade>,
        /// The runtime's own name of the turn that it went into.
        turn: Option<String>,
    },
    /// The runtime says that a text which is no message of ours was submitted into this turn.
    TurnNamed {
        /// Who.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// The runtime's own name of the turn.
        turn: String,
    },
    /// A message was pasted and stands in the composer, and no Enter was pressed.
    MessageNotSubmitted {
        /// To whom.
        agent: AgentName,
        /// Which.
        id: MessageId,
        /// Why not.
        reason: String,
    },
    /// Long after Enter, a message still stands alone in the composer.
    MessageStands {
        /// To whom.
        agent: AgentName,
        /// Which.
        id: MessageId,
    },
    /// What was typed of a message that ended was taken out of the composer.
    MessageCleared {
        /// To whom.
        agent: AgentName,
        /// Which.
        id: MessageId,
    },
    /// Every key of a message went out.
    MessageTyped {
        /// To whom.
        agent: AgentName,
        /// Which.
        id: MessageId,
    },
    /// Nothing of a message went out.
    MessageNotTyped {
        /// To whom.
        agent: AgentName,
        /// Which.
        id: MessageId,
        /// Why.
        reason: String,
    },
    /// A part of a message may have gone out.
    MessageDoubtful {
        /// To whom.
        agent: AgentName,
        /// Which.
        id: MessageId,
        /// Why.
        reason: String,
    },
    /// The runtime does not take a message, and does not have it.
    MessageRejected {
        /// Who.
        agent: AgentName,
        /// Which.
        id: MessageId,
        /// Why.
        reason: String,
    },
    /// Who sits at a keyboard by a terminal, everywhere on our tmux server.
    ClientsSeen {
        /// The server.
        server_pid: u32,
        /// All of them who can type.
        clients: Vec<SeenClient>,
        /// The terminals of holders that are not there any more.
        lost_ttys: Vec<String>,
    },
    /// The process that holds a keyboard has ended.
    HolderGone {
        /// Whose keyboard.
        agent: AgentName,
        /// Which lease.
        lease: LeaseId,
        /// Whether its terminal is gone too.
        lost_tty: bool,
    },
    /// A deadline that decide asked for has come.
    DeadlineCame,
}

impl Observation {
    /// Whether it is about a challenge: a probe, kept beside the fleet and never journaled.
    pub fn is_probe(&self) -> bool {
        matches!(self, Self::Challenged { .. } | Self::HeartbeatAnswered { .. })
    }
}

/// A pane on our socket, ours or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPane {
    /// `%N`.
    pub id: String,
    /// `@N`.
    pub window: String,
    /// `$N`.
    pub session: String,
    /// The session's name, for people.
    pub session_name: String,
    /// Its first process.
    pub pid: u32,
    /// Whether that process is gone.
    pub dead: bool,
    /// The agent that it was made for, by our own mark on it.
    pub agent: Option<String>,
    /// `hub` or `view`, for the sessions that the supervisor itself needs.
    pub role: Option<String>,
    /// What runs in it, as tmux says.
    pub command: String,
}

/// A tmux client with a terminal, in some session of our server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenClient {
    /// The session that it sits in: `$N`.
    pub session: String,
    /// The window that it shows: `@N`. Somebody may show an agent's in a session of their own.
    pub window: String,
    /// Its process.
    pub pid: u32,
    /// The parent of that, where the kernel says.
    pub parent: Option<u32>,
    /// Whether the parent is an `agent attach`.
    pub by_attach: bool,
    /// Its terminal.
    pub tty: String,
    /// Whose it is, as tmux says; the uid where it names nobody.
    pub user: String,
}
