//! `agent …`: what is done with one agent, or with some by their names.

use clap::{Args, Subcommand};

use super::screen::{ATTACHING, AttachAsked, WATCHING, WatchAsked};
use super::screenshot::{SHOOTING, ScreenshotAsked};
use super::send::{CancelAsked, INBOX, InboxAsked, SENDING, SendAsked};
use super::table::{LISTING, ListAsked};
use super::tail::{TAILING, TailAsked};
use super::waiting::Waiting;

/// Verbs of one agent.
#[derive(Debug, Subcommand)]
pub enum AgentVerb {
    /// The agents by name, runtime and lifecycle.
    #[command(after_help = LISTING)]
    List(ListAsked),
    /// Brings agents up.
    #[command(after_help = STARTING)]
    Start(AgentAsked),
    /// Brings agents down, with everything they have started; they stay down until `agent start` or
    /// `fleet up`.
    #[command(after_help = STOPPING)]
    Stop(AgentAsked),
    /// Ends the agents' sessions and begins the next.
    #[command(after_help = RESTARTING)]
    Restart(AgentAsked),
    /// Why each cell of an agent's row says what it says.
    #[command(
        after_help = "Examples:\n  mosaic agent explain ada\n  mosaic agent explain ada --json"
    )]
    Explain {
        /// The agent.
        #[arg(value_name = "NAME")]
        agent: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Looks at an agent's screen, live, without touching it.
    #[command(after_help = WATCHING)]
    Watch(WatchAsked),
    /// An agent's screen at this moment, as a picture or as text.
    #[command(after_help = SHOOTING)]
    Screenshot(ScreenshotAsked),
    /// What an agent wrote: its last lines, and with -f what is still to come.
    #[command(after_help = TAILING)]
    Tail(TailAsked),
    /// Takes an agent's keyboard; C-b d gives it back and leaves the agent running.
    #[command(after_help = ATTACHING)]
    Attach(AttachAsked),
    /// Sends agents a message.
    #[command(after_help = SENDING)]
    Send(SendAsked),
    /// What waits in an agent's mailbox, and why.
    #[command(after_help = INBOX)]
    Inbox(InboxAsked),
    /// Takes a message back that was not typed yet; the same as `message cancel`.
    Cancel(CancelAsked),
}

/// What starting and stopping have in common, and the examples of one of them.
macro_rules! awaiting {
    ($examples:literal) => {
        concat!(
            "\
Without --wait it is done when the journal has it. With --wait: an agent is up when its runtime has \
answered a challenge or waits for a person; one that nobody can ask, when it has stood for a second, \
or for five after it has fallen once. It is down when nothing of it runs.

Exit codes with --wait: 0 each is up, or down; 1 one ended before it was up; 10 one has no verdict \
in time; 130 Ctrl-C ended the wait, and nothing else.

Examples:
",
            $examples
        )
    };
}

const STARTING: &str = awaiting!(
    "  mosaic agent start ada
  mosaic agent start ada bob --wait=2m"
);

const STOPPING: &str = awaiting!(
    "  mosaic agent stop ada --reason 'wrong branch'
  mosaic agent stop ada --wait=2m --json"
);

const RESTARTING: &str = awaiting!(
    "  mosaic agent restart ada
  mosaic agent restart ada bob --wait"
);

/// `agent start|stop|restart`.
#[derive(Debug, Clone, Args)]
pub struct AgentAsked {
    /// The agents, by their exact names; a name that nobody has stops all of it.
    #[arg(value_name = "NAME", required = true)]
    pub agents: Vec<String>,
    /// Whether to wait.
    #[command(flatten)]
    pub wait: Waiting,
    /// Why, for the journal.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// As JSON: an object for each agent.
    #[arg(long)]
    pub json: bool,
}
