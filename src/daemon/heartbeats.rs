//! One task per open channel: asks the runtime in its rhythm; the answers come in by its guest.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::hands::{Hands, lock};
use crate::clock;
use crate::fleet::{AgentName, Moment, Observation, SessionId};
use crate::protocol::ToGuest;

/// Challenges that are remembered, answered or not: what comes back for an older one is told as
/// wrong, and says nothing any more.
const KEPT_MAX: usize = 24;

/// A period has so many moments at which anybody is asked. Fifty agents that are asked one by one
/// wake an idle supervisor forty times a second; all at once, they would wake each other.
const MOMENTS: u64 = 8;

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
    fn new_nonce(&self, deadline_ms: u64) -> (String, Moment) {
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

/// Asks on this connection in its rhythm, or in the one that it is given later, until it is gone.
pub async fn ask(
    hands: Arc<Hands>,
    agent: AgentName,
    session: SessionId,
    connection: u64,
    rhythm: Rhythm,
) {
    let Some(challenges) = hands.guests.challenges(connection) else { return };
    let Some(mut changes) = hands.guests.rhythm(connection) else { return };
    let mut rhythm = rhythm;
    let mut beat = moments(&agent, rhythm.every_ms);
    // The first challenge waits for no moment: until it is answered, nobody is healthy.
    loop {
        let (nonce, sent_at) = challenges.new_nonce(rhythm.deadline_ms);
        let challenge = ToGuest::Challenge {
            nonce,
            sent_at: Some(sent_at.wall_ms),
            deadline_ms: Some(rhythm.deadline_ms),
        };
        if !hands.guests.say(connection, challenge) {
            return;
        }
        hands.guests.count(&agent, |counters| &mut counters.challenges);
        let (whose, session) = (agent.clone(), session.clone());
        hands.saw(Observation::Challenged { agent: whose, session, sent_at }).await;
        tokio::select! {
            _ = beat.tick() => {}
            // The sender is gone with the guest; the next challenge finds out.
            Ok(()) = changes.changed() => {
                rhythm = *changes.borrow_and_update();
                beat = moments(&agent, rhythm.every_ms);
            }
        }
    }
}

/// This agent's moments in a rhythm.
fn moments(agent: &AgentName, every_ms: u64) -> Interval {
    let every_ms = every_ms.max(10);
    let wait = until_moment(agent, every_ms, clock::now().mono_ms);
    let first = clock::instant() + Duration::from_millis(wait);
    let mut beat = interval_at(first.into(), Duration::from_millis(every_ms));
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    beat
}

/// How long until this agent's next moment, milliseconds; agents of one period share its moments.
fn until_moment(agent: &AgentName, every_ms: u64, now_ms: u64) -> u64 {
    let bytes = agent.as_str().bytes();
    let place = bytes.fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let phase = place % MOMENTS * every_ms / MOMENTS;
    every_ms - (now_ms + every_ms - phase) % every_ms
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{MOMENTS, until_moment};
    use crate::fleet::AgentName;

    #[test]
    fn agents_are_asked_once_in_a_period_at_few_moments() {
        let (every, mut moments) = (5_000, BTreeSet::new());
        for at in 0..200 {
            let name = AgentName::parse(&format!("agent-{at}")).unwrap();
            let wait = until_moment(&name, every, 7_777);
            assert!((1..=every).contains(&wait), "{wait}");
            assert_eq!(until_moment(&name, every, 7_777 + wait), every);
            moments.insert((7_777 + wait) % every);
        }
        assert_eq!(moments.len() as u64, MOMENTS, "{moments:?}");
    }
}
