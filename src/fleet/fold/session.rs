//! What the journal says of a life, from its GO to its end.

use super::ended::ended;
use crate::fleet::{Activity, Agent, Event, Health, Lifecycle, Moment, Session};

/// Takes what happened to a life.
#[expect(clippy::wildcard_enum_match_arm, reason = "`fold` names every event and who takes it")]
pub fn fold(agent: &mut Agent, event: &Event, at: Moment) {
    match event {
        Event::SessionStarting { session, token_hash, conversation, .. } => {
            agent.session = Some(Session {
                id: session.clone(),
                token_hash: token_hash.clone(),
                since: at,
                pid: None,
                channel: None,
                goodbye: None,
                answered: false,
                unseen: false,
                wanted_unseen: false,
            });
            agent.running_as = Some(agent.definition.clone());
            agent.conversation = Some(conversation.clone());
            agent.starts += 1;
            agent.lifecycle = Lifecycle::Starting { since: at };
            agent.health = Health::Starting;
            agent.activity = (Activity::Unknown, at);
            agent.unresponsive = None;
            agent.recording.stopped = None;
            agent.turn = None;
            // What stood in a composer is gone with it.
            agent.deliver_after = at;
            agent.mailbox.iter_mut().for_each(|message| message.returns = 0);
        }
        Event::SessionStarted { pid, .. } | Event::SessionAdopted { pid, .. } => {
            if let Some(session) = &mut agent.session {
                session.pid = Some(*pid);
                session.unseen = false;
                session.wanted_unseen = false;
            }
            if !matches!(agent.lifecycle, Lifecycle::Stopping { .. }) {
                let since = agent.session.as_ref().map_or(at, |session| session.since);
                agent.lifecycle = Lifecycle::Running { since };
            }
        }
        Event::SessionStopping { .. } => agent.lifecycle = Lifecycle::Stopping { since: at },
        Event::SessionExited { exit, last_words, .. } => ended(agent, exit, last_words, at),
        _ => {}
    }
}
