//! How fast a guest is read: who floods waits, and nobody else does.

/// Frames that may come at once: a runtime that finds its supervisor again tells at most 64 prompts
/// and 64 receipts.
const BURST: u64 = 1_000;

/// Frames a second after that. A runtime that answers, works and is spoken to sends a few.
const A_SECOND: u64 = 200;

/// A long line costs as much as so many short ones: reading a mebibyte is work as well.
const BYTES_A_FRAME: usize = 4_096;

/// The pace of one connection: a bucket that fills as time goes by.
#[derive(Debug)]
pub struct Pace {
    /// In thousandths of a frame.
    left: u64,
    at_ms: u64,
}

impl Pace {
    /// A full bucket.
    pub fn new(now_ms: u64) -> Self {
        Self { left: BURST * 1_000, at_ms: now_ms }
    }

    /// Takes a line of so many bytes; for how many milliseconds the next one is not read.
    pub fn take(&mut self, bytes: usize, now_ms: u64) -> u64 {
        let gained = now_ms.saturating_sub(self.at_ms).saturating_mul(A_SECOND);
        self.left = self.left.saturating_add(gained).min(BURST * 1_000);
        self.at_ms = now_ms.max(self.at_ms);
        let cost = (1 + u64::try_from(bytes / BYTES_A_FRAME).unwrap_or(u64::MAX)) * 1_000;
        if let Some(left) = self.left.checked_sub(cost) {
            self.left = left;
            return 0;
        }
        let lacking = cost - self.left;
        self.left = 0;
        let wait_ms = lacking.div_ceil(A_SECOND);
        // What is gained while it waits pays for this line.
        self.at_ms = self.at_ms.saturating_add(wait_ms);
        wait_ms
    }
}

#[cfg(test)]
mod tests {
    use super::{A_SECOND, BURST, Pace};

    #[test]
    fn a_burst_is_free_and_a_flood_is_read_at_its_pace() {
        let mut pace = Pace::new(0);
        for _ in 0..BURST {
            assert_eq!(pace.take(60, 0), 0);
        }
        let mut now_ms = 0;
        for _ in 0..A_SECOND * 10 {
            now_ms += pace.take(60, now_ms);
        }
        assert_eq!(now_ms, 10_000, "ten seconds' worth takes ten seconds");
        assert_eq!(pace.take(60, now_ms + 60_000), 0, "who has waited is read at once");
    }

    #[test]
    fn a_long_line_costs_what_its_bytes_cost() {
        let mut pace = Pace::new(0);
        let free = (0..100).take_while(|_| pace.take(1024 * 1024, 0) == 0).count();
        assert_eq!(free, 3, "a mebibyte is 257 short frames");
    }
}
