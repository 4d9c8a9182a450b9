//! What is known while nothing is recorded: why, and how many bytes are missing.

use std::io;

use nix::errno::Errno;

/// Nothing is recorded for now.
#[derive(Debug)]
pub struct Stopped {
    /// Why.
    pub reason: String,
    /// Bytes that are missing and stand in no mark yet; `None` when nobody could count them.
    pub lost: Option<u64>,
    /// Those that stand in marks: the disk took the mark, and not what followed.
    marked: u64,
    /// When it is tried again.
    retry_at_ms: u64,
}

impl Stopped {
    /// So many more are missing, in a gap that may have begun before.
    pub fn more(
        before: Option<Self>,
        reason: String,
        missing: Option<u64>,
        retry_at_ms: u64,
    ) -> Self {
        let (lost, marked) = before.map_or((Some(0), 0), |before| (before.lost, before.marked));
        let lost = lost.zip(missing).map(|(lost, missing)| lost + missing);
        Self { reason, lost, marked, retry_at_ms }
    }

    /// Whether it is too early for another try.
    pub fn waits(&self, at_ms: u64) -> bool {
        at_ms < self.retry_at_ms
    }

    /// So many bytes came that nothing took.
    pub fn lose(&mut self, bytes: u64) {
        self.lost = self.lost.map(|lost| lost + bytes);
    }

    /// What is missing stands in a mark now; how much that is in all, where somebody could count.
    pub fn mark(&mut self) -> Option<u64> {
        let lost = self.lost.replace(0);
        self.marked += lost.unwrap_or(0);
        lost.map(|_| self.marked)
    }
}

/// Why nothing is written, for people.
pub fn words(error: &io::Error) -> String {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOSPC) => "the disk is full".to_owned(),
        Some(Errno::EDQUOT) => "the user's share of the disk is used up".to_owned(),
        Some(Errno::EROFS) => "the disk is read-only".to_owned(),
        _ => error.to_string(),
    }
}
