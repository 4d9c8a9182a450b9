//! The command line: every verb, its options, its help. It reads arguments, nothing else.

mod agent;
mod complete;
mod events;
mod fleet;
mod man;
mod mistake;
mod screen;
mod screenshot;
mod send;
mod supervise;
mod table;
mod tail;
#[cfg(test)]
mod tests;
mod top;
mod value;
mod waiting;

use clap::{Parser, Subcommand};

pub use agent::{AgentAsked, AgentVerb};
pub use complete::{CompleteAsked, CompletionsAsked, Shell};
pub use events::{EventsAsked, EventsVerb};
pub use fleet::{ApplyAsked, DownAsked, FleetVerb, UpAsked};
pub use man::{HelpAsked, ManAsked};
pub use mistake::told;
pub use screen::{AttachAsked, WatchAsked};
pub use screenshot::ScreenshotAsked;
pub use send::{CancelAsked, InboxAsked, MessageVerb, SendAsked};
pub use supervise::SuperviseAsked;
pub use table::{ListAsked, PsAsked};
pub use tail::TailAsked;
pub use top::TopAsked;
pub use value::duration;

use super::output::{ColorChoice, Paint};
use complete::{COMPLETE, COMPLETIONS};
use man::{HELPING, MANUAL};
use screen::{ATTACHING, WATCHING};
use send::{MESSAGES, SENDING};
use table::COLUMNS;
use tail::TAILING;
use top::TOP;

const EXAMPLES: &str = "\
State lies in ~/.local/state/mosaic, the roster in ~/.config/mosaic; MOSAIC_HOME moves both.

Exit codes: 0 done, 1 failed, 2 usage, 3 no supervisor; docs/exit-codes.md lists the others.

Examples:
  mosaic fleet init --write      write a first roster
  mosaic fleet up                start every agent of the roster
  mosaic ps                      who runs, and who answered a moment ago
  mosaic watch ada               look over ada's shoulder
  mosaic send ada --verify 'run the tests'
                                 0 only when ada's runtime has the message";

const FLEET: &str = "\
Examples:
  mosaic fleet init --write      write a first roster
  mosaic fleet up                start what it names
  mosaic fleet apply             after an edit: show the changes, ask, do them
  mosaic fleet down              stop everything";

const AGENT: &str = "\
Examples:
  mosaic agent list
  mosaic agent restart ada --wait
  mosaic agent explain ada       why each cell of its row says what it says";

/// The short forms, and the verbs that they are the same as.
pub const SHORT: [(&str, &str); 6] = [
    ("ps", "fleet ps"),
    ("watch", "agent watch"),
    ("attach", "agent attach"),
    ("send", "agent send"),
    ("tail", "agent tail"),
    ("top", "fleet top"),
];

/// A fleet supervisor for AI agents: durable, observable, steerable.
#[derive(Debug, Parser)]
#[command(name = "mosaic", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Arguments {
    /// auto: on a terminal, unless NO_COLOR is set or TERM is dumb; always; never.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    #[arg(hide_possible_values = true, display_order = 900)]
    pub color: ColorChoice,
    /// Long output on a terminal goes as it is, not through $MOSAIC_PAGER, $PAGER or less.
    #[arg(long, global = true, display_order = 901)]
    pub no_pager: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

impl Arguments {
    /// Whether words are painted.
    pub fn paint(&self) -> Paint {
        Paint::of(self.color)
    }

    /// How the screen begins, when that is the surface that is asked for.
    pub fn top(&self) -> Option<&TopAsked> {
        let (Verb::Fleet(FleetVerb::Top(asked)) | Verb::Top(asked)) = &self.verb else {
            return None;
        };
        Some(asked)
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// The fleet as a whole: roster, supervisor, table.
    #[command(subcommand, arg_required_else_help = true, after_help = FLEET)]
    Fleet(FleetVerb),
    /// One agent: start, stop, look, steer.
    #[command(subcommand, arg_required_else_help = true, after_help = AGENT)]
    Agent(AgentVerb),
    /// What happened, from the journal.
    Events(EventsAsked),
    /// Runs the supervisor in the foreground; log on standard error.
    Supervise(SuperviseAsked),
    /// The table of all agents; the same as `fleet ps`.
    #[command(after_help = COLUMNS)]
    Ps(PsAsked),
    /// Looks at an agent's screen, live; the same as `agent watch`.
    #[command(after_help = WATCHING)]
    Watch(WatchAsked),
    /// Takes an agent's keyboard; the same as `agent attach`.
    #[command(after_help = ATTACHING)]
    Attach(AttachAsked),
    /// Sends agents a message; the same as `agent send`.
    #[command(after_help = SENDING)]
    Send(SendAsked),
    /// What an agent wrote; the same as `agent tail`.
    #[command(after_help = TAILING)]
    Tail(TailAsked),
    /// The table as a screen that lives; the same as `fleet top`.
    #[command(after_help = TOP)]
    Top(TopAsked),
    /// One message: how far it has come, or taking it back.
    #[command(subcommand, arg_required_else_help = true, after_help = MESSAGES)]
    Message(MessageVerb),
    /// The page of a verb in the manual, or all of them for a package.
    #[command(after_help = MANUAL)]
    Man(ManAsked),
    /// Prints what a shell reads to complete verbs, options and the names of agents.
    #[command(after_help = COMPLETIONS)]
    Completions(CompletionsAsked),
    /// What may stand at the end of a line; the scripts of `completions` ask it.
    #[command(hide = true, after_help = COMPLETE)]
    Complete(CompleteAsked),
    /// The help of a verb; the same as `VERB --help`.
    #[command(after_help = HELPING)]
    Help(HelpAsked),
}
