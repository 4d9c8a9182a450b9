//! A reading of both clocks, taken outside and handed in.

use serde::{Deserialize, Serialize};

/// One moment: wall time for people and records, monotonic time for every deadline. It has no order
/// of its own: an order by wall time would follow its jumps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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

/// `2026-11-24T14:37:21.042Z`, from milliseconds since the epoch.
pub fn rfc3339(wall_ms: u64) -> String {
    let (days, in_day) = (wall_ms / 86_400_000, wall_ms % 86_400_000);
    let (year, month, day) = civil(days);
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, milli) = (in_day / 1000 % 60, in_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Days since 1970-01-01 to year, month, day (Howard Hinnant's `civil_from_days`, for days ≥ 0).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn dates_are_civil_dates() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_709_210_096_789), "2024-02-29T12:34:56.789Z");
    }
}
