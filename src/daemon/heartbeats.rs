//! One task per open channel: asks the runtime in its rhythm; the answers come in by its guest.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::hands::{Hands, lock};
use crate::clock;
use crate::fleet::{AgentName, Moment, Observation, SessionId};
use crate::protocol::ToGuest;

/// Challenges whose answer still says something; an older answer is too late to matter.
const OPEN_MAX: usize = 16;

/// A period has so many moments at which anybody is asked. Fifty agents that are asked one by one
/// wake an idle supervisor forty times a second; all at once, they would wake each other.
const MOMENTS: u64 = 8;

/// The challenges of one channel that are not answered yet.
#[derive(Debug, Default)]
pub struct Challenges(Mutex<VecDeque<(String, Moment, Instant)>>);

impl Challenges {
    /// A nonce that nobody can guess or has seen, noted as sent now.
    fn new_nonce(&self) -> (String, Moment) {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the kernel gives random bytes once it has booted");
        let nonce: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let sent_at = clock::now();
        let mut open = lock(&self.0);
        open.push_back((nonce.clone(), sent_at, clock::instant()));
        if open.len() > OPEN_MAX {
            open.pop_front();
        }
        (nonce, sent_at)
    }

    /// When the challenge of this nonce was sent, and how long ago in microseconds. A nonce counts once.
    pub fn answered(&self, nonce: &str) -> Option<(Moment, u64)> {
        let mut open = lock(&self.0);
        let place = open.iter().position(|(known, ..)| known == nonce)?;
        let (_, sent_at, since) = open.remove(place)?;
        Some((sent_at, u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)))
    }
}

/// Asks on this connection every `every_ms`, or in the rhythm that it is given later, until it is
/// gone.
pub async fn ask(
    hands: Arc<Hands>,
    agent: AgentName,
    session: SessionId,
    connection: u64,
    every_ms: u64,
) {
    let Some(challenges) = hands.guests.challenges(connection) else { return };
    let Some(mut rhythm) = hands.guests.rhythm(connection) else { return };
    let mut beat = moments(&agent, every_ms);
    // The first challenge waits for no moment: until it is answered, nobody is healthy.
    loop {
        let (nonce, sent_at) = challenges.new_nonce();
        if !hands.guests.say(connection, ToGuest::Challenge { nonce }) {
            return;
        }
        let (whose, session) = (agent.clone(), session.clone());
        hands.saw(Observation::Challenged { agent: whose, session, sent_at }).await;
        tokio::select! {
            _ = beat.tick() => {}
            // The sender is gone with the guest; the next challenge finds out.
            Ok(()) = rhythm.changed() => beat = moments(&agent, *rhythm.borrow_and_update()),
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
