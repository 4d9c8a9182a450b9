//! What is seen of one life: begun, over.

use crate::fleet::decide::endings::Ending;
use crate::fleet::decide::{Draft, lives};
use crate::fleet::{AgentName, Effect, Event, Observation, RuntimeKind, SessionId};

/// The process of a life runs.
pub fn started(draft: &mut Draft<'_>, name: &AgentName, session: &SessionId, pid: u32) {
    draft.say(Event::SessionStarted { agent: name.clone(), session: session.clone(), pid });
    follow(draft, name, pid);
}

/// Has the runtime followed, where it has something to follow.
pub fn follow(draft: &mut Draft<'_>, name: &AgentName, pid: u32) {
    let Some(agent) = draft.agent(name) else { return };
    let (Some(session), Some(pane)) = (&agent.session, &agent.pane) else { return };
    let definition = agent.started_as();
    if definition.runtime == RuntimeKind::Claude {
        draft.act(Effect::FollowRuntime {
            agent: name.clone(),
            session: session.id.clone(),
            pid,
            definition: Box::new(definition.clone()),
            pane: pane.id.clone(),
        });
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`observe` names every observation and who takes it"
)]
/// Takes what is seen of a life.
pub fn session_seen(draft: &mut Draft<'_>, observation: &Observation) {
    match observation {
        Observation::SessionStarted { agent, session, pid } => {
            let current = draft.agent(agent).and_then(|agent| agent.session.as_ref());
            if current.is_some_and(|c| c.id == *session && c.pid.is_none()) {
                started(draft, agent, session, *pid);
                lives::advance(draft, agent);
            }
        }
        Observation::SessionExited { agent, session, exit, last_words, left_behind } => {
            let (exit, last_words) = (exit.clone(), last_words.clone());
            let ending = Ending { exit, last_words, left_behind: *left_behind };
            lives::bury(draft, agent, session, ending);
            draft.act(Effect::ForgetExit { agent: agent.clone(), session: session.clone() });
            lives::advance(draft, agent);
        }
        _ => {}
    }
}
