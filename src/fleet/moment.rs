//! A reading of both clocks, taken outside and handed in.

use serde::{Deserialize, Serialize};

/// One moment: wall time for people and records, monotonic time for every deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Moment {
    /// Milliseconds since 1970-01-01 UTC; may jump.
    pub wall_ms: u64,
    /// Milliseconds of `CLOCK_MONOTONIC`; never jumps, starts anew at each boot.
    pub mono_ms: u64,
}

impl Moment {
    /// The moment `ms` milliseconds later.
    pub fn after(self, ms: u64) -> Self {
        Self { wall_ms: self.wall_ms.saturating_add(ms), mono_ms: self.mono_ms.saturating_add(ms) }
    }

    /// Milliseconds from `earlier` to `self` on the monotonic clock; 0 when `earlier` is later.
    pub fn since_ms(self, earlier: Self) -> u64 {
        self.mono_ms.saturating_sub(earlier.mono_ms)
    }
}
