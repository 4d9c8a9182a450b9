//! The challenges of one channel, and what an answer to one of them comes to.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::clock;
use crate::daemon::lock::lock;
use crate::fleet::Moment;

/// Challenges that are remembered, answered or not: what comes back for an older one is told as
/// wrong, and says nothing any more.
const KEPT_MAX: usize = 24;

/// The rhythm of one channel.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rhythm {
    /// From one challenge to the next.
    pub every_ms: u64,
    /// For how long after it an answer makes healthy.
    pub deadline_ms: u64,
}

/// The challenges of one channel.
#[derive(Debug, Default)]
pub struct Challenges(Mutex<VecDeque<Sent>>);

#[derive(Debug)]
struct Sent {
    nonce: String,
    at: Moment,
    since: Instant,
    deadline_ms: u64,
    answered: bool,
}

/// What an answer comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// For an open challenge: when it was sent, and how long ago in microseconds.
    Answer {
        /// When the challenge went out.
        sent_at: Moment,
        /// From there to here.
        rtt_us: u64,
        /// Whether its deadline was over.
        late: bool,
    },
    /// For a challenge that was answered before.
    Replayed,
    /// For none that is known.
    Wrong,
}

impl Challenges {
    /// A nonce that nobody can guess or has seen, noted as sent now.
    pub fn new_nonce(&self, deadline_ms: u64) -> (String, Moment) {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the kernel gives random bytes once it has booted");
        let nonce: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let (at, since) = (clock::now(), clock::instant());
        let mut kept = lock(&self.0);
        if kept.len() == KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back(Sent { nonce: nonce.clone(), at, since, deadline_ms, answered: false });
        (nonce, at)
    }

    /// What came back. A nonce counts once.
    pub fn answered(&self, nonce: &str) -> Came {
        let mut kept = lock(&self.0);
        let Some(sent) = kept.iter_mut().find(|sent| sent.nonce == nonce) else {
            return Came::Wrong;
        };
        if std::mem::replace(&mut sent.answered, true) {
            return Came::Replayed;
        }
        let elapsed = sent.since.elapsed();
        let rtt_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let late = elapsed > Duration::from_millis(sent.deadline_ms);
        Came::Answer { sent_at: sent.at, rtt_us, late }
    }
}
