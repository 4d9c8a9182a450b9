//! What we now hold true: past tense, versioned, never edited.

use serde::{Deserialize, Serialize};

use super::{
    Activity, AgentName, ChannelKind, Definition, Examined, Exit, Grade, Health, HoldReason, Host,
    LeaseEnd, LeaseId, Message, MessageId, Moment, OnUnresponsive, Pane, Roster, SessionId, Tenant,
    Wanted,
};

/// A fact. The name in quotes is the journal's `type`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A supervisor took the lock.
    #[serde(rename = "supervisor.started")]
    SupervisorStarted { pid: u32, version: String, boot_id: String, tenant: Tenant, host: Host },
    /// It was asked to leave.
    #[serde(rename = "supervisor.stopping")]
    SupervisorStopping { keep_agents: bool },
    /// It has reached a limit of the host: who comes now waits, and agents live on.
    #[serde(rename = "supervisor.strained")]
    SupervisorStrained { reason: String },
    /// The limit is past.
    #[serde(rename = "supervisor.relieved")]
    SupervisorRelieved {},
    /// The journal takes events again, after a time in which it took none.
    #[serde(rename = "journal.resumed")]
    JournalResumed { reason: String, since_ms: u64, refused: u64 },
    /// A tmux server of ours answers.
    #[serde(rename = "tmux.started")]
    TmuxStarted { server_pid: u32, version: String },
    /// Our tmux server is gone: its process has ended, or another one answers in its place.
    #[serde(rename = "tmux.lost")]
    TmuxLost { reason: String },
    /// This is the roster now.
    #[serde(rename = "roster.applied")]
    RosterApplied { path: String, roster: Roster },
    /// Neither the roster nor anything that runs knows this agent any more.
    #[serde(rename = "agent.removed")]
    AgentRemoved { agent: AgentName },
    /// It should run, or not.
    #[serde(rename = "agent.wanted")]
    AgentWanted { agent: AgentName, wanted: Wanted, reason: String },
    /// Its session goes by this definition from now on: what differed took effect without a start.
    #[serde(rename = "agent.updated")]
    AgentUpdated { agent: AgentName, definition: Box<Definition> },
    /// It is being brought up.
    #[serde(rename = "agent.starting")]
    AgentStarting { agent: AgentName },
    /// It starts again after a wait.
    #[serde(rename = "agent.restart_scheduled")]
    RestartScheduled { agent: AgentName, delay_ms: u64 },
    /// It is not started again for now.
    #[serde(rename = "agent.held")]
    AgentHeld { agent: AgentName, reason: HoldReason, probe_in_ms: u64 },
    /// Its runtime answers nothing any more: what a second look found, and what is done.
    #[serde(rename = "agent.unresponsive")]
    AgentUnresponsive {
        agent: AgentName,
        session: SessionId,
        misses: u32,
        examined: Examined,
        evidence: String,
        action: OnUnresponsive,
    },
    /// It has a pane.
    #[serde(rename = "pane.created")]
    PaneCreated { agent: AgentName, pane: Pane },
    /// tmux made none.
    #[serde(rename = "pane.failed")]
    PaneFailed { agent: AgentName, reason: String },
    /// pane-exec is on the line.
    #[serde(rename = "pane.connected")]
    PaneConnected {
        agent: AgentName,
        #[serde(default)]
        connection: u64,
    },
    /// pane-exec is off the line; the pane may live.
    #[serde(rename = "pane.disconnected")]
    PaneDisconnected { agent: AgentName },
    /// The pane is gone.
    #[serde(rename = "pane.lost")]
    PaneLost { agent: AgentName, reason: String },
    /// GO is given. `resumes` is what is asked for; where the runtime has nothing to go on with, a
    /// new conversation begins, and `conversation.changed` follows.
    #[serde(rename = "session.starting")]
    SessionStarting {
        agent: AgentName,
        session: SessionId,
        token_hash: String,
        conversation: String,
        resumes: bool,
    },
    /// The process runs.
    #[serde(rename = "session.started")]
    SessionStarted { agent: AgentName, session: SessionId, pid: u32 },
    /// A new supervisor found it running.
    #[serde(rename = "session.adopted")]
    SessionAdopted { agent: AgentName, session: SessionId, pid: u32 },
    /// It was asked to leave.
    #[serde(rename = "session.stopping")]
    SessionStopping { agent: AgentName, session: SessionId, reason: String },
    /// It is over.
    #[serde(rename = "session.exited")]
    SessionExited {
        agent: AgentName,
        session: SessionId,
        exit: Exit,
        last_words: Vec<String>,
        left_behind: u32,
    },
    /// The runtime can be asked.
    #[serde(rename = "channel.opened")]
    ChannelOpened {
        agent: AgentName,
        session: SessionId,
        kind: ChannelKind,
        delivers: bool,
        software: String,
        connection: u64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        capabilities: Vec<String>,
    },
    /// The runtime closed its channel on purpose; it may live.
    #[serde(rename = "channel.closed")]
    ChannelClosed { agent: AgentName, session: SessionId, reason: String },
    /// It cannot be asked any more; it may live.
    #[serde(rename = "channel.lost")]
    ChannelLost { agent: AgentName, session: SessionId },
    /// Its health is another one.
    #[serde(rename = "health.changed")]
    HealthChanged { agent: AgentName, session: Option<SessionId>, from: String, health: Health },
    /// It does something else.
    #[serde(rename = "activity.changed")]
    ActivityChanged {
        agent: AgentName,
        session: SessionId,
        activity: Activity,
        /// Whether an answer to a challenge said it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_answer: bool,
    },
    /// Its conversation has another id.
    #[serde(rename = "conversation.changed")]
    ConversationChanged { agent: AgentName, session: SessionId, conversation: String },
    /// The runtime has named a turn that a text was submitted into, and it is another than before.
    #[serde(rename = "turn.named")]
    TurnNamed { agent: AgentName, session: SessionId, turn: String },
    /// A message waits.
    #[serde(rename = "message.queued")]
    MessageQueued { agent: AgentName, message: Message },
    /// The first keystroke may go out from here on.
    #[serde(rename = "message.typing")]
    MessageTyping {
        agent: AgentName,
        id: MessageId,
        channel: String,
        /// Whether the running turn is interrupted before it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        interrupts: bool,
    },
    /// It went out whole.
    #[serde(rename = "message.typed")]
    MessageTyped { agent: AgentName, id: MessageId },
    /// Its receipt is late: the composer is read, and Enter pressed once more if it still stands there.
    #[serde(rename = "message.looked_again")]
    MessageLookedAgain {
        agent: AgentName,
        id: MessageId,
        /// The last look, which presses nothing and says how it ended.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        last: bool,
    },
    /// Nothing of it went out: it waits again.
    #[serde(rename = "message.returned")]
    MessageReturned { agent: AgentName, id: MessageId, reason: String, retry_in_ms: u64 },
    /// The runtime has it.
    #[serde(rename = "message.accepted")]
    MessageAccepted { agent: AgentName, id: MessageId, grade: Grade },
    /// It stands in the composer, and no Enter submitted it.
    #[serde(rename = "message.typed_not_submitted")]
    MessageNotSubmitted { agent: AgentName, id: MessageId, reason: String },
    /// What was typed of it stood in the composer, alone and unchanged, and was taken away there: the
    /// next message needed the place.
    #[serde(rename = "message.cleared")]
    MessageCleared { agent: AgentName, id: MessageId },
    /// The runtime does not have it.
    #[serde(rename = "message.rejected")]
    MessageRejected { agent: AgentName, id: MessageId, reason: String },
    /// Nobody can say; it is never sent again.
    #[serde(rename = "message.unknown")]
    MessageUnknown { agent: AgentName, id: MessageId, reason: String },
    /// It waited too long.
    #[serde(rename = "message.expired")]
    MessageExpired { agent: AgentName, id: MessageId },
    /// It was taken back.
    #[serde(rename = "message.cancelled")]
    MessageCancelled { agent: AgentName, id: MessageId },
    /// A segment of its output is closed: where it begins in all that the agent ever wrote, how long
    /// it is, and the digest of those bytes.
    #[serde(rename = "output.segment_closed")]
    SegmentClosed {
        agent: AgentName,
        session: SessionId,
        segment: u64,
        offset: u64,
        length: u64,
        sha256: String,
    },
    /// Its output is not recorded for now.
    #[serde(rename = "output.stopped")]
    OutputStopped { agent: AgentName, session: SessionId, reason: String },
    /// It is again; so many bytes are missing, where somebody could count them.
    #[serde(rename = "output.resumed")]
    OutputResumed { agent: AgentName, session: SessionId, lost_bytes: Option<u64> },
    /// Somebody took the keyboard.
    #[serde(rename = "attach.started")]
    AttachStarted {
        agent: AgentName,
        who: String,
        resize: bool,
        #[serde(default)]
        lease: Option<LeaseId>,
        #[serde(default)]
        tty: Option<String>,
        #[serde(default)]
        pid: Option<u32>,
        #[serde(default)]
        by_hand: bool,
        #[serde(default)]
        client: Option<u32>,
        #[serde(default)]
        come_within_ms: u64,
    },
    /// tmux shows the holder's client, for the first time or to a new supervisor.
    #[serde(rename = "attach.seated")]
    AttachSeated { agent: AgentName, lease: Option<LeaseId>, client: u32 },
    /// Somebody came by a tmux client of their own while another one has the keyboard.
    #[serde(rename = "attach.joined")]
    AttachJoined { agent: AgentName, who: String, tty: String, client: u32 },
    /// They left; what ends the keyboard for all writes none.
    #[serde(rename = "attach.left")]
    AttachLeft { agent: AgentName, who: String, tty: String, client: u32 },
    /// The keyboard is free again.
    #[serde(rename = "attach.ended")]
    AttachEnded {
        agent: AgentName,
        who: String,
        #[serde(default)]
        lease: Option<LeaseId>,
        #[serde(default)]
        end: LeaseEnd,
        #[serde(default)]
        by: Option<String>,
        #[serde(default)]
        reason: Option<String>,
    },
}

/// An event with its moment, as fold takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When.
    pub at: Moment,
    /// What.
    pub event: Event,
}

/// Version of every payload's shape.
pub const EVENT_SCHEMA_VERSION: u32 = 1;

impl Event {
    /// The agent that it is about, when it is about one.
    pub fn agent(&self) -> Option<&AgentName> {
        match self {
            Self::SupervisorStarted { .. }
            | Self::SupervisorStopping { .. }
            | Self::SupervisorStrained { .. }
            | Self::SupervisorRelieved {}
            | Self::JournalResumed { .. }
            | Self::TmuxStarted { .. }
            | Self::TmuxLost { .. }
            | Self::RosterApplied { .. } => None,
            Self::AgentRemoved { agent }
            | Self::AgentWanted { agent, .. }
            | Self::AgentUpdated { agent, .. }
            | Self::AgentStarting { agent }
            | Self::RestartScheduled { agent, .. }
            | Self::AgentHeld { agent, .. }
            | Self::AgentUnresponsive { agent, .. }
            | Self::PaneCreated { agent, .. }
            | Self::PaneFailed { agent, .. }
            | Self::PaneConnected { agent, .. }
            | Self::PaneDisconnected { agent }
            | Self::PaneLost { agent, .. }
            | Self::SessionStarting { agent, .. }
            | Self::SessionStarted { agent, .. }
            | Self::SessionAdopted { agent, .. }
            | Self::SessionStopping { agent, .. }
            | Self::SessionExited { agent, .. }
            | Self::ChannelOpened { agent, .. }
            | Self::ChannelClosed { agent, .. }
            | Self::ChannelLost { agent, .. }
            | Self::HealthChanged { agent, .. }
            | Self::ActivityChanged { agent, .. }
            | Self::ConversationChanged { agent, .. }
            | Self::MessageQueued { agent, .. }
            | Self::MessageTyping { agent, .. }
            | Self::MessageTyped { agent, .. }
            | Self::MessageLookedAgain { agent, .. }
            | Self::MessageReturned { agent, .. }
            | Self::MessageAccepted { agent, .. }
            | Self::MessageNotSubmitted { agent, .. }
            | Self::MessageCleared { agent, .. }
            | Self::TurnNamed { agent, .. }
            | Self::MessageRejected { agent, .. }
            | Self::MessageUnknown { agent, .. }
            | Self::MessageExpired { agent, .. }
            | Self::MessageCancelled { agent, .. }
            | Self::SegmentClosed { agent, .. }
            | Self::OutputStopped { agent, .. }
            | Self::OutputResumed { agent, .. }
            | Self::AttachStarted { agent, .. }
            | Self::AttachSeated { agent, .. }
            | Self::AttachJoined { agent, .. }
            | Self::AttachLeft { agent, .. }
            | Self::AttachEnded { agent, .. } => Some(agent),
        }
    }

    /// The session that it names; events that name none are about the agent's current one.
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::SessionStarting { session, .. }
            | Self::SessionStarted { session, .. }
            | Self::SessionAdopted { session, .. }
            | Self::SessionStopping { session, .. }
            | Self::SessionExited { session, .. }
            | Self::ChannelOpened { session, .. }
            | Self::ChannelClosed { session, .. }
            | Self::AgentUnresponsive { session, .. }
            | Self::ChannelLost { session, .. }
            | Self::ActivityChanged { session, .. }
            | Self::SegmentClosed { session, .. }
            | Self::OutputStopped { session, .. }
            | Self::OutputResumed { session, .. }
            | Self::ConversationChanged { session, .. }
            | Self::TurnNamed { session, .. } => Some(session),
            Self::HealthChanged { session, .. } => session.as_ref(),
            Self::SupervisorStarted { .. }
            | Self::SupervisorStopping { .. }
            | Self::SupervisorStrained { .. }
            | Self::SupervisorRelieved {}
            | Self::JournalResumed { .. }
            | Self::TmuxStarted { .. }
            | Self::TmuxLost { .. }
            | Self::RosterApplied { .. }
            | Self::AgentRemoved { .. }
            | Self::AgentWanted { .. }
            | Self::AgentUpdated { .. }
            | Self::AgentStarting { .. }
            | Self::RestartScheduled { .. }
            | Self::AgentHeld { .. }
            | Self::PaneCreated { .. }
            | Self::PaneFailed { .. }
            | Self::PaneConnected { .. }
            | Self::PaneDisconnected { .. }
            | Self::PaneLost { .. }
            | Self::MessageQueued { .. }
            | Self::MessageTyping { .. }
            | Self::MessageTyped { .. }
            | Self::MessageLookedAgain { .. }
            | Self::MessageReturned { .. }
            | Self::MessageAccepted { .. }
            | Self::MessageNotSubmitted { .. }
            | Self::MessageCleared { .. }
            | Self::MessageRejected { .. }
            | Self::MessageUnknown { .. }
            | Self::MessageExpired { .. }
            | Self::MessageCancelled { .. }
            | Self::AttachStarted { .. }
            | Self::AttachSeated { .. }
            | Self::AttachJoined { .. }
            | Self::AttachLeft { .. }
            | Self::AttachEnded { .. } => None,
        }
    }

    /// The journal's `type` and payload, a JSON object.
    pub fn to_parts(&self) -> (String, String) {
        // `{"<type>":<payload>}`; no type has a letter that JSON would escape.
        let text = serde_json::to_string(self).unwrap_or_default();
        let inner = text.strip_prefix("{\"").and_then(|text| text.strip_suffix('}'));
        let (kind, payload) = inner.and_then(|inner| inner.split_once("\":")).unwrap_or_default();
        (kind.to_owned(), payload.to_owned())
    }

    /// The event of a stored `type` and payload.
    pub fn from_parts(kind: &str, payload: &str) -> Result<Self, serde_json::Error> {
        let kind = serde_json::to_string(kind)?;
        serde_json::from_str(&format!("{{{kind}:{payload}}}"))
    }
}
