//! How many restarts the fleet was given lately: noted when one is scheduled.

use crate::fleet::state::{Fleet, RESTART_EVERY_MS};
use crate::fleet::{Event, Moment};

/// A restart after a death takes its share; one that was asked for, or a recovery, takes none.
pub fn note(fleet: &mut Fleet, event: &Event, at: Moment) {
    let Event::RestartScheduled { agent, .. } = event else { return };
    if fleet.agent(agent).is_some_and(|agent| agent.deaths > 0) {
        fleet.restarts_paced_ms = fleet.restarts_paced_ms.max(at.mono_ms) + RESTART_EVERY_MS;
    }
}
