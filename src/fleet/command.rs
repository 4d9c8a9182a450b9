//! What someone asks for: imperative.

use super::{AgentName, Consent, MessageId, Roster};

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
        /// Who.
        who: String,
        /// Whether the agent takes the size of the terminal.
        resize: bool,
    },
    /// Give the keyboard back.
    Detach {
        /// Of which agent.
        agent: AgentName,
    },
    /// Stop every agent, or leave them, and end the supervisor.
    StopFleet {
        /// Leave agents and tmux alive.
        keep_agents: bool,
    },
}
