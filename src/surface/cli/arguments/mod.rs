//! The command line: every verb, its options, its help. It reads arguments, nothing else.

mod agent;
mod events;
mod fleet;
mod mistake;
mod screen;
mod screenshot;
mod send;
mod supervise;
mod table;
mod tail;
mod top;
mod value;
mod waiting;

use clap::{Parser, Subcommand};

pub use agent::{AgentAsked, AgentVerb};
pub use events::{EventsAsked, EventsVerb};
pub use fleet::{ApplyAsked, DownAsked, FleetVerb, UpAsked};
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
use screen::{ATTACHING, WATCHING};
use send::{MESSAGES, SENDING};
use table::COLUMNS;

const EXAMPLES: &str = "\
Examples:
  mosaic fleet init --write      write a first roster
  mosaic fleet up                start the supervisor and every agent of the roster
  mosaic ps                      who runs, and who answered a challenge a moment ago
  mosaic watch ada               look over ada's shoulder
  mosaic send ada --verify 'run the tests'
                                 0 only when ada's runtime says that it has the message

Exit codes: 0 done, 1 failed, 2 usage, 3 no supervisor; docs/exit-codes.md lists the others.
State lies in ~/.local/state/mosaic, the roster in ~/.config/mosaic; MOSAIC_HOME moves both.";

const FLEET: &str = "\
Examples:
  mosaic fleet init --write      write a first roster
  mosaic fleet up                start what it names
  mosaic fleet apply             after an edit: show what would change, ask, do it
  mosaic fleet down              stop everything";

const AGENT: &str = "\
Examples:
  mosaic agent list
  mosaic agent restart ada --wait
  mosaic agent explain ada       why each cell of its row says what it says";

/// A fleet supervisor for AI agents: durable, observable, steerable.
#[derive(Debug, Parser)]
#[command(name = "mosaic", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Arguments {
    /// auto: on a terminal, unless NO_COLOR is set or TERM is dumb; always; never.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    #[arg(hide_possible_values = true, display_order = 900)]
    pub color: ColorChoice,
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
        if let Verb::Fleet(FleetVerb::Top(asked)) = &self.verb { Some(asked) } else { None }
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
    /// One message: how far it has come, or taking it back.
    #[command(subcommand, arg_required_else_help = true, after_help = MESSAGES)]
    Message(MessageVerb),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Arguments;

    #[test]
    fn the_help_of_every_verb_shows_an_example() {
        fn check(command: &clap::Command) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("  mosaic "), "{}: {help}", command.get_name());
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::command());
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
