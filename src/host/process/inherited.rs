//! Files that whoever started this process left open for it; it closes nothing that we opened.

use std::fs;

/// Closes every inherited file but the three standard ones. A shell's lock or pipe would else live
/// as long as the tmux server, which outlives everything. To be called before other threads run,
/// and once what is meant for us was taken.
pub fn close_inherited_files() {
    let Ok(entries) = fs::read_dir("/proc/self/fd") else {
        return;
    };
    let numbers: Vec<i32> =
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    for number in numbers.into_iter().filter(|number| *number > 2 && is_inherited(*number)) {
        let _closed_by_now = nix::unistd::close(number);
    }
}

/// Whether a file came through an exec: what this program opens is closed at the next one, and
/// what was inherited was not.
fn is_inherited(number: i32) -> bool {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap_or_default();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| i32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & nix::libc::O_CLOEXEC == 0)
}
