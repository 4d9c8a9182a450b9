//! One task per open channel: asks the runtime in its rhythm; the answers come in by its guest.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval};

use super::hands::{Hands, lock};
use crate::clock;
use crate::fleet::{AgentName, Moment, Observation, SessionId};
use crate::protocol::ToGuest;

/// Challenges whose answer still says something; an older answer is too late to matter.
const OPEN_MAX: usize = 16;

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

/// Asks on this connection every `every_ms`, until it is gone.
pub async fn ask(
    hands: Arc<Hands>,
    agent: AgentName,
    session: SessionId,
    connection: u64,
    every_ms: u64,
) {
    let Some(challenges) = hands.guests.challenges(connection) else { return };
    let mut beat = interval(Duration::from_millis(every_ms.max(10)));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        let (nonce, sent_at) = challenges.new_nonce();
        if !hands.guests.say(connection, ToGuest::Challenge { nonce }) {
            return;
        }
        let (agent, session) = (agent.clone(), session.clone());
        hands.saw(Observation::Challenged { agent, session, sent_at }).await;
    }
}
