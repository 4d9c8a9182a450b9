//! The only place where time is read.

use crate::fleet::Moment;

/// Now, on both clocks: wall time for people, monotonic time for deadlines.
#[expect(clippy::disallowed_methods, reason = "this is the one reader of time")]
pub fn now() -> Moment {
    let wall = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
    Moment { wall_ms: wall, mono_ms: mono_ms() }
}

/// Milliseconds of `CLOCK_MONOTONIC`: shared by all processes of one boot, stands still in suspend.
pub fn mono_ms() -> u64 {
    nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC).map_or(0, |time| {
        let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
        let nanos = u64::try_from(time.tv_nsec()).unwrap_or(0);
        seconds * 1000 + nanos / 1_000_000
    })
}

/// A point in time to measure from, for durations shorter than a millisecond.
#[expect(clippy::disallowed_methods, reason = "this is the one reader of time")]
pub fn instant() -> std::time::Instant {
    std::time::Instant::now()
}
