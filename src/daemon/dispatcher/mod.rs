//! The select loop: the one owner of the fleet, the only caller of decide and fold.
//!
//! ```text
//! commands, observations, deadlines ─▶ decide ─▶ journal (durable) ─▶ fold ─▶ effects, answers
//! ```
//! What the journal does not take has not happened: commands are told so, observations wait.

mod answer;
mod pending;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::hands::Hands;
use super::report::Report;
use super::spans::Projector;
use super::{Ask, Snapshot, Trouble};
use crate::clock;
use crate::fleet::{Beats, Fleet, Fresh, Observation, deadline};
use crate::host::journal::Journal;
use crate::telemetry::{Telemetry, TraceContext};

/// What one turn takes at most: a burst shares one commit, a flood does not starve the deadlines.
const TURN_MAX: usize = 64;

/// A disk that was full is asked again after so long.
const JOURNAL_RETRY: Duration = Duration::from_secs(1);

/// What the loop needs from its start.
pub struct Parts {
    /// The fleet as the journal tells it.
    pub fleet: Arc<Fleet>,
    /// Open spans, as the journal tells them.
    pub projector: Projector,
    /// Where events go.
    pub journal: Journal,
    /// Where spans go.
    pub telemetry: Arc<Telemetry>,
    /// Who does what must be done.
    pub hands: Arc<Hands>,
    /// Commands and watchers.
    pub asks: mpsc::Receiver<Ask>,
    /// What the hands report.
    pub reports: mpsc::Receiver<Report>,
    /// The snapshot after each turn.
    pub snapshots: watch::Sender<Arc<Snapshot>>,
}

/// The loop's state.
pub struct Core {
    parts: Parts,
    beats: Arc<Beats>,
    fresh: Fresh,
    waiting: Vec<Observation>,
    /// What has to see the last turn durable before it is taken.
    again: Vec<Ask>,
    seq: u64,
    stuck_until: u64,
    /// While the journal takes no events.
    trouble: Option<Trouble>,
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It was asked to; whether agents and tmux stay.
    Asked {
        /// They stay.
        keep_agents: bool,
    },
    /// A signal came: agents and tmux stay.
    Signal,
}

impl Core {
    /// A loop over these parts.
    pub fn new(parts: Parts) -> Self {
        let seq = *parts.journal.head().borrow();
        Self {
            parts,
            beats: Arc::default(),
            fresh: Fresh::new(seed()),
            waiting: Vec::new(),
            again: Vec::new(),
            seq,
            stuck_until: 0,
            trouble: None,
        }
    }

    /// Runs until the supervisor is asked to leave.
    pub async fn run(mut self, mut leave: mpsc::Receiver<()>) -> Left {
        self.publish();
        loop {
            let wake = self.wake_at();
            let mut asks = std::mem::take(&mut self.again);
            let at_once = !asks.is_empty();
            let (mut reports, mut seen) = (Vec::new(), Vec::new());
            tokio::select! {
                biased;
                _ = leave.recv() => return Left::Signal,
                () = std::future::ready(()), if at_once => {}
                taken = self.parts.reports.recv_many(&mut reports, TURN_MAX) => {
                    if taken == 0 {
                        return Left::Signal;
                    }
                }
                taken = self.parts.asks.recv_many(&mut asks, TURN_MAX) => {
                    if taken == 0 {
                        return Left::Signal;
                    }
                }
                () = sleep_until(wake) => seen.push(Observation::DeadlineCame),
            }
            let mut waiters = Vec::new();
            for report in reports {
                match report {
                    Report::Seen(observation) => seen.push(observation),
                    Report::Journaled(waiter) => waiters.push(waiter),
                }
            }
            if let Some(left) = self.turn(asks, seen, waiters).await {
                return left;
            }
        }
    }

    /// When something changes without anybody saying so.
    fn wake_at(&self) -> Instant {
        let now = clock::now();
        let due = deadline(&self.parts.fleet, &self.beats, now);
        let due = due.map(|at| at.max(self.stuck_until));
        let far = Duration::from_secs(3600);
        let wait = due.map_or(far, |at| Duration::from_millis(at.saturating_sub(now.mono_ms)));
        // Nothing tells that a disk has room again.
        let wait = if self.trouble.is_none() { wait } else { wait.min(JOURNAL_RETRY) };
        Instant::now() + wait
    }

    fn publish(&self) {
        let (fleet, beats) = (Arc::clone(&self.parts.fleet), Arc::clone(&self.beats));
        let trouble = self.trouble.clone();
        let snapshot = Snapshot { fleet, beats, seq: self.seq, trouble };
        self.parts.snapshots.send_replace(Arc::new(snapshot));
    }

    fn new_trace(&self, parent: Option<TraceContext>) -> TraceContext {
        TraceContext::below(parent, random())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the kernel gives random bytes once it has booted");
    seed
}

fn random() -> [u8; 24] {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes once it has booted");
    bytes
}
