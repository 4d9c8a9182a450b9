//! What is wanted of an agent, and what comes of it.

use crate::fleet::{Agent, Event, Exit, Health, Lifecycle, Moment, Wanted};

/// Takes what was decided about an agent's next life.
#[expect(clippy::wildcard_enum_match_arm, reason = "`fold` names every event and who takes it")]
pub fn fold(agent: &mut Agent, event: &Event, at: Moment) {
    match event {
        Event::AgentWanted { wanted, .. } => {
            agent.wanted = *wanted;
            if let Some(session) = &mut agent.session {
                session.wanted_unseen = session.unseen && *wanted == Wanted::Up;
            }
            if *wanted != Wanted::Up {
                come_to_rest(agent, at);
            }
        }
        Event::AgentStarting { .. } => {
            agent.lifecycle = Lifecycle::Starting { since: at };
            agent.health = Health::Starting;
        }
        Event::RestartScheduled { delay_ms, .. } => {
            if let Lifecycle::Exited { restart_at, .. } = &mut agent.lifecycle {
                *restart_at = Some(at.after(*delay_ms));
            }
        }
        Event::AgentHeld { reason, probe_in_ms, .. } => {
            let probe_at = at.after(*probe_in_ms);
            agent.lifecycle = Lifecycle::Held { reason: reason.clone(), since: at, probe_at };
        }
        _ => {}
    }
}

/// Not wanted: what waited for a start waits no longer.
fn come_to_rest(agent: &mut Agent, at: Moment) {
    let rest = match &agent.lifecycle {
        Lifecycle::Starting { .. } if agent.session.is_none() => {
            let exit = Exit::NotStarted("it was stopped before it started".to_owned());
            Some(Lifecycle::Exited { exit, at, restart_at: None })
        }
        Lifecycle::Exited { exit, at, .. } => {
            Some(Lifecycle::Exited { exit: exit.clone(), at: *at, restart_at: None })
        }
        Lifecycle::Held { reason, .. } => {
            Some(Lifecycle::Exited { exit: reason.last().clone(), at, restart_at: None })
        }
        Lifecycle::Absent
        | Lifecycle::Starting { .. }
        | Lifecycle::Running { .. }
        | Lifecycle::Stopping { .. } => None,
    };
    if let Some(rest) = rest {
        agent.lifecycle = rest;
        agent.health = Health::unknown("it is not wanted");
    }
}
