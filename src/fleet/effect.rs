//! What the daemon must now do; its outcome comes back as an observation.

use super::{AgentName, ChannelKind, Definition, LeaseId, Message, OutputPlan, SessionId};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Make a pane with pane-exec in it.
    CreatePane {
        /// For whom.
        agent: AgentName,
        /// Its size and workspace.
        definition: Box<Definition>,
        /// Wait so long first, so that many do not come at once.
        after_ms: u64,
    },
    /// Tell pane-exec to leave, and see that the window goes.
    ClosePane {
        /// Whose.
        agent: AgentName,
        /// `@N`.
        window: String,
        /// The tmux server that made it: another one means another window by the same name.
        server_pid: u32,
        /// Its first process.
        pane_pid: u32,
    },
    /// Close a window of ours in which nobody lives any more.
    CloseWindow {
        /// `@N`.
        window: String,
        /// The tmux server that made it.
        server_pid: u32,
    },
    /// Start a session in the connected pane.
    Go {
        /// Whose.
        agent: AgentName,
        /// The new life.
        session: SessionId,
        /// What its channels must show; never journaled.
        token: String,
        /// What to start.
        definition: Box<Definition>,
        /// The runtime's conversation to resume, or the id of the new one.
        conversation: Conversation,
        /// `%N`, to be cleaned first.
        pane: String,
        /// Its first process.
        pane_pid: u32,
    },
    /// End a session: the signal, the grace, then SIGKILL to all that is left.
    StopSession {
        /// Whose.
        agent: AgentName,
        /// Which.
        session: SessionId,
        /// `TERM`, …
        signal: String,
        /// Milliseconds.
        grace_ms: u64,
        /// The pane's first process.
        pane_pid: u32,
    },
    /// Kill what is left of a session whose pane is gone, by the mark in its environment.
    EndLeftovers {
        /// Which.
        session: SessionId,
    },
    /// The exit of this session is in the journal.
    ForgetExit {
        /// Whose.
        agent: AgentName,
        /// Which.
        session: SessionId,
    },
    /// Watch the first process of an adopted pane.
    WatchPane {
        /// Whose.
        agent: AgentName,
        /// The process.
        pane_pid: u32,
    },
    /// Take a channel: welcome it, and challenge it.
    AcceptChannel {
        /// How it can be asked: our MCP server was welcomed when it came.
        kind: ChannelKind,
        /// Whose.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// The guest connection.
        connection: u64,
        /// From one challenge to the next.
        every_ms: u64,
        /// For how long after it an answer makes healthy.
        deadline_ms: u64,
    },
    /// Challenge an open channel in another rhythm from now on.
    ChangeRhythm {
        /// The guest connection.
        connection: u64,
        /// From one challenge to the next.
        every_ms: u64,
        /// For how long after it an answer makes healthy.
        deadline_ms: u64,
    },
    /// Send a channel away.
    RefuseChannel {
        /// The guest connection.
        connection: u64,
        /// Why.
        reason: String,
    },
    /// End a channel that a newer connection of the same session has replaced.
    ReplaceChannel {
        /// Whose.
        agent: AgentName,
        /// The older guest connection.
        connection: u64,
    },
    /// Its runtime answers nothing: look at its processes and its screen for a while.
    Examine {
        /// Whose.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// Its process.
        pid: u32,
        /// `%N`.
        pane: String,
        /// How long a look takes, milliseconds.
        over_ms: u64,
    },
    /// Bring a message to the runtime.
    Deliver {
        /// To whom.
        agent: AgentName,
        /// What.
        message: Box<Message>,
        /// How.
        way: Way,
        /// Interrupt the running turn first, and wait for its end.
        interrupts: bool,
    },
    /// A message was typed and nobody has taken it: look whether it still stands in the
    /// composer, and only then press Enter once more.
    LookAgain {
        /// To whom.
        agent: AgentName,
        /// What.
        message: Box<Message>,
        /// `%N`.
        pane: String,
        /// The last look: press nothing, and say what stands there.
        last: bool,
    },
    /// Follow what a runtime's own files say of it.
    FollowRuntime {
        /// Whose.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// Its process.
        pid: u32,
        /// How it was started.
        definition: Box<Definition>,
        /// `%N`.
        pane: String,
    },
    /// A runtime that should have opened a channel by now has not: read what stands on its screen,
    /// and what comes to stand there, until it has spoken.
    LookAtScreen {
        /// Whose.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// `%N`.
        pane: String,
    },
    /// Give an agent's window its birth size back.
    RestoreSize {
        /// `@N`.
        window: String,
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
    /// Let an agent's window take the size of the one who attaches.
    FollowSize {
        /// `@N`.
        window: String,
    },
    /// Watch the process that holds a keyboard.
    FollowHolder {
        /// Whose keyboard.
        agent: AgentName,
        /// Which lease.
        lease: LeaseId,
        /// The process.
        pid: u32,
        /// Its terminal, to tell a lost one.
        tty: Option<String>,
    },
    /// Tell everybody who sits at a keyboard, for as long as it is so; or that it is no more.
    Notify {
        /// `$N`.
        session: String,
        /// What; none when it is over.
        notice: Option<String>,
    },
    /// Have a tmux client leave, when it still sits in this session or shows this window.
    LetGo {
        /// `$N`.
        session: String,
        /// `@N`.
        window: String,
        /// The client's process.
        client: u32,
    },
    /// What a pane told of its output is in the journal.
    AcknowledgeOutput {
        /// The guest connection of the pane.
        connection: u64,
        /// The pane's own number for it.
        id: u64,
    },
    /// Have tmux bring a pane's output to its first process.
    TapPane {
        /// Whose.
        agent: AgentName,
        /// `%N`.
        pane: String,
    },
    /// Record a running session's output in another way.
    ChangeOutput {
        /// Whose.
        agent: AgentName,
        /// Which life.
        session: SessionId,
        /// `%N`.
        pane: String,
        /// How.
        output: OutputPlan,
    },
    /// Nothing runs any more that this supervisor was asked to stop: leave.
    LeaveSupervisor {
        /// Whether agents and tmux stay.
        keep_agents: bool,
    },
}

/// A runtime's conversation at a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conversation {
    /// Begin one, with this id where the runtime takes ids.
    New(String),
    /// Go on with this one if the runtime still has it, else begin one with the second id.
    Resume(String, String),
}

/// How a message reaches a runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By `deliver` on this guest connection.
    Structured {
        /// The guest connection.
        connection: u64,
    },
    /// By keystrokes into this pane.
    Keystrokes {
        /// `%N`.
        pane: String,
    },
}
