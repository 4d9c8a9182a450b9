//! Processes by their ids and by the home that marks them as ours; never by name.

use std::path::Path;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Sends a signal; a process that is gone gets none.
pub fn signal(pid: u32, signal: Signal) {
    let _gone = kill(Pid::from_raw(i32::try_from(pid).unwrap()), signal);
}

/// Whether a process lives. A zombie does not, once the last of its threads is gone: until then
/// its sockets still take connections.
pub fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
    let threads = || std::fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
    state.is_some_and(|state| !matches!(state, 'Z' | 'X') || threads() > 1)
}

/// Ends what names this home, also what is frozen; again, because one may just start another.
pub fn end_marked(home: &Path) {
    for _ in 0..50 {
        let left = marked(home);
        if left.is_empty() {
            break;
        }
        for pid in left {
            signal(pid, Signal::SIGCONT);
            signal(pid, Signal::SIGKILL);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Living processes that name this home in their arguments or environment, but for this one.
pub fn marked(home: &Path) -> Vec<u32> {
    let mark = home.to_string_lossy().into_owned();
    let names = |pid: u32, file: &str| {
        let bytes = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        bytes.windows(mark.len()).any(|window| window == mark.as_bytes())
    };
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != std::process::id())
        .filter(|pid| is_alive(*pid) && (names(*pid, "cmdline") || names(*pid, "environ")))
        .collect()
}
