//! `send`, `inbox`, `message`: words for agents, and what became of them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::super::table::LabelAsked;
use super::value::{count, duration};
use crate::fleet::Class;

/// What follows the help of `send`.
pub const SENDING: &str = "\
The text is what follows the name, words joined by one space; or a file, or standard input, up to \
the last newline. With --to, --label or --all there is no NAME: all words are text, and each agent \
gets a message and a receipt of its own. A message waits in the mailbox while its agent does not \
run, shows a dialog or has somebody at its keyboard; it goes out when it may, in order, and never \
twice.

Exit codes with --verify: 0 accepted (also behind the running turn), 10 not yet, 11 rejected, \
12 unknown, 13 expired, 14 cancelled, 16 typed and not submitted; of several messages that of the \
first that is not 0. docs/send.md says what each means and what proves it.

Examples:
  mosaic send ada run the tests
  mosaic send ada --verify --timeout 2m < task.md
  git diff | mosaic send ada -
  mosaic send --label team=web --verify 'commit what you have'
  mosaic send ada --wait-idle 'and now the documents'
  mosaic send ada --interrupt --verify 'stop: wrong branch'";

/// What follows the help of `inbox`.
pub const INBOX: &str = "\
Examples:
  mosaic agent inbox ada
  mosaic agent inbox ada --ended 20
  mosaic agent inbox ada --json";

/// What follows the help of `message`.
pub const MESSAGES: &str = "\
Examples:
  mosaic message show k3x9a0b1c2d3
  mosaic message show k3x9 --wait 1m     the beginning of an id is enough
  mosaic message cancel k3x9a0b1c2d3";

const USAGE: &str = "mosaic send [OPTIONS] NAME [TEXT... | --file FILE | -]\n       \
                     mosaic send [OPTIONS] <--to NAME | --label KEY=VALUE | --all>... [TEXT... | --file FILE | -]";

/// `agent send`.
#[derive(Debug, Clone, Args)]
#[command(override_usage = USAGE)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct SendAsked {
    /// The agent; there is none with --to, --label or --all.
    #[arg(value_name = "NAME")]
    pub agent: Option<String>,
    /// The text; `-`, or nothing with a pipe, reads standard input.
    #[arg(value_name = "TEXT", allow_hyphen_values = false)]
    pub text: Vec<String>,
    /// The text of this file; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// To this agent; again for more.
    #[arg(long, value_name = "NAME")]
    pub to: Vec<String>,
    /// To the agents with this label, of this value if one is given; again for more, all must hold.
    #[arg(long = "label", value_name = "KEY[=VALUE]", value_parser = LabelAsked::parse)]
    pub labels: Vec<LabelAsked>,
    /// To every agent of the roster but the one that sends.
    #[arg(long)]
    pub all: bool,
    /// Wait for the runtime's own receipt; 0 only when it has the message.
    #[arg(long)]
    pub verify: bool,
    /// How long --verify waits; the message stays where it is after that.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    #[arg(requires = "verify")]
    pub timeout: Duration,
    /// Deliver it only when the runtime is idle; what is queued behind it waits, too.
    #[arg(long, conflicts_with = "interrupt")]
    pub wait_idle: bool,
    /// Interrupt the running turn first, with the runtime's own polite key; nothing else ever does.
    #[arg(long)]
    pub interrupt: bool,
    /// How long it may wait in the mailbox [default: a day]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub expires: Option<Duration>,
    /// Who sends it: an agent, by name or as agent@host/tenant, or a word for somebody else. Inside an
    /// agent it is that agent.
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<String>,
    /// What is expected of the receiver: actionable, terminal-log, human or reaction [default:
    /// actionable from an agent, else human]
    #[arg(long, value_name = "CLASS", value_parser = Class::ALL.map(Class::word))]
    #[arg(hide_possible_values = true)]
    pub class: Option<String>,
    /// The message as JSON; of several a list.
    #[arg(long)]
    pub json: bool,
}

/// `agent inbox`.
#[derive(Debug, Clone, Args)]
pub struct InboxAsked {
    /// The agent.
    #[arg(value_name = "NAME")]
    pub agent: String,
    /// Also so many of the last ones that ended; at most 100.
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = count)]
    pub ended: usize,
    /// The reply of the API as it is.
    #[arg(long)]
    pub json: bool,
}

/// `message …`.
#[derive(Debug, Clone, Subcommand)]
pub enum MessageVerb {
    /// How far a message has come, with the time of each rung; also long after its end.
    #[command(
        after_help = "Examples:\n  mosaic message show 5f0c2ab81d3e\n  mosaic message show 5f0c --wait 30s"
    )]
    Show {
        /// The message: its id, or the beginning of it when only one begins so.
        #[arg(value_name = "MESSAGE")]
        message: String,
        /// Wait so long for its end first.
        #[arg(long, value_name = "TIME", value_parser = duration)]
        wait: Option<Duration>,
        /// The reply of the API as it is.
        #[arg(long)]
        json: bool,
    },
    /// Takes a message back that was not typed yet.
    Cancel(CancelAsked),
}

/// `message cancel`, `agent cancel`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Examples:\n  mosaic agent inbox ada              what waits, and its ids\n  mosaic message cancel 5f0c2ab81d3e\n  mosaic agent cancel 5f0c2ab81d3e    the same"
)]
pub struct CancelAsked {
    /// The message, by its whole id.
    #[arg(value_name = "MESSAGE")]
    pub message: String,
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}
