//! What is seen of one pane: made, on the line, gone.

use super::sessions::{follow, started};
use crate::fleet::decide::endings::{Cause, Ending};
use crate::fleet::decide::{Draft, lives};
use crate::fleet::{Effect, Event, Lifecycle, Observation, Pane};

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`observe` names every observation and who takes it"
)]
/// Takes what is seen of a pane.
pub fn pane_seen(draft: &mut Draft<'_>, observation: &Observation) {
    match observation {
        Observation::PaneCreated { agent, pane } => {
            let Some(known) = draft.agent(agent) else { return };
            // Of two who made it, the one who found it says so last: it may be given up by then, and
            // the one that follows is asked for behind its closing.
            let is_it = |known: &Pane| {
                (known.server_pid, &known.id, known.pid) == (pane.server_pid, &pane.id, pane.pid)
            };
            if known.pane.iter().chain(&known.given_up).any(is_it) {
                return;
            }
            draft.say(Event::PaneCreated { agent: agent.clone(), pane: pane.clone() });
            draft.act(Effect::WatchPane { agent: agent.clone(), pane_pid: pane.pid });
            lives::advance(draft, agent);
        }
        Observation::PaneFailed { agent, reason } => {
            draft.say(Event::PaneFailed { agent: agent.clone(), reason: reason.clone() });
            lives::after_end(draft, agent, Cause::ByItself);
        }
        Observation::PaneConnected { agent, pane_pid, connection, .. } => {
            let pane = draft.agent(agent).and_then(|agent| agent.pane.as_ref());
            let pane = pane.filter(|pane| pane.pid == *pane_pid);
            // A hello that was taken before says how it was then, not how it is now.
            if pane.is_some_and(|pane| !pane.connected || pane.connection != *connection) {
                let agent = agent.clone();
                draft.say(Event::PaneConnected { agent, connection: *connection });
                pane_connected(draft, observation);
            }
        }
        Observation::PaneDisconnected { agent, connection } => {
            let pane = draft.agent(agent).and_then(|agent| agent.pane.as_ref());
            if pane.is_some_and(|pane| pane.connected && pane.connection == *connection) {
                draft.say(Event::PaneDisconnected { agent: agent.clone() });
            }
        }
        Observation::PaneGone { agent, pane_pid } => {
            let pane = draft.agent(agent).and_then(|agent| agent.pane.as_ref());
            if pane.is_some_and(|pane| pane.pid == *pane_pid) {
                lives::give_up_pane(draft, agent, "its pane is gone");
                lives::advance(draft, agent);
            }
        }
        _ => {}
    }
}

/// pane-exec says what runs in it; the journal says what should.
fn pane_connected(draft: &mut Draft<'_>, observation: &Observation) {
    let Observation::PaneConnected { agent: name, pane_pid, running, .. } = observation else {
        return;
    };
    let session = draft.agent(name).and_then(|agent| agent.session.clone());
    match (session, running) {
        (Some(session), Some((id, pid))) if session.id == *id => {
            if session.unseen {
                draft.say(Event::SessionAdopted {
                    agent: name.clone(),
                    session: id.clone(),
                    pid: *pid,
                });
                follow(draft, name, *pid);
            } else if session.pid.is_none() {
                started(draft, name, id, *pid);
            }
            let agent = draft.agent(name);
            if agent.is_some_and(|agent| matches!(agent.lifecycle, Lifecycle::Stopping { .. })) {
                lives::tell_to_stop(draft, name);
            }
        }
        (Some(session), _) => {
            // GO never came, or its end was told to a supervisor that is no more.
            let ending = Ending::lost("its pane knows nothing of it");
            lives::bury(draft, name, &session.id, ending);
        }
        (None, Some((id, _))) => draft.act(Effect::StopSession {
            agent: name.clone(),
            session: id.clone(),
            signal: "TERM".to_owned(),
            grace_ms: 1000,
            pane_pid: *pane_pid,
        }),
        (None, None) => {}
    }
    lives::advance(draft, name);
}
