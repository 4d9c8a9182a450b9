//! Some trees of processes, looked at again and again; it reads only what can belong to them.

use std::collections::{BTreeSet, HashMap, HashSet};
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

/// The kernel gives numbers out in turn. That all of them go round between two looks which are no
/// further apart than this would take more forks than a host of that few numbers makes.
const TURN: Duration = Duration::from_secs(1);

/// More new numbers than this are not asked for one by one: the list of all processes is as cheap.
const ARRIVALS_MAX: u32 = 512;

/// Of the numbers that were given out just before the list was read, so many may belong to processes
/// that were not in it yet: as many as are being made at the same moment.
const BEING_MADE: u32 = 64;

/// Of the files that this process may have open, an eighth is held from look to look, which makes one
/// cost half; the rest of a larger fleet is opened each time.
const HELD_SHARE: u64 = 8;

/// The trees below some processes, and who is known to be in none of them.
///
/// The kernel gives an orphan to one of its own ancestors, so that a process which descends from
/// none of the roots never will. It is read once, and then known by its pid and by the number of
/// its directory in `/proc`, which is another one for the next process of that pid.
///
/// The list of all processes is itself read seldom: the kernel tells the last number that it gave to a
/// process, so that a look soon after another has to ask for the numbers since then, and no others.
#[derive(Debug, Default)]
pub struct Trees {
    roots: BTreeSet<u32>,
    strangers: HashMap<u32, u64>,
    /// Strangers that came since the list was read.
    passers: HashSet<u32>,
    /// Who was in a tree at the last look, or may have been.
    members: Vec<u32>,
    held: HashMap<u32, File>,
    whole_at: Option<Instant>,
    /// The last look, and the last number that was given out before it.
    last: Option<(Instant, u32)>,
    /// Numbers before that one which nobody had: who is just being made has one and is not there yet.
    unborn: Vec<u32>,
}

impl Trees {
    /// Whether the last look was at all of these.
    pub fn hold(&self, roots: &BTreeSet<u32>) -> bool {
        roots.is_subset(&self.roots)
    }

    /// Every process below these, and themselves.
    pub fn look(&mut self, roots: BTreeSet<u32>) -> io::Result<Table> {
        let at = clock::instant();
        // Before all else: who comes later comes with a later number.
        let newest = stat::newest();
        let is_believed = self.whole_at.is_some_and(|whole| at - whole < BELIEVED_FOR);
        let is_known = is_believed && self.hold(&roots);
        if !is_known {
            self.strangers.clear();
        }
        self.roots = roots;
        let read = match self.arrivals(newest, at).filter(|_| is_known) {
            Some(arrivals) => self.look_at(&arrivals),
            None => self.look_at_all(newest, at, is_known)?,
        };
        self.members = read.iter().map(|stat| stat.pid).collect();
        self.held.retain(|pid, _| self.members.binary_search(pid).is_ok());
        self.last = newest.map(|newest| (at, newest));
        Table::of(read, at)
    }

    /// The numbers that were given out since the last look; `None` when nobody can say.
    fn arrivals(&self, newest: Option<u32>, at: Instant) -> Option<Vec<u32>> {
        let (newest, (last_at, last)) = (newest?, self.last?);
        // After the last number the first ones come again.
        let count = newest.checked_sub(last)?;
        let is_soon = at - last_at < TURN && count <= ARRIVALS_MAX;
        is_soon.then(|| (last + 1..=newest).collect())
    }

    /// Who is in a tree, of those who were and those who came.
    fn look_at(&mut self, arrivals: &[u32]) -> Vec<Stat> {
        let unborn = std::mem::take(&mut self.unborn);
        let known = |pid: &u32| self.members.binary_search(pid).is_ok();
        let came: Vec<u32> = unborn.iter().chain(arrivals).copied().filter(|p| !known(p)).collect();
        let held_max = held_max();
        let mut read = Vec::with_capacity(self.members.len() + came.len());
        for pid in std::mem::take(&mut self.members) {
            read.extend(self.read(pid, held_max));
        }
        // In their order: a parent is there before its child is asked for.
        for pid in came {
            match self.read(pid, held_max) {
                Some(stat) => read.extend((!stat.is_thread).then_some(stat)),
                None if unborn.contains(&pid) => {}
                None => self.unborn.push(pid),
            }
        }
        read.sort_unstable_by_key(|stat| stat.pid);
        let is_known = |pid| self.strangers.contains_key(&pid) || self.passers.contains(&pid);
        let passers = strangers_of(&read, &self.roots, is_known);
        read.retain(|stat| !passers.contains(&stat.pid));
        self.passers.extend(passers);
        read
    }

    /// Who is in a tree, of all that there are.
    fn look_at_all(
        &mut self,
        newest: Option<u32>,
        at: Instant,
        is_known: bool,
    ) -> io::Result<Vec<Stat>> {
        if !is_known {
            self.whole_at = Some(at);
        }
        self.passers.clear();
        let held_max = held_max();
        let mut present = HashMap::with_capacity(self.strangers.len());
        let (mut read, mut directories) = (Vec::new(), HashMap::new());
        for entry in std::fs::read_dir("/proc")? {
            let entry = entry?;
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            if self.strangers.get(&pid) == Some(&entry.ino()) {
                present.insert(pid, entry.ino());
            } else if let Some(stat) = self.read(pid, held_max) {
                read.push(stat);
                directories.insert(pid, entry.ino());
            }
        }
        read.sort_unstable_by_key(|stat| stat.pid);
        let found = strangers_of(&read, &self.roots, |pid| present.contains_key(&pid));
        let is_there = |pid: &u32| present.contains_key(pid) || directories.contains_key(pid);
        self.unborn = newest.map_or_else(Vec::new, |newest| {
            let first = newest.saturating_sub(BEING_MADE);
            (first..=newest).filter(|pid| !is_there(pid)).collect()
        });
        read.retain(|stat| !found.contains(&stat.pid));
        present.extend(directories.into_iter().filter(|(pid, _)| found.contains(pid)));
        self.strangers = present;
        Ok(read)
    }

    /// One process. A file that is held of an earlier one of its pid reads nothing any more.
    fn read(&mut self, pid: u32, held_max: usize) -> Option<Stat> {
        if let Some(stat) = self.held.get(&pid).and_then(stat::look) {
            return Some(stat);
        }
        let file = stat::open(pid)?;
        let stat = stat::look(&file);
        self.held.remove(&pid);
        if self.held.len() < held_max && stat.is_some_and(|stat| self.may_be_below(&stat)) {
            self.held.insert(pid, file);
        }
        stat
    }

    /// Whether it is worth holding: a root, or a child of one that is held.
    fn may_be_below(&self, stat: &Stat) -> bool {
        !stat.is_thread && (self.roots.contains(&stat.pid) || self.held.contains_key(&stat.parent))
    }
}

fn held_max() -> usize {
    let limit = super::file_limit().unwrap_or_default();
    usize::try_from(limit / HELD_SHARE).unwrap_or_default()
}

/// Those of whom every ancestor is known and none is a root. One that ended meanwhile leaves a gap: who
/// was below it is looked at again.
fn strangers_of(
    read: &[Stat],
    roots: &BTreeSet<u32>,
    is_known: impl Fn(u32) -> bool,
) -> HashSet<u32> {
    let parent = |pid: u32| {
        let at = read.binary_search_by_key(&pid, |stat| stat.pid).ok()?;
        Some(read[at].parent)
    };
    let is_stranger = |pid: u32| {
        let mut at = pid;
        // A pid that was used again during the look could make a ring.
        for _ in 0..=read.len() {
            if roots.contains(&at) {
                return false;
            }
            match parent(at) {
                Some(parent) => at = parent,
                // The first process and the kernel's own have the parent 0.
                None => return at == 0 || is_known(at),
            }
        }
        false
    };
    read.iter().map(|stat| stat.pid).filter(|pid| is_stranger(*pid)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{BEING_MADE, Trees};

    #[test]
    fn a_number_that_nobody_had_yet_is_asked_for_again() {
        let (own, parent) = (std::process::id(), std::os::unix::process::parent_id());
        let mut trees = Trees::default();
        let look = |trees: &mut Trees| trees.look(BTreeSet::from([parent])).unwrap();
        assert!(look(&mut trees).has(own));
        // As if this process had been made during that look: it had its number, and was not there.
        trees.members.retain(|pid| *pid != own);
        trees.unborn = vec![own];
        assert!(look(&mut trees).has(own));
        assert!(trees.members.contains(&own));
    }

    #[test]
    fn numbers_that_go_round_and_numbers_that_are_too_many_are_not_gone_through() {
        let mut trees = Trees::default();
        drop(trees.look(BTreeSet::from([std::process::id()])).unwrap());
        let (at, last) = trees.last.unwrap();
        assert_eq!(trees.arrivals(Some(last + 2), at), Some(vec![last + 1, last + 2]));
        assert_eq!(trees.arrivals(Some(last), at), Some(Vec::new()));
        assert_eq!(trees.arrivals(Some(last - 1), at), None, "they went round");
        assert_eq!(trees.arrivals(Some(last + super::ARRIVALS_MAX + 1), at), None, "too many");
        assert_eq!(trees.arrivals(None, at), None, "the kernel does not say");
        assert_eq!(trees.arrivals(Some(last), at + super::TURN), None, "too long ago");
        assert!(trees.unborn.len() <= BEING_MADE as usize + 1);
    }
}
