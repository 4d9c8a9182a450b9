//! What is wanted of an agent, whoever wants it: somebody by name, or the roster.

use super::{Draft, lives};
use crate::fleet::{AgentName, Event, Lifecycle, Wanted};

/// Says what is wanted of an agent, if that is news.
pub fn want(draft: &mut Draft<'_>, name: &AgentName, wanted: Wanted, reason: &str) {
    if draft.agent(name).is_some_and(|agent| agent.wanted != wanted) {
        let (agent, reason) = (name.clone(), reason.to_owned());
        draft.say(Event::AgentWanted { agent, wanted, reason });
    }
}

/// Wants an agent up and begins its next life, unless one is on its way.
pub fn begin(draft: &mut Draft<'_>, name: &AgentName, reason: &str) {
    want(draft, name, Wanted::Up, reason);
    let Some(agent) = draft.agent(name) else { return };
    match &agent.lifecycle {
        Lifecycle::Absent | Lifecycle::Exited { .. } | Lifecycle::Held { .. } => {
            lives::start(draft, name);
        }
        Lifecycle::Starting { .. } | Lifecycle::Running { .. } | Lifecycle::Stopping { .. } => {}
    }
    lives::advance(draft, name);
}
