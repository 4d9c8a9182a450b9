//! Processes at one moment: who descends from whom and what a whole tree uses.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Instant;

use nix::unistd::{SysconfVar, sysconf};

use super::stat::Stat;

/// Processes as one pass over `/proc` found them.
#[derive(Debug)]
pub struct Table {
    at: Instant,
    processes: BTreeMap<u32, Stat>,
    /// Parent and child.
    children: BTreeSet<(u32, u32)>,
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
    /// A table of these, the first of which was looked at then.
    pub(super) fn of(processes: BTreeMap<u32, Stat>, at: Instant) -> io::Result<Self> {
        let children = processes.iter().map(|(pid, stat)| (stat.parent, *pid)).collect();
        let tick_ms = 1000 / setting(SysconfVar::CLK_TCK)?.clamp(1, 1000);
        Ok(Self { at, processes, children, tick_ms, page_bytes: setting(SysconfVar::PAGE_SIZE)? })
    }

    /// When it was looked at: nothing in it is older.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// Whether the process runs, or may: a zombie does not.
    pub fn lives(&self, pid: u32) -> bool {
        self.processes.get(&pid).is_some_and(|stat| !matches!(stat.state, 'Z' | 'X'))
    }

    /// Whether there is such a process, dead ones that nobody waited for included.
    pub fn has(&self, pid: u32) -> bool {
        self.processes.contains_key(&pid)
    }

    /// The process and all its descendants, itself first; empty when it is not there.
    pub fn tree(&self, pid: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        let mut next = vec![pid];
        while let Some(pid) = next.pop() {
            // A pid that was used again during the pass could make a ring.
            if self.processes.contains_key(&pid) && seen.insert(pid) {
                found.push(pid);
                next.extend(self.children.range((pid, 0)..=(pid, u32::MAX)).map(|pair| pair.1));
            }
        }
        found
    }

    /// What the process and its descendants use; `None` when it is not there.
    pub fn usage(&self, pid: u32) -> Option<Usage> {
        let state = self.processes.get(&pid)?.state;
        let mut usage = Usage { state, cpu_ms: 0, memory_bytes: 0, count: 0 };
        for stat in self.tree(pid).iter().filter_map(|pid| self.processes.get(pid)) {
            usage.cpu_ms += stat.cpu_ticks * self.tick_ms;
            usage.memory_bytes += stat.resident_pages * self.page_bytes;
            usage.count += 1;
        }
        Some(usage)
    }
}

fn setting(name: SysconfVar) -> io::Result<u64> {
    let value = sysconf(name)?.and_then(|value| u64::try_from(value).ok());
    value.ok_or_else(|| io::Error::other("the kernel does not say how it counts"))
}
