//! `events`: what happened, and whether the journal is what was signed.

use clap::{Args, Subcommand};

use crate::fleet::{EVENT_TYPES, nearest};

/// `events`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(
    after_help = "Examples:\n  mosaic events --agent ada --follow\n  mosaic events --type session.exited,agent.held\n  mosaic events --from 1200 --json\n  mosaic events verify"
)]
pub struct EventsAsked {
    /// Something else than showing events.
    #[command(subcommand)]
    pub verb: Option<EventsVerb>,
    /// The first seq; without it everything there is, with --follow only what is new. One that is
    /// not there yet is waited for by --follow, and said otherwise.
    #[arg(long, value_name = "SEQ", value_parser = seq)]
    pub from: Option<u64>,
    /// Only of this agent.
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// Only of these types, separated by commas; docs/events.md has all.
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = kind)]
    pub kinds: Vec<String>,
    /// Go on with what happens from now on.
    #[arg(long, short)]
    pub follow: bool,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
}

/// Verbs of the journal.
#[derive(Debug, Clone, Subcommand)]
pub enum EventsVerb {
    /// Looks whether the journal is what was signed: every event, every checkpoint, every mistake.
    ///
    /// It changes nothing, and needs no supervisor; one that runs is asked whether it holds the
    /// same. 15 is the exit code when something is wrong.
    #[command(
        after_help = "Examples:\n  mosaic events verify\n  mosaic events verify --against ./checkpoints"
    )]
    Verify {
        /// Also against checkpoints that were kept elsewhere: a file of them, or one itself.
        #[arg(long, value_name = "FILE|CHECKPOINT")]
        against: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints the last signed checkpoint, to be kept elsewhere for `verify --against`.
    #[command(after_help = "Examples:\n  mosaic events checkpoint >> /media/elsewhere/checkpoints")]
    Checkpoint,
}

/// The number of an event.
fn seq(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("\"{text}\" is no seq; write a whole number, as in `events`"))
}

/// A type of events. One that there is not would be waited for in vain.
fn kind(text: &str) -> Result<String, String> {
    if EVENT_TYPES.contains(&text) {
        return Ok(text.to_owned());
    }
    Err(match nearest(text, EVENT_TYPES.iter().copied()) {
        Some(known) => format!("no event has this type; did you mean {known}?"),
        None => "no event has this type; docs/events.md has all of them".to_owned(),
    })
}
