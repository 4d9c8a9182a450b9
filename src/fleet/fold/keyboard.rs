//! What the journal says of a keyboard: lent, sat at, given back.

use crate::fleet::lease::SEEN_AGAIN_WITHIN_MS;
use crate::fleet::{Agent, Beside, Event, Lease, Moment};

/// Takes what happened to an agent's keyboard.
#[expect(clippy::wildcard_enum_match_arm, reason = "`fold` names every event and who takes it")]
pub fn fold(agent: &mut Agent, event: &Event, at: Moment) {
    match event {
        Event::AttachStarted {
            who,
            resize,
            lease,
            tty,
            pid,
            by_hand,
            client,
            come_within_ms,
            ..
        } => {
            let has_to_come = client.is_none() && lease.is_some();
            agent.lease = Some(Lease {
                id: lease.clone(),
                who: who.clone(),
                tty: tty.clone(),
                pid: *pid,
                since: at,
                resize: *resize,
                by_hand: *by_hand,
                client: *client,
                expires_at: has_to_come.then(|| at.after(*come_within_ms)),
                beside: Vec::new(),
            });
        }
        Event::AttachSeated { lease, client, .. } => {
            if let Some(held) = agent.lease.as_mut().filter(|held| held.id == *lease) {
                held.client = Some(*client);
                held.expires_at = None;
            }
        }
        Event::AttachJoined { who, tty, client, .. } => {
            if let Some(held) = &mut agent.lease {
                let (who, tty) = (who.clone(), tty.clone());
                held.beside.push(Beside { who, tty, client: *client, since: at });
            }
        }
        Event::AttachLeft { client, .. } => {
            if let Some(held) = &mut agent.lease {
                held.beside.retain(|beside| beside.client != *client);
            }
        }
        Event::AttachEnded { .. } => {
            agent.lease = None;
            // What stood in the way of a message may have left with them.
            agent.deliver_after = at;
        }
        _ => {}
    }
}

/// A new supervisor has not seen the holder yet; tmux will say. What a journal says that knew no
/// leases is over with the supervisor that said it.
pub fn unseen(agent: &mut Agent, at: Moment) {
    agent.lease = agent.lease.take().filter(|held| held.id.is_some());
    if let Some(held) = &mut agent.lease {
        held.expires_at = Some(at.after(SEEN_AGAIN_WITHIN_MS));
    }
}
