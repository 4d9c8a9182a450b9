//! Waiting for a condition, never for a duration.

use std::time::{Duration, Instant};

/// Long enough for anything here on a busy machine; past it something is wrong.
pub const LONG: Duration = Duration::from_secs(60);

/// Waits until something is so; says what did not come.
#[track_caller]
pub fn wait_until(what: &str, deadline: Duration, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < deadline, "did not come within {deadline:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
