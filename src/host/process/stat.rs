//! One process as `/proc` has it: its numbers, of which it never guesses a missing one, and its words.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::FileExt as _;
use std::str::FromStr;

/// What `/proc/PID/stat` says. Times are in clock ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub pid: u32,
    pub parent: u32,
    pub state: char,
    /// User and system time of itself and of every descendant that was waited for.
    pub cpu_ticks: u64,
    /// Since the boot. Together with the pid it names one process for as long as the boot lasts.
    pub started: u64,
    pub resident_pages: u64,
    /// Whether it is a thread that is not the first of its process: `/proc` lists none of these, and
    /// yet has them under their numbers.
    pub is_thread: bool,
}

/// The longest line: 52 numbers of at most 20 digits, and a name of at most 64 bytes.
const LINE_MAX: usize = 2048;

/// When the process started, in clock ticks since the boot; `None` when there is no such process.
pub fn started(pid: u32) -> Option<u64> {
    read(pid).map(|stat| stat.started)
}

/// The parent of a process; `None` when there is no such process.
pub fn parent(pid: u32) -> Option<u32> {
    read(pid).map(|stat| stat.parent)
}

/// The number that was given to the process or thread that was made last; `None` where the kernel does
/// not say.
pub(super) fn newest() -> Option<u32> {
    std::fs::read_to_string("/proc/sys/kernel/ns_last_pid").ok()?.trim().parse().ok()
}

/// Whether a process runs, or may: a zombie does not.
pub fn lives(pid: u32) -> bool {
    read(pid).is_some_and(|stat| !matches!(stat.state, 'Z' | 'X'))
}

/// Whether a process is stopped, as by Ctrl-Z: it reads nothing, and somebody else may.
pub fn is_stopped(pid: u32) -> bool {
    read(pid).is_some_and(|stat| matches!(stat.state, 'T' | 't'))
}

/// Reads one process; `None` when there is none.
pub(super) fn read(pid: u32) -> Option<Stat> {
    look(&open(pid)?)
}

/// Holds a process's numbers open. The pid may be used again: what is open stays that of this one.
pub(super) fn open(pid: u32) -> Option<File> {
    File::open(format!("/proc/{pid}/stat")).ok()
}

/// Reads a process that is held open, as it is now; `None` when it is gone.
pub(super) fn look(file: &File) -> Option<Stat> {
    let mut line = [0; LINE_MAX];
    // The kernel gives the whole line at the first read.
    let length = file.read_at(&mut line, 0).ok()?;
    parse(&line[..length])
}

/// The arguments of a process, its name first; none when it is gone, or hides them.
pub fn arguments(pid: u32) -> Vec<OsString> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect()
}

/// Reads a line. The name in parentheses may hold anything, parentheses and spaces included.
fn parse(line: &[u8]) -> Option<Stat> {
    let open = line.iter().position(|byte| *byte == b'(')?;
    let close = line.iter().rposition(|byte| *byte == b')')?;
    let pid = std::str::from_utf8(&line[..open]).ok()?.trim().parse().ok()?;
    let mut fields = line[close + 1..].split(|byte| *byte == b' ').skip(1);
    let state = char::from(*fields.next()?.first()?);
    let parent = number(fields.next()?)?;
    // proc(5) counts from 1: the parent is 4, the times 14 to 17, the start 22, the pages 24, and 38 is
    // the signal of its end, which only a whole process has.
    let mut fields = fields.skip(14 - 5);
    let mut cpu_ticks = 0;
    for _ in 14..=17 {
        cpu_ticks += number::<u64>(fields.next()?)?;
    }
    let mut fields = fields.skip(22 - 18);
    let started = number(fields.next()?)?;
    let resident_pages = number(fields.nth(1)?)?;
    let is_thread = fields.nth(38 - 25)? == b"-1";
    Some(Stat { pid, parent, state, cpu_ticks, started, resident_pages, is_thread })
}

fn number<T: FromStr>(digits: &[u8]) -> Option<T> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Stat, parse, read, started};

    #[test]
    fn a_name_may_hold_anything() {
        let line = b"4000 (a) R 1 (b c) S 77 4000 77 34816 4000 4194304 105 0 0 0 \
                     7 11 13 17 20 0 1 0 987654 2625536 222 18446744073709551615 \
                     1 1 0 0 0 0 0 0 2 0 0 0 17 3 0 0\n";
        let expected = Stat {
            pid: 4000,
            parent: 77,
            state: 'S',
            cpu_ticks: 48,
            started: 987_654,
            resident_pages: 222,
            is_thread: false,
        };
        assert_eq!(parse(line), Some(expected));
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"4000 (cut off) S 77"), None);
    }

    #[test]
    fn this_process_and_no_process() {
        let own = read(std::process::id()).unwrap();
        assert_eq!(own.parent, std::os::unix::process::parent_id());
        assert!(own.resident_pages > 0);
        assert_eq!(started(own.pid), Some(own.started));
        assert!(
            own.started >= started(own.parent).unwrap(),
            "a child is not older than its parent"
        );
        assert_eq!(started(u32::MAX), None);
    }
}
