//! A second look, by another way than the challenges, at a runtime that answers none of them.

use super::Draft;
use crate::fleet::{Agent, AgentName, Effect, Health, Lifecycle};

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

/// Whether it is unresponsive, and it is not settled what is done about it.
pub fn is_open(agent: &Agent) -> bool {
    let wanted = agent.started_as().heartbeat.on_unresponsive;
    let settled = agent.unresponsive.as_ref().is_some_and(|found| found.action == wanted);
    let runs = matches!(agent.lifecycle, Lifecycle::Running { .. });
    runs && !settled && agent.health == Health::Unresponsive
}
