//! What someone asks for: imperative.

use super::{AgentName, Consent, LeaseEnd, LeaseId, Manner, MessageId, Roster};

/// A request that decide answers with events and effects, or a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Take this roster, and do of it what there is consent to.
    ApplyRoster {
        /// Where it was read from.
        path: String,
        /// What it says.
        roster: Roster,
        /// Whom it may start, stop or restart.
        consent: Consent,
    },
    /// Bring an agent up.
    StartAgent {
        /// Which.
        agent: AgentName,
        /// Why, for the journal.
        reason: String,
    },
    /// Bring an agent down and keep it down until somebody starts it.
    StopAgent {
        /// Which.
        agent: AgentName,
        /// Why, for the journal.
        reason: String,
    },
    /// End the current session, if any, and begin the next one.
    RestartAgent {
        /// Which.
        agent: AgentName,
        /// Why, for the journal.
        reason: String,
    },
    /// Queue a message.
    Send {
        /// For whom.
        agent: AgentName,
        /// The text, byte for byte.
        text: String,
        /// Who sends it.
        from: String,
        /// How long it may wait, milliseconds.
        expires_ms: u64,
        /// How it is to be brought.
        manner: Manner,
    },
    /// Take a message back that was not typed yet.
    CancelMessage {
        /// Which.
        id: MessageId,
    },
    /// Take the keyboard.
    Attach {
        /// Of which agent.
        agent: AgentName,
        /// Who: a user's name.
        who: String,
        /// Their terminal: `/dev/pts/3`.
        tty: Option<String>,
        /// The process that holds it, where the kernel says.
        pid: Option<u32>,
        /// Whether the agent takes the size of the terminal.
        resize: bool,
        /// Why whoever has the keyboard loses it; without a reason nobody does.
        steal: Option<String>,
    },
    /// Give the keyboard back.
    Detach {
        /// Of which agent.
        agent: AgentName,
        /// Only when it is this lease that is held; none is whichever is.
        lease: Option<LeaseId>,
        /// Why.
        end: LeaseEnd,
    },
    /// Stop every agent, or leave them, and end the supervisor.
    StopFleet {
        /// Leave agents and tmux alive.
        keep_agents: bool,
    },
}
