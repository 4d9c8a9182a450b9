//! What the journal says of an agent's pane.

use crate::fleet::{Agent, Event, Exit, Health, Lifecycle, Moment};

/// Takes what happened to a pane.
#[expect(clippy::wildcard_enum_match_arm, reason = "`fold` names every event and who takes it")]
pub fn fold(agent: &mut Agent, event: &Event, at: Moment) {
    match event {
        Event::PaneCreated { pane, .. } => agent.pane = Some(pane.clone()),
        Event::PaneConnected { connection, .. } => {
            if let Some(pane) = &mut agent.pane {
                pane.connected = true;
                pane.connection = *connection;
            }
        }
        Event::PaneDisconnected { .. } => {
            if let Some(pane) = &mut agent.pane {
                pane.connected = false;
                pane.connection = 0;
            }
        }
        Event::PaneLost { .. } => {
            agent.given_up = agent.pane.take();
            agent.lease = None;
        }
        Event::PaneFailed { reason, .. } => {
            agent.deaths += 1;
            let exit = Exit::NotStarted(reason.clone());
            agent.lifecycle = Lifecycle::Exited { exit, at, restart_at: None };
            agent.health = Health::unknown("it has no pane");
        }
        _ => {}
    }
}
