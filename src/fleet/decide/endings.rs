//! How a life ended, and what that makes of the next one: at once, after a wait, held, or none.

use crate::fleet::{Agent, Exit, HoldReason, Lifecycle, RestartPolicy};

/// A hold ends with one probe after so many times the longest backoff.
pub const PROBE_BACKOFFS: u64 = 5;
/// However short the backoff: a hold that ends at once would be none.
pub const PROBE_MIN_MS: u64 = 5_000;
/// The same end so often, each time before a first answer and within the grace: the next try would
/// end in the same way.
pub const BOOT_FAILURES_MAX: u32 = 3;

/// How a life ended.
#[derive(Debug, Clone)]
pub struct Ending {
    /// What became of its process.
    pub exit: Exit,
    /// The last lines of its pane.
    pub last_words: Vec<String>,
    /// How many processes it left behind.
    pub left_behind: u32,
}

impl Ending {
    /// Nobody saw it: why not.
    pub fn lost(reason: &str) -> Self {
        Self { exit: Exit::Lost(reason.to_owned()), last_words: Vec::new(), left_behind: 0 }
    }
}

/// Why a life ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Somebody asked for it.
    Asked,
    /// Nobody did.
    ByItself,
    /// Its runtime answered nothing any more, and the roster says `restart`.
    Hung,
}

impl Cause {
    /// Why the life of an agent ends if it ends now.
    pub fn of_an_end_now(agent: &Agent) -> Self {
        match agent.lifecycle {
            Lifecycle::Stopping { .. } if agent.is_hung() => Self::Hung,
            Lifecycle::Stopping { .. } => Self::Asked,
            Lifecycle::Absent
            | Lifecycle::Starting { .. }
            | Lifecycle::Running { .. }
            | Lifecycle::Exited { .. }
            | Lifecycle::Held { .. } => Self::ByItself,
        }
    }
}

/// Whether an agent that is wanted lives again after this.
pub fn is_followed(agent: &Agent, exit: &Exit, cause: Cause) -> bool {
    cause != Cause::ByItself
        || match agent.definition.restart.policy {
            RestartPolicy::Always => true,
            RestartPolicy::OnFailure => *exit != Exit::Code(0),
            RestartPolicy::Never => false,
        }
}

/// Why it is not started again for now, when it is not.
pub fn hold_reason(agent: &Agent, exit: &Exit, cause: Cause) -> Option<HoldReason> {
    let last = exit.clone();
    if agent.deaths >= agent.definition.restart.give_up_after {
        Some(HoldReason::CrashLoop { deaths: agent.deaths, last, hung: cause == Cause::Hung })
    } else if agent.boot_failures >= BOOT_FAILURES_MAX {
        Some(HoldReason::BootFailure { times: agent.boot_failures, last })
    } else {
        None
    }
}

/// After what time a hold ends with one start.
pub fn probe_in_ms(agent: &Agent) -> u64 {
    let longest_ms = agent.definition.restart.backoff.max_ms;
    longest_ms.saturating_mul(PROBE_BACKOFFS).max(PROBE_MIN_MS)
}

/// Doubling from `initial` to `max`, and up to `jitter` more so that many do not come at once.
pub fn backoff_ms(agent: &Agent, thousandths: u64) -> u64 {
    let backoff = agent.definition.restart.backoff;
    let doublings = agent.deaths.saturating_sub(1).min(30);
    let wait = backoff.initial_ms.saturating_mul(1 << doublings).min(backoff.max_ms);
    let most = wait.saturating_mul(u64::from(backoff.jitter_percent)) / 100;
    wait + most.saturating_mul(thousandths) / 1000
}
