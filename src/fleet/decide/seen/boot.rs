//! A supervisor has started, perhaps on a host that was booted since.

use crate::fleet::decide::{Draft, lives};
use crate::fleet::{AgentName, Event, Lifecycle, Observation, Wanted};

/// A supervisor took the lock.
pub fn supervisor_started(draft: &mut Draft<'_>, observation: &Observation) {
    let Observation::SupervisorStarted { pid, version, boot_id, tenant, host } = observation else {
        return;
    };
    let before = draft.fleet().boot_id.clone();
    draft.say(Event::SupervisorStarted {
        pid: *pid,
        version: version.clone(),
        boot_id: boot_id.clone(),
        tenant: tenant.clone(),
        host: host.clone(),
    });
    if before.is_empty() || before == *boot_id {
        return;
    }
    for name in draft.names() {
        booted(draft, name);
    }
}

/// What the last boot left is over; what comes up with the host begins its next life, however the
/// last one ended.
fn booted(draft: &mut Draft<'_>, name: AgentName) {
    let Some(agent) = draft.agent(&name) else { return };
    let (wanted, says) = match (agent.in_roster, agent.definition.boot) {
        (true, true) => (Wanted::Up, "says boot: true"),
        (true, false) => (Wanted::Down, "says boot: false"),
        (false, _) => (Wanted::Down, "does not name it"),
    };
    if agent.wanted != wanted {
        let reason = format!("the host was booted, and the roster {says}");
        draft.say(Event::AgentWanted { agent: name.clone(), wanted, reason });
    }
    lives::lost_to_boot(draft, &name);
    let rests = draft.agent(&name).is_some_and(|agent| match agent.lifecycle {
        Lifecycle::Absent | Lifecycle::Exited { .. } | Lifecycle::Held { .. } => true,
        Lifecycle::Starting { .. } | Lifecycle::Running { .. } | Lifecycle::Stopping { .. } => {
            false
        }
    });
    if wanted == Wanted::Up && rests {
        lives::start(draft, &name);
    }
}
