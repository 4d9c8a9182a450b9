//! What follows from a second look at a runtime that answers nothing any more: what the roster says,
//! and never more on one method alone.

use super::second_look::{is_open, look};
use super::{Draft, lives};
use crate::fleet::{AgentName, Event, Examined, MISSES_MAX, OnUnresponsive, SessionId};

/// The next challenge of one that is still unresponsive goes out: where nothing was done because
/// the look did not agree, or was lost with a supervisor, look again, ever so many misses.
pub fn look_again(draft: &mut Draft<'_>, name: &AgentName) {
    let misses = draft.beat(name).misses;
    if misses > MISSES_MAX && misses.is_multiple_of(MISSES_MAX) {
        look(draft, name);
    }
}

/// The second look came to this: say it once, and do what the roster says where it agrees.
pub fn examined(
    draft: &mut Draft<'_>,
    name: &AgentName,
    session: &SessionId,
    examined: Examined,
    evidence: &str,
) {
    let Some(agent) = draft.agent(name) else { return };
    let current = agent.session.as_ref().is_some_and(|current| current.id == *session);
    if !current || !is_open(agent) {
        return;
    }
    let action = match examined {
        Examined::Stuck => agent.started_as().heartbeat.on_unresponsive,
        Examined::Moving | Examined::Unanswered => OnUnresponsive::Notify,
    };
    if agent.unresponsive.as_ref().is_some_and(|found| found.action == action) {
        return;
    }
    draft.say(Event::AgentUnresponsive {
        agent: name.clone(),
        session: session.clone(),
        misses: draft.beat(name).misses,
        examined,
        evidence: evidence.to_owned(),
        action,
    });
    if action == OnUnresponsive::Restart {
        lives::stop_session(draft, name, &format!("it answers no challenge, and {evidence}"));
    }
}
