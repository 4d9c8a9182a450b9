//! What escaped: processes that carry a session's mark in their environment, wherever they hang.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// A process that forks faster than it is killed gets so many rounds.
const ROUNDS_MAX: u32 = 20;

/// Our own processes whose environment names this session.
pub fn marked(session: &str) -> Vec<u32> {
    let mark = format!("MOSAIC_SESSION={session}");
    let uid = nix::unistd::getuid().as_raw();
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse::<u32>().ok()?;
        (entry.metadata().ok()?.uid() == uid).then_some(pid)
    });
    pids.filter(|pid| is_marked(*pid, &mark)).collect()
}

fn is_marked(pid: u32, mark: &str) -> bool {
    fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
        environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    })
}

/// Ends them, again until none is left; how many there were.
pub fn end_marked(session: &str) -> u32 {
    let mark = format!("MOSAIC_SESSION={session}");
    let mut ended = 0;
    for _ in 0..ROUNDS_MAX {
        let mut found = false;
        for pid in marked(session) {
            // Opened first and looked at again: the pid cannot become another process between.
            let pid_of = i32::try_from(pid).ok().and_then(Pid::from_raw);
            if let Some(Ok(process)) = pid_of.map(|pid| pidfd_open(pid, PidfdFlags::empty()))
                && is_marked(pid, &mark)
                && pidfd_send_signal(&process, Signal::KILL).is_ok()
            {
                found = true;
                ended += 1;
            }
        }
        if !found {
            break;
        }
    }
    ended
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{end_marked, marked};

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a real process to be found and ended")]
    fn a_child_in_a_session_of_its_own_is_found_by_its_mark_and_ended() {
        let session = format!("test-{}", std::process::id());
        let mut child = Command::new("setsid")
            .args(["-w", "sleep", "60"])
            .env("MOSAIC_SESSION", &session)
            .spawn()
            .unwrap();
        let deadline = crate::clock::mono_ms() + 5_000;
        while marked(&session).is_empty() && crate::clock::mono_ms() < deadline {
            std::thread::yield_now();
        }
        assert!(!marked(&session).is_empty());
        assert!(end_marked(&session) >= 1);
        child.wait().unwrap();
        assert!(marked(&session).is_empty());
    }
}
