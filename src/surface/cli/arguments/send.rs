//! `send`: a message to an agent.

use std::time::Duration;

use clap::Args;

use super::value::duration;

/// What follows the help of `send`.
pub const SENDING: &str = "\
Examples:
  mosaic send ada 'run the tests'
  mosaic send ada --verify --timeout 2m < task.md
  git diff | mosaic send ada -

Exit codes with --verify: 0 accepted, 10 not yet, 11 rejected, 12 unknown, 13 expired, 14 cancelled.";

/// `agent send`.
#[derive(Debug, Clone, Args)]
pub struct SendAsked {
    /// The agent.
    #[arg(value_name = "NAME")]
    pub agent: String,
    /// The text; `-`, or nothing with a pipe, reads standard input up to its last newline.
    #[arg(value_name = "TEXT|-", allow_hyphen_values = false)]
    pub text: Option<String>,
    /// Wait for the runtime's own receipt; 0 only when it has the message.
    #[arg(long)]
    pub verify: bool,
    /// How long --verify waits; the message stays where it is after that.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    #[arg(requires = "verify")]
    pub timeout: Duration,
    /// The message as JSON.
    #[arg(long)]
    pub json: bool,
}
