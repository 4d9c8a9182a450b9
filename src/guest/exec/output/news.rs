//! What became of a pane's output, until the supervisor's journal has it.

use std::collections::VecDeque;

use crate::clock::now as moment;
use crate::protocol::{OutputNews, OutputWhat};

/// News that wait for the supervisor's word; what is older can be read in the marks.
const NEWS_MAX: usize = 64;

/// The news, oldest first.
#[derive(Debug, Default)]
pub struct News {
    queue: VecDeque<OutputNews>,
    last_id: u64,
    /// How much of them was given out.
    given: u64,
}

impl News {
    /// Says it of a session; nobody has heard it yet.
    pub fn say(&mut self, session: String, what: OutputWhat) {
        self.last_id += 1;
        if self.queue.len() == NEWS_MAX {
            self.queue.pop_front();
        }
        let (id, at_ms) = (self.last_id, moment().wall_ms);
        self.queue.push_back(OutputNews { id, session, at_ms, what });
    }

    /// News that were not given out before.
    pub fn fresh(&mut self) -> Vec<OutputNews> {
        let given = std::mem::replace(&mut self.given, self.last_id);
        self.queue.iter().filter(|news| news.id > given).cloned().collect()
    }

    /// News that nobody has acknowledged; they count as given out.
    pub fn unacknowledged(&mut self) -> Vec<OutputNews> {
        self.given = self.last_id;
        self.queue.iter().cloned().collect()
    }

    /// The journal has all of them up to this one.
    pub fn acknowledged(&mut self, id: u64) {
        self.queue.retain(|news| news.id > id);
    }
}
