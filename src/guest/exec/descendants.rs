//! Who belongs to a session: our descendants, and whoever carries its mark. Only looks and signals.
//!
//! We are the subreaper, so a process that left its group, its session (setsid) or its parent
//! (double fork) is still our descendant. The mark, `MOSAIC_SESSION` in the environment, finds
//! those that some other reaper adopted.

use std::collections::BTreeSet;
use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// A round holds one open file for each process; 1024 is the usual limit. A bigger brood takes
/// several rounds.
const ROUND_MAX: usize = 256;

/// A process, held so that its pid cannot come to mean another one.
#[derive(Debug)]
pub struct Descendant {
    handle: OwnedFd,
}

impl Descendant {
    /// Sends it a signal; one that is gone already needs none.
    pub fn signal(&self, signal: Signal) {
        let _gone_already = pidfd_send_signal(&self.handle, signal);
    }

    fn hold(pid: u32) -> Option<Self> {
        let started = Stat::of(pid)?.started;
        let raw = Pid::from_raw(i32::try_from(pid).ok()?)?;
        let handle = pidfd_open(raw, PidfdFlags::empty()).ok()?;
        // The same start time on both sides: the handle is of the process that was found.
        (Stat::of(pid)?.started == started).then_some(Self { handle })
    }
}

impl AsFd for Descendant {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

/// How many descendants of ours live.
pub fn count() -> u32 {
    u32::try_from(tree().len()).unwrap_or(u32::MAX)
}

/// The living processes of a session, at most a round of them.
pub fn of_session(session: &str) -> Vec<Descendant> {
    let mut pids = tree();
    pids.extend(marked(session));
    pids.into_iter().take(ROUND_MAX).filter_map(Descendant::hold).collect()
}

/// Our living descendants.
fn tree() -> BTreeSet<u32> {
    let children: Box<dyn Fn(u32) -> Vec<u32>> =
        if fs::exists("/proc/thread-self/children").unwrap_or(false) {
            Box::new(listed_children)
        } else {
            // A kernel without that file: the parents of all processes tell the same, slower.
            let parents: Vec<(u32, u32)> =
                pids().filter_map(|pid| Some((Stat::of(pid)?.parent, pid))).collect();
            Box::new(move |parent| {
                parents.iter().filter(|pair| pair.0 == parent).map(|pair| pair.1).collect()
            })
        };
    let (mut found, mut open) = (BTreeSet::new(), vec![std::process::id()]);
    while let Some(parent) = open.pop() {
        // A process that changes its parent while we look may be seen twice.
        open.extend(children(parent).into_iter().filter(|child| found.insert(*child)));
    }
    found.retain(|pid| Stat::of(*pid).is_some_and(|stat| stat.lives));
    found
}

/// The children of a process, as the kernel lists them for each of its threads.
fn listed_children(parent: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{parent}/task")) else {
        return Vec::new();
    };
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok());
    lists
        .flat_map(|list| list.split(' ').filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// The living processes that carry a session's mark, without us and those that we hang from:
/// a tmux server started inside some agent carries that agent's mark.
fn marked(session: &str) -> Vec<u32> {
    let mark = format!("MOSAIC_SESSION={session}");
    let mut above = vec![std::process::id()];
    while let Some(parent) = above.last().and_then(|pid| Stat::of(*pid)).map(|stat| stat.parent) {
        above.push(parent);
    }
    pids()
        .filter(|pid| !above.contains(pid))
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
                environment.split(|byte| *byte == 0).any(|pair| pair == mark.as_bytes())
            })
        })
        .filter(|pid| Stat::of(*pid).is_some_and(|stat| stat.lives))
        .collect()
}

fn pids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// What `/proc/PID/stat` says.
struct Stat {
    parent: u32,
    started: u64,
    lives: bool,
}

impl Stat {
    fn of(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything, parentheses and spaces as well.
        let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
        Some(Self {
            lives: !matches!(*fields.first()?, "Z" | "X"),
            parent: fields.get(1)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
        })
    }
}
