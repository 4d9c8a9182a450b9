//! What follows when a runtime answers nothing any more: a second look by another way, and then what
//! the roster says. Never more on one method alone.

use super::probes::MISSES_MAX;
use super::{Draft, lives};
use crate::fleet::{
    Agent, AgentName, Effect, Event, Examined, Health, Lifecycle, OnUnresponsive, SessionId,
};

/// A look takes as long as a beat, but at least as long as a screen that is alive needs to change.
const LOOK_MS_MIN: u64 = 1_000;
/// And no longer than this, however rarely it is asked.
const LOOK_MS_MAX: u64 = 5_000;

/// It has just become unresponsive: look.
pub fn look(draft: &mut Draft<'_>, name: &AgentName) {
    let Some(agent) = draft.agent(name) else { return };
    if !is_open(agent) {
        return;
    }
    let (Some(session), Some(pane)) = (&agent.session, &agent.pane) else { return };
    let Some(pid) = session.pid else { return };
    let every_ms = agent.started_as().heartbeat.every_ms;
    draft.act(Effect::Examine {
        agent: name.clone(),
        session: session.id.clone(),
        pid,
        pane: pane.id.clone(),
        over_ms: every_ms.clamp(LOOK_MS_MIN, LOOK_MS_MAX),
    });
}

/// The next challenge of one that is still unresponsive goes out: where nothing was done because
/// the look did not agree, or was lost with a supervisor, look again, ever so many misses.
pub fn look_again(draft: &mut Draft<'_>, name: &AgentName) {
    let misses = draft.beat(name).misses;
    if misses > MISSES_MAX && misses.is_multiple_of(MISSES_MAX) {
        look(draft, name);
    }
}

/// Whether it is unresponsive, and it is not settled what is done about it.
fn is_open(agent: &Agent) -> bool {
    let wanted = agent.started_as().heartbeat.on_unresponsive;
    let settled = agent.unresponsive.as_ref().is_some_and(|found| found.action == wanted);
    let runs = matches!(agent.lifecycle, Lifecycle::Running { .. });
    runs && !settled && agent.health == Health::Unresponsive
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
