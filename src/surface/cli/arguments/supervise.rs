//! `supervise`: the supervisor itself.

use clap::Args;

/// `supervise`.
#[derive(Debug, Clone, Args)]
pub struct SuperviseAsked {
    /// The first half of `fleet up`'s start: leaves the session, starts the supervisor, ends.
    #[arg(long, hide = true)]
    pub detach: bool,
    /// Who keeps it; for the lock and the status.
    #[arg(long, hide = true, value_name = "WHO", default_value = "foreground")]
    pub kept_by: String,
}
