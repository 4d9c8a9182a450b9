//! All processes at one moment, in one pass over `/proc`; what a tree of them uses.

use std::collections::HashMap;
use std::fs;
use std::io;

use nix::unistd::{SysconfVar, sysconf};

/// What the kernel says of a process and its descendants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The letter of the process itself: R, S, D, T, Z.
    pub state: char,
    /// Milliseconds of processor time of the tree.
    pub cpu_ms: u64,
    /// Resident bytes of the tree.
    pub memory_bytes: u64,
    /// Processes in the tree.
    pub count: u32,
}

/// All processes at one moment.
#[derive(Debug)]
pub struct Table {
    processes: HashMap<u32, Process>,
    children: HashMap<u32, Vec<u32>>,
    tick_ms: u64,
    page_bytes: u64,
}

#[derive(Debug, Clone, Copy)]
struct Process {
    state: char,
    parent: u32,
    cpu_ticks: u64,
    started: u64,
    pages: u64,
}

impl Table {
    /// Reads them.
    pub fn read() -> io::Result<Self> {
        let mut processes = HashMap::new();
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut path = String::new();
        for entry in fs::read_dir("/proc")? {
            let name = entry?.file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            path.clear();
            path.push_str("/proc/");
            path.push_str(name.to_str().unwrap_or_default());
            path.push_str("/stat");
            // It may be gone by now.
            let Some(process) = fs::read(&path).ok().and_then(|text| parse(&text)) else {
                continue;
            };
            children.entry(process.parent).or_default().push(pid);
            processes.insert(pid, process);
        }
        let tick = sysconf(SysconfVar::CLK_TCK).ok().flatten().unwrap_or(100);
        let page = sysconf(SysconfVar::PAGE_SIZE).ok().flatten().unwrap_or(4096);
        Ok(Self {
            processes,
            children,
            tick_ms: 1000 / u64::try_from(tick).unwrap_or(100).max(1),
            page_bytes: u64::try_from(page).unwrap_or(4096),
        })
    }

    /// A process and its descendants; empty when it is not there.
    pub fn tree(&self, pid: u32) -> Vec<u32> {
        let mut tree = Vec::new();
        let mut open = vec![pid];
        while let Some(next) = open.pop() {
            if self.processes.contains_key(&next) && !tree.contains(&next) {
                tree.push(next);
                open.extend(self.children.get(&next).into_iter().flatten());
            }
        }
        tree
    }

    /// What a process and its descendants use; `None` when it is not there.
    pub fn usage(&self, pid: u32) -> Option<Usage> {
        let state = self.processes.get(&pid)?.state;
        let tree = self.tree(pid);
        let sum = |of: fn(&Process) -> u64| -> u64 {
            tree.iter().filter_map(|pid| self.processes.get(pid)).map(of).sum()
        };
        Some(Usage {
            state,
            cpu_ms: sum(|process| process.cpu_ticks) * self.tick_ms,
            memory_bytes: sum(|process| process.pages) * self.page_bytes,
            count: u32::try_from(tree.len()).unwrap_or(u32::MAX),
        })
    }
}

/// When a process started, in clock ticks since the boot: with the pid, who it is.
pub fn started(pid: u32) -> Option<u64> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    parse(&text).map(|process| process.started)
}

/// A line of `/proc/PID/stat` (proc_pid_stat(5)). The name in parentheses may hold anything.
fn parse(text: &[u8]) -> Option<Process> {
    let behind = text.iter().rposition(|byte| *byte == b')')? + 2;
    let rest = std::str::from_utf8(text.get(behind..)?).ok()?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    // Field 14 is utime; two of the fields from 3 on are read.
    let user: u64 = fields.nth(9)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let started = fields.nth(6)?.parse().ok()?;
    let pages = fields.nth(1)?.parse().ok()?;
    Some(Process { state, parent, cpu_ticks: user + system, started, pages })
}

#[cfg(test)]
mod tests {
    use super::{Table, parse, started};

    #[test]
    fn a_name_with_parentheses_and_spaces_moves_no_field() {
        let line = b"42 (a) b (c)) S 7 1 1 0 -1 4194304 1 2 3 4 50 60 0 0 20 0 1 0 777 1000 33 0";
        let process = parse(line).unwrap();
        assert_eq!((process.state, process.parent), ('S', 7));
        assert_eq!((process.cpu_ticks, process.started, process.pages), (110, 777, 33));
    }

    #[test]
    fn this_process_is_in_the_table_with_its_memory() {
        let table = Table::read().unwrap();
        let usage = table.usage(std::process::id()).unwrap();
        assert!(usage.memory_bytes > 100_000 && usage.count >= 1, "{usage:?}");
        assert!(table.usage(u32::MAX).is_none());
        assert!(started(std::process::id()).unwrap() > 0);
    }
}
