//! Processes of one session by the mark in their environment, wherever they went: `setsid` and
//! double forks do not shake it off. A process that cleared its environment, or made itself
//! unreadable, is not found here; its cgroup is for that.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix::libc::SIGKILL;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::pidfd::PidFd;
use super::stat::started;
use crate::clock;

/// More than the kernel takes at an exec with the usual stack limit (2 MiB).
const ENVIRONMENT_MAX: u64 = 8 * 1024 * 1024;

/// Each round also finds what the ones before it forked in their last moment. What is still
/// there after so many forks faster than it can be killed, or hangs in the kernel.
const ROUNDS_MAX: u32 = 20;

/// One empty look is no proof: in the midst of an exec a process has no environment.
const EMPTY_ROUNDS: u32 = 2;

/// SIGKILL takes effect in microseconds, except inside an uninterruptible system call.
const ROUND_MS: u64 = 500;

/// This uid's processes that carry `MOSAIC_SESSION=<session>`; never the caller itself.
pub fn marked(session: &str) -> Vec<u32> {
    let mark = format!("MOSAIC_SESSION={session}");
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let is_other = |pid: &u32| *pid != std::process::id() && !session.is_empty();
    pids.filter(is_other).filter(|pid| is_marked(*pid, mark.as_bytes()).unwrap_or(false)).collect()
}

/// Kills them, and what they leave, until none is left; returns how many it killed.
///
/// It blocks for milliseconds, for ten seconds at the very most.
pub fn end_marked(session: &str) -> u32 {
    let mut ended = BTreeSet::new();
    let mut empty = 0;
    for _ in 0..ROUNDS_MAX {
        let held: Vec<_> =
            marked(session).into_iter().filter_map(|pid| hold(pid, session)).collect();
        empty = if held.is_empty() { empty + 1 } else { 0 };
        if empty == EMPTY_ROUNDS {
            break;
        }
        for process in &held {
            if process.descriptor.signal(SIGKILL).is_ok() {
                ended.insert((process.pid, process.started));
            }
        }
        wait_until_gone(&held);
    }
    u32::try_from(ended.len()).unwrap_or(u32::MAX)
}

struct Held {
    pid: u32,
    started: u64,
    descriptor: PidFd,
}

/// Looks at the mark again once the process is held: the pid may be another's by now.
fn hold(pid: u32, session: &str) -> Option<Held> {
    let descriptor = PidFd::open(pid).ok()?;
    let started = started(pid)?;
    let mark = format!("MOSAIC_SESSION={session}");
    is_marked(pid, mark.as_bytes()).ok()?.then_some(Held { pid, started, descriptor })
}

/// Until all are dead, or the round is over.
fn wait_until_gone(held: &[Held]) {
    let deadline = clock::mono_ms() + ROUND_MS;
    for process in held {
        let left = deadline.saturating_sub(clock::mono_ms());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        // Whether it is gone or the time is over: the next round looks again.
        poll(&mut [PollFd::new(process.descriptor.as_fd(), PollFlags::POLLIN)], timeout).ok();
    }
}

/// Whether a process of this uid carries the mark. Its environment is asked of any living
/// thread: when the first one has ended, `/proc/PID/environ` is empty or gone (by the kernel's
/// version) though the others run.
fn is_marked(pid: u32, mark: &[u8]) -> io::Result<bool> {
    let process = format!("/proc/{pid}");
    if std::fs::metadata(&process)?.uid() != nix::unistd::geteuid().as_raw() {
        return Ok(false);
    }
    let environment = read_environment(Path::new(&process)).unwrap_or_default();
    if !environment.is_empty() {
        return Ok(holds(&environment, mark));
    }
    for task in std::fs::read_dir(format!("{process}/task"))? {
        // A thread that is gone meanwhile is no reason not to ask the next.
        if read_environment(&task?.path()).is_ok_and(|environment| holds(&environment, mark)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read_environment(process: &Path) -> io::Result<Vec<u8>> {
    let mut environment = Vec::new();
    File::open(process.join("environ"))?.take(ENVIRONMENT_MAX).read_to_end(&mut environment)?;
    Ok(environment)
}

fn holds(environment: &[u8], mark: &[u8]) -> bool {
    environment.split(|byte| *byte == 0).any(|entry| entry == mark)
}
