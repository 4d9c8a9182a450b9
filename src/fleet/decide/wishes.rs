//! What is wanted of an agent, whoever wants it: somebody by name, or the roster.

use super::{Draft, lives};
use crate::fleet::{Agent, AgentName, Event, Lifecycle, RestartPolicy, Session, Wanted};

/// Says what is wanted of an agent, if that is news.
pub fn want(draft: &mut Draft<'_>, name: &AgentName, wanted: Wanted, reason: &str) {
    if draft.agent(name).is_some_and(|agent| agent.wanted != wanted || is_in_doubt(agent, wanted)) {
        let (agent, reason) = (name.clone(), reason.to_owned());
        draft.say(Event::AgentWanted { agent, wanted, reason });
    }
}

/// Whether its life may be over already, with nothing that follows by itself: it was not seen since a
/// supervisor came, and who wants it up now wants another one then.
fn is_in_doubt(agent: &Agent, wanted: Wanted) -> bool {
    let is_followed = agent.definition.restart.policy == RestartPolicy::Always;
    let in_doubt = |session: &Session| session.unseen && !session.wanted_unseen;
    wanted == Wanted::Up && !is_followed && agent.session.as_ref().is_some_and(in_doubt)
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
