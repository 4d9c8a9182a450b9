//! One task per open channel: asks the runtime in its rhythm; the answers come in by its guest.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval_at};

use super::guests::Rhythm;
use super::hands::Hands;
use crate::clock;
use crate::fleet::{AgentName, Observation, SessionId};
use crate::protocol::ToGuest;

/// A period has so many moments at which anybody is asked. Fifty agents that are asked one by one
/// wake an idle supervisor forty times a second; all at once, they would wake each other.
const MOMENTS: u64 = 8;

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
