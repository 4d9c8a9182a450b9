//! What was counted on the channels of each agent since the supervisor's start; it decides nothing.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Guests;
use crate::daemon::lock::lock;
use crate::fleet::{AgentName, Counters};

/// The counters, and the running turn of those that name it.
#[derive(Debug, Default)]
pub struct Counted {
    of: Mutex<HashMap<AgentName, (Counters, Option<String>)>>,
    /// Connections that ended without a hello.
    nameless: AtomicU64,
}

impl Guests {
    /// Counts one more of something; how many there are now.
    pub fn count(&self, agent: &AgentName, which: fn(&mut Counters) -> &mut u64) -> u64 {
        let mut of = lock(&self.counted.of);
        let count = which(&mut of.entry(agent.clone()).or_default().0);
        *count = count.saturating_add(1);
        *count
    }

    /// What was counted of an agent, and its running turn.
    pub fn counted(&self, agent: &AgentName) -> (Counters, Option<String>) {
        lock(&self.counted.of).get(agent).cloned().unwrap_or_default()
    }

    /// Notes the running turn of an agent; none when it names none.
    pub fn note_turn(&self, agent: &AgentName, turn: Option<String>) {
        lock(&self.counted.of).entry(agent.clone()).or_default().1 = turn;
    }

    /// One more connection that ended without a hello; how many there were.
    pub fn count_nameless(&self) -> u64 {
        self.counted.nameless.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// How many connections ended without a hello.
    pub fn nameless(&self) -> u64 {
        self.counted.nameless.load(Ordering::Relaxed)
    }
}

/// Whether the so-manieth of a kind is worth a line in the log: ever more rarely.
pub fn is_told(count: u64) -> bool {
    count.is_power_of_two()
}
