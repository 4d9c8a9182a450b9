//! `supervise`: the supervisor itself.

use clap::Args;

/// `supervise`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
`mosaic fleet up` starts it in the background; this is for units and for looking at its log. \
SIGTERM and SIGINT end it and leave the agents alive, SIGHUP has it read the roster again.\n\n\
Examples:\n  mosaic supervise\n  MOSAIC_LOG=debug mosaic supervise")]
pub struct SuperviseAsked {
    /// The first half of `fleet up`'s start: leaves the session, starts the supervisor, ends.
    #[arg(long, hide = true)]
    pub detach: bool,
    /// Who keeps it; for the lock and the status.
    #[arg(long, hide = true, value_name = "WHO", default_value = "foreground")]
    pub kept_by: String,
}
