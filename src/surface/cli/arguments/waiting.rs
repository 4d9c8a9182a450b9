//! `--wait`: whether the verdicts are waited for, and for how long.

use std::time::Duration;

use clap::Args;

use super::value::duration;
use crate::surface::cli::{Exit, Failure};

/// Without a time of its own: a runtime that starts slowly is up by then.
const WAIT: Duration = Duration::from_secs(60);

/// Whether the verdicts are waited for.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Waiting {
    /// Wait until each has its verdict; for so long, a minute without a time.
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true)]
    #[arg(value_parser = duration)]
    #[expect(clippy::option_option, reason = "not given, without a time, with one")]
    wait: Option<Option<Duration>>,
    /// How long --wait waits; the same as its TIME.
    #[arg(long, value_name = "TIME", requires = "wait", value_parser = duration)]
    timeout: Option<Duration>,
}

impl Waiting {
    /// For how long, when it is waited at all.
    pub fn time(self) -> Result<Option<Duration>, Failure> {
        match (self.wait, self.timeout) {
            (Some(Some(_)), Some(_)) => Err(Failure::new(
                Exit::Usage,
                "`--wait=TIME` and `--timeout TIME` both say how long; nothing was done",
                "give one of them",
            )),
            (wait, timeout) => Ok(wait.map(|time| timeout.or(time).unwrap_or(WAIT))),
        }
    }
}
