//! Waiting for something over restarts of the supervisor: it is looked for until the time is up.

use std::io::Write as _;
use std::time::Duration;

use tokio::time::sleep;

use crate::clock;
use crate::wire::client::ClientError;

/// Between two tries: a restart takes some hundred milliseconds, and who has left for good is looked
/// for once a second.
const RETRY_FIRST: Duration = Duration::from_millis(50);
const RETRY_LAST: Duration = Duration::from_secs(1);

/// How long something is waited for.
#[derive(Debug)]
pub struct Patience {
    until_ms: u64,
    pause: Duration,
    has_told: bool,
}

impl Patience {
    /// From now on, for so long.
    pub fn of(time: Duration) -> Self {
        let time_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let until_ms = clock::mono_ms().saturating_add(time_ms);
        Self { until_ms, pause: RETRY_FIRST, has_told: false }
    }

    /// What is left of it.
    pub fn left(&self) -> Duration {
        Duration::from_millis(self.until_ms.saturating_sub(clock::mono_ms()))
    }

    /// Waits a moment when the error may pass, having said once on standard error what is done; gives
    /// it back when it will not, or the time is up.
    pub async fn bear(&mut self, error: ClientError, what: &str) -> Result<(), ClientError> {
        if !error.may_pass() || self.left().is_zero() {
            return Err(error);
        }
        if !std::mem::replace(&mut self.has_told, true) {
            // Where standard error is gone, nobody is left to be told.
            drop(writeln!(std::io::stderr().lock(), "mosaic: {error}; {what}"));
        }
        sleep(self.pause.min(self.left())).await;
        self.pause = (self.pause * 2).min(RETRY_LAST);
        Ok(())
    }

    /// Somebody has answered, sooner than was asked for: who leaves does so.
    pub async fn pause(&mut self) {
        self.pause = RETRY_FIRST;
        sleep(self.pause.min(self.left())).await;
    }
}
