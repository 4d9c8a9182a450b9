//! The log of a supervisor that was started detached: opened for it, and its end read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// At a start a longer log is put aside: the last two lives are what anybody reads.
const BYTES_MAX: u64 = 8 * 1024 * 1024;

/// What is read for a tail: many times the lines that are shown.
const TAIL_BYTES: u64 = 16 * 1024;

/// Opens the log to write at its end; one that has grown too long becomes `supervisor.log.old`.
pub fn open(path: &Path) -> io::Result<File> {
    if std::fs::metadata(path).is_ok_and(|found| found.len() > BYTES_MAX) {
        std::fs::rename(path, path.with_extension("log.old"))?;
    }
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

/// How long the log is now.
pub fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len())
}

/// The last lines that were written after `from`, at most `count`.
pub fn tail(path: &Path, from: u64, count: usize) -> Vec<String> {
    let Ok(text) = read_end(path, from) else {
        return Vec::new();
    };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|line| (*line).to_owned()).collect()
}

fn read_end(path: &Path, from: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    // Shorter than before: it was put aside, so that all of it is new.
    let from = if from > length { 0 } else { from };
    file.seek(SeekFrom::Start(from.max(length.saturating_sub(TAIL_BYTES))))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn a_tail_holds_only_what_was_written_since() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("supervisor.log");
        std::fs::write(&path, "old\none\n\ntwo\nthree\n").unwrap();
        assert_eq!(tail(&path, 4, 2), ["two", "three"]);
        assert_eq!(tail(&path, 4, 9), ["one", "two", "three"]);
        assert_eq!(tail(&path, 99, 1), ["three"]);
        assert!(tail(&directory.path().join("none"), 0, 3).is_empty());
    }
}
