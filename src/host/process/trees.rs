//! Some trees of processes, looked at again and again; it reads only what can belong to them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io;
use std::os::unix::fs::DirEntryExt as _;
use std::time::{Duration, Instant};

use super::stat::{self, Stat};
use super::table::Table;
use crate::clock;

/// How long a stranger is believed. Nothing is known to make one wrong; should a kernel do, the
/// figures are right again after this long.
const BELIEVED_FOR: Duration = Duration::from_secs(10);

/// Of the files that this process may have open, an eighth is held from look to look, which makes one
/// cost half; the rest of a larger fleet is opened each time.
const HELD_SHARE: u64 = 8;

/// The trees below some processes, and who is known to be in none of them.
///
/// The kernel gives an orphan to one of its own ancestors, so that a process which descends from
/// none of the roots never will. It is read once, and then known by its pid and by the number of
/// its directory in `/proc`, which is another one for the next process of that pid.
#[derive(Debug, Default)]
pub struct Trees {
    roots: BTreeSet<u32>,
    strangers: HashMap<u32, u64>,
    held: HashMap<u32, File>,
    whole_at: Option<Instant>,
}

impl Trees {
    /// Whether the last look was at all of these.
    pub fn hold(&self, roots: &BTreeSet<u32>) -> bool {
        roots.is_subset(&self.roots)
    }

    /// Every process below these, and themselves.
    pub fn look(&mut self, roots: BTreeSet<u32>) -> io::Result<Table> {
        let at = clock::instant();
        let is_believed = self.whole_at.is_some_and(|at| at.elapsed() < BELIEVED_FOR);
        if !is_believed || !self.hold(&roots) {
            self.strangers.clear();
            self.whole_at = Some(at);
        }
        self.roots = roots;
        let mut present = HashMap::with_capacity(self.strangers.len());
        let (mut read, mut directories) = (BTreeMap::new(), Vec::new());
        for entry in std::fs::read_dir("/proc")? {
            let entry = entry?;
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            if self.strangers.get(&pid) == Some(&entry.ino()) {
                present.insert(pid, entry.ino());
            } else if let Some(stat) = self.read(pid) {
                read.insert(pid, stat);
                directories.push((pid, entry.ino()));
            }
        }
        directories.retain(|(pid, _)| is_stranger(*pid, &self.roots, &read, &present));
        for (pid, _) in &directories {
            read.remove(pid);
        }
        self.held.retain(|pid, _| read.contains_key(pid));
        present.extend(directories);
        self.strangers = present;
        Table::of(read, at)
    }

    /// One process. A file that is held of an earlier one of its pid reads nothing any more.
    fn read(&mut self, pid: u32) -> Option<Stat> {
        if let Some(stat) = self.held.get(&pid).and_then(stat::look) {
            return Some(stat);
        }
        let file = stat::open(pid)?;
        let stat = stat::look(&file);
        self.held.remove(&pid);
        if self.held.len() < held_max() && stat.is_some_and(|stat| self.may_be_below(&stat)) {
            self.held.insert(pid, file);
        }
        stat
    }

    /// Whether it is worth holding: a root, or a child of one that is held.
    fn may_be_below(&self, stat: &Stat) -> bool {
        self.roots.contains(&stat.pid) || self.held.contains_key(&stat.parent)
    }
}

fn held_max() -> usize {
    let limit = super::file_limit().unwrap_or_default();
    usize::try_from(limit / HELD_SHARE).unwrap_or_default()
}

/// Whether every ancestor is known and none is a root. One that ended meanwhile leaves a gap: who
/// was below it is looked at again.
fn is_stranger(
    pid: u32,
    roots: &BTreeSet<u32>,
    read: &BTreeMap<u32, Stat>,
    strangers: &HashMap<u32, u64>,
) -> bool {
    let mut at = pid;
    // A pid that was used again during the look could make a ring.
    for _ in 0..=read.len() {
        if roots.contains(&at) {
            return false;
        }
        match read.get(&at) {
            Some(stat) => at = stat.parent,
            // The first process and the kernel's own have the parent 0.
            None => return at == 0 || strangers.contains_key(&at),
        }
    }
    false
}
