//! Processes at one moment: who descends from whom and what a whole tree uses.

use std::collections::BTreeSet;
use std::io;
use std::time::Instant;

use nix::unistd::{SysconfVar, sysconf};

use super::stat::Stat;

/// Processes as one pass over `/proc` found them.
#[derive(Debug)]
pub struct Table {
    at: Instant,
    /// By their numbers.
    processes: Vec<Stat>,
    /// Parent and child, in this order.
    children: Vec<(u32, u32)>,
    tick_ms: u64,
    page_bytes: u64,
}

/// What a process and its descendants use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The kernel's letter for the process itself: `R`, `S`, `D`, `T` (stopped), `Z` (dead).
    pub state: char,
    /// Time on a CPU of the tree, and of the descendants that ended and were waited for.
    pub cpu_ms: u64,
    /// Memory that is in RAM; pages that several of the tree share count for each.
    pub memory_bytes: u64,
    /// How many processes the tree has.
    pub count: u32,
}

impl Table {
    /// A table of these, each once, the first of which was looked at then.
    pub(super) fn of(mut processes: Vec<Stat>, at: Instant) -> io::Result<Self> {
        processes.sort_unstable_by_key(|stat| stat.pid);
        let mut children: Vec<(u32, u32)> =
            processes.iter().map(|stat| (stat.parent, stat.pid)).collect();
        children.sort_unstable();
        let tick_ms = 1000 / setting(SysconfVar::CLK_TCK)?.clamp(1, 1000);
        Ok(Self { at, processes, children, tick_ms, page_bytes: setting(SysconfVar::PAGE_SIZE)? })
    }

    fn stat(&self, pid: u32) -> Option<&Stat> {
        let at = self.processes.binary_search_by_key(&pid, |stat| stat.pid).ok()?;
        Some(&self.processes[at])
    }

    fn children(&self, pid: u32) -> impl Iterator<Item = u32> {
        let begin = self.children.partition_point(|(parent, _)| *parent < pid);
        let rest = self.children[begin..].iter();
        rest.take_while(move |(parent, _)| *parent == pid).map(|(_, child)| *child)
    }

    /// When it was looked at: nothing in it is older.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// Whether the process runs, or may: a zombie does not.
    pub fn lives(&self, pid: u32) -> bool {
        self.stat(pid).is_some_and(|stat| !matches!(stat.state, 'Z' | 'X'))
    }

    /// Whether there is such a process, dead ones that nobody waited for included.
    pub fn has(&self, pid: u32) -> bool {
        self.stat(pid).is_some()
    }

    /// The process and all its descendants, itself first; empty when it is not there.
    #[cfg(test)]
    pub fn tree(&self, pid: u32) -> Vec<u32> {
        let mut found = Vec::new();
        self.each(pid, |stat| found.push(stat.pid));
        found
    }

    /// What the process and its descendants use; `None` when it is not there.
    pub fn usage(&self, pid: u32) -> Option<Usage> {
        let state = self.stat(pid)?.state;
        let mut usage = Usage { state, cpu_ms: 0, memory_bytes: 0, count: 0 };
        self.each(pid, |stat| {
            usage.cpu_ms += stat.cpu_ticks * self.tick_ms;
            usage.memory_bytes += stat.resident_pages * self.page_bytes;
            usage.count += 1;
        });
        Some(usage)
    }

    /// Visits the process and all its descendants, itself first.
    fn each<'a>(&'a self, pid: u32, mut visit: impl FnMut(&'a Stat)) {
        let Some(stat) = self.stat(pid) else { return };
        visit(stat);
        let mut next: Vec<u32> = self.children(pid).collect();
        if next.is_empty() {
            return;
        }
        let mut seen = BTreeSet::from([pid]);
        while let Some(pid) = next.pop() {
            // A pid that was used again during the pass could make a ring.
            if let Some(stat) = self.stat(pid)
                && seen.insert(pid)
            {
                visit(stat);
                next.extend(self.children(pid));
            }
        }
    }
}

fn setting(name: SysconfVar) -> io::Result<u64> {
    let value = sysconf(name)?.and_then(|value| u64::try_from(value).ok());
    value.ok_or_else(|| io::Error::other("the kernel does not say how it counts"))
}
