//! What was seen of the host's processes at the last look: who asks again at once gets the same.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::clock;
use crate::daemon::lock::lock;
use crate::fleet::{Fleet, ProcessCell, SeenPane};
use crate::host::process::{self, Table, Trees};
use crate::host::systemd;

/// Rows may be this old; a second look within it costs nothing.
pub const FRESH_FOR: Duration = Duration::from_millis(50);

/// How many agents make a fleet of which tmux is not asked at every look.
const LARGE: usize = 200;

/// How old the list of panes may be then, while tmux tells of no change.
const BESIDE_FOR: Duration = Duration::from_secs(1);

/// Processor time is measured over at least this long.
const CPU_OVER: Duration = Duration::from_millis(200);

/// The last look, shared by all who read.
#[derive(Default)]
pub struct Look(Mutex<Looked>);

/// What was seen of the host at the last look.
#[derive(Default)]
struct Looked {
    table: Option<Arc<Table>>,
    /// When the look at it ended, and how long it took.
    ended: Option<(Instant, Duration)>,
    trees: Trees,
    /// First processes of panes that are not ours.
    unmanaged: BTreeSet<u32>,
    cpu: HashMap<u32, (u64, Instant, Option<f64>)>,
    unit_of: HashMap<u32, Option<String>>,
    /// Panes beside the agents', when they were listed, and the changes that tmux had told by then.
    beside: Option<(Instant, u64, Vec<SeenPane>)>,
}

impl Look {
    /// The panes beside those of so many agents, if they were listed lately and tmux has told of no
    /// change since: that of every session and window is told, only what happens inside a window of
    /// a stranger is not. To list a large fleet costs tmux some 25 µs a pane.
    pub fn beside(&self, changes: u64, agents: usize) -> Option<Vec<SeenPane>> {
        let looked = lock(&self.0);
        let (at, told, panes) = looked.beside.as_ref()?;
        let fresh_for = if agents > LARGE { BESIDE_FOR } else { FRESH_FOR };
        (*told == changes && at.elapsed() < fresh_for).then(|| panes.clone())
    }

    /// They were listed now, when tmux had told of so many changes before.
    pub fn note_beside(&self, changes: u64, panes: &[SeenPane]) {
        lock(&self.0).beside = Some((clock::instant(), changes, panes.to_vec()));
    }

    /// When the first of what is known by now was seen, with this table; a large fleet's list of panes
    /// has a rule of its own.
    pub fn oldest(&self, table: &Table, agents: usize) -> Instant {
        let listed = lock(&self.0).beside.as_ref().map(|(at, ..)| *at);
        listed.filter(|_| agents <= LARGE).map_or(table.at(), |listed| listed.min(table.at()))
    }

    /// The processes of the agents and of unmanaged panes, at most [`FRESH_FOR`] old. On a busy host a
    /// look takes longer than that, in the one thread in which all of the supervisor turns: it is
    /// then good for as long as it took, and who came meanwhile is not in it.
    pub fn table(&self, fleet: &Fleet) -> Option<Arc<Table>> {
        let mut looked = lock(&self.0);
        let agents = fleet.agents.values().filter_map(|agent| agent.session.as_ref()?.pid);
        let roots = agents.chain(looked.unmanaged.iter().copied()).collect();
        let fresh = looked.table.as_ref().is_some_and(|table| table.at().elapsed() < FRESH_FOR);
        let was_costly = |(at, took): (Instant, Duration)| took > FRESH_FOR && at.elapsed() < took;
        let is_spared = looked.table.is_some() && looked.ended.is_some_and(was_costly);
        if !is_spared && (!fresh || !looked.trees.hold(&roots)) {
            let begun = clock::instant();
            looked.table = match looked.trees.look(roots) {
                Ok(table) => Some(Arc::new(table)),
                Err(error) => {
                    tracing::warn!(%error, "the list of processes cannot be read");
                    None
                }
            };
            looked.ended = Some((clock::instant(), begun.elapsed()));
        }
        looked.table.clone()
    }

    /// What the kernel says of a process and all below it.
    pub fn process(&self, table: Option<&Table>, pid: u32) -> Option<ProcessCell> {
        let usage = table?.usage(pid)?;
        let now = clock::instant();
        let mut looked = lock(&self.0);
        let last = looked.cpu.get(&pid).copied();
        let (cpu_percent, noted) = match last {
            Some((cpu_ms, at, _)) if now.duration_since(at) >= CPU_OVER => {
                let spent = usage.cpu_ms.saturating_sub(cpu_ms);
                let over_ms = now.duration_since(at).as_secs_f64() * 1000.0;
                let spent = u32::try_from(spent).unwrap_or(u32::MAX);
                let percent = Some((f64::from(spent) * 1000.0 / over_ms).round() / 10.0);
                (percent, (usage.cpu_ms, now, percent))
            }
            Some(noted) => (noted.2, noted),
            None => (None, (usage.cpu_ms, now, None)),
        };
        looked.cpu.insert(pid, noted);
        Some(ProcessCell {
            state: usage.state.to_string(),
            cpu_percent,
            cpu_ms: usage.cpu_ms,
            memory_bytes: usage.memory_bytes,
            count: usage.count,
        })
    }

    /// The unit of ours whose control group holds a process; it stays where it was born. An error
    /// when the kernel does not say, and then it is asked again the next time.
    pub fn unit_of(&self, pid: u32) -> io::Result<Option<String>> {
        let mut looked = lock(&self.0);
        if let Some(unit) = looked.unit_of.get(&pid) {
            return Ok(unit.clone());
        }
        let unit = systemd::unit_of(pid)?.filter(|unit| unit.starts_with("mosaic-"));
        looked.unit_of.insert(pid, unit.clone());
        Ok(unit)
    }

    /// What was noted of processes and panes that are gone.
    pub fn forget_gone(&self, table: &Table, fleet: &Fleet) {
        let panes: BTreeSet<u32> =
            fleet.agents.values().filter_map(|agent| Some(agent.pane.as_ref()?.pid)).collect();
        let mut looked = lock(&self.0);
        let Looked { cpu, unit_of, unmanaged, .. } = &mut *looked;
        cpu.retain(|pid, _| table.has(*pid));
        unit_of.retain(|pid, _| panes.contains(pid) || unmanaged.contains(pid));
    }

    /// Panes that are not ours: their processes are looked at from now on.
    pub fn note_unmanaged(&self, panes: &[SeenPane]) {
        lock(&self.0).unmanaged = panes.iter().map(|pane| pane.pid).collect();
    }
}

/// Whether a process has ended, as a table shows it. Who is not in it, and everybody when it is old,
/// is asked for alone: one may have begun, and the other died, after the look.
pub fn is_gone(table: &Table, pid: u32) -> bool {
    let is_shown = table.at().elapsed() < FRESH_FOR && table.lives(pid);
    !is_shown && !process::lives(pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pane(pid: u32) -> SeenPane {
        SeenPane {
            id: format!("%{pid}"),
            window: "@1".to_owned(),
            session: "$1".to_owned(),
            session_name: "scratch".to_owned(),
            pid,
            dead: false,
            agent: None,
            role: None,
            command: "sh".to_owned(),
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test has a process of its own to end")]
    fn who_died_after_a_look_that_is_still_good_is_not_shown_alive() {
        let (look, fleet) = (Look::default(), Fleet::default());
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        look.note_unmanaged(&[pane(child.id())]);
        let table = look.table(&fleet).unwrap();
        assert!(!is_gone(&table, child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
        lock(&look.0).ended = Some((clock::instant(), Duration::from_secs(600)));
        let by = clock::instant() + Duration::from_secs(60);
        loop {
            let spared = look.table(&fleet).unwrap();
            assert!(Arc::ptr_eq(&table, &spared) && spared.lives(child.id()), "it was costly");
            if is_gone(&spared, child.id()) {
                break;
            }
            assert!(clock::instant() < by, "it is shown alive for as long as the look is good");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_look_that_took_long_is_not_done_again_for_everybody_who_comes() {
        let (look, fleet) = (Look::default(), Fleet::default());
        let (own, parent) = (std::process::id(), std::os::unix::process::parent_id());
        look.note_unmanaged(&[pane(own)]);
        let first = look.table(&fleet).unwrap();
        assert!(first.lives(own));
        lock(&look.0).ended = Some((clock::instant(), Duration::from_secs(60)));
        look.note_unmanaged(&[pane(own), pane(parent)]);
        assert!(Arc::ptr_eq(&first, &look.table(&fleet).unwrap()), "it was costly");
        lock(&look.0).ended = Some((clock::instant(), Duration::ZERO));
        let second = look.table(&fleet).unwrap();
        assert!(!Arc::ptr_eq(&first, &second) && second.lives(parent), "it is cheap");
        lock(&look.0).ended = clock::instant()
            .checked_sub(Duration::from_secs(61))
            .map(|long_ago| (long_ago, Duration::from_secs(60)));
        look.note_unmanaged(&[pane(own), pane(parent), pane(1)]);
        assert!(!Arc::ptr_eq(&second, &look.table(&fleet).unwrap()), "it is old");
    }
}
