//! The rules of an agent's life: bring up, adopt, bury, start again, hold, bring down.

use super::due::has_until;
use super::endings::{self, Cause, Ending, backoff_ms};
use super::{Draft, keyboard, messages, probes, receipts};
use crate::fleet::{
    AgentName, Conversation, Effect, Event, LeaseEnd, Lifecycle, Pane, RuntimeKind, SessionId,
    Wanted,
};

/// Panes that a lost server took with it come back so far apart, not in a herd.
pub const RECOVERY_PACE_MS: u64 = 20;

/// Brings one agent a step nearer to what is wanted of it. Doing it twice does no harm.
pub fn advance(draft: &mut Draft<'_>, name: &AgentName) {
    let Some(agent) = draft.agent(name) else { return };
    match agent.wanted {
        Wanted::Up => raise(draft, name),
        Wanted::Down | Wanted::Gone => lower(draft, name, "it is not wanted"),
    }
    probes::note(draft, name);
    messages::advance(draft, name);
}

fn raise(draft: &mut Draft<'_>, name: &AgentName) {
    let now = draft.now;
    let Some(agent) = draft.agent(name) else { return };
    match &agent.lifecycle {
        Lifecycle::Absent => start(draft, name),
        Lifecycle::Exited { restart_at: Some(at), .. } if at.mono_ms <= now.mono_ms => {
            start(draft, name);
        }
        Lifecycle::Held { probe_at, .. } if probe_at.mono_ms <= now.mono_ms => start(draft, name),
        Lifecycle::Starting { .. } if agent.session.is_none() => go(draft, name),
        Lifecycle::Starting { .. }
        | Lifecycle::Running { .. }
        | Lifecycle::Stopping { .. }
        | Lifecycle::Exited { .. }
        | Lifecycle::Held { .. } => enforce(draft, name),
    }
}

/// Begins the next life: a pane if there is none, else GO.
pub fn start(draft: &mut Draft<'_>, name: &AgentName) {
    draft.say(Event::AgentStarting { agent: name.clone() });
    make_pane(draft, name, 0);
    go(draft, name);
}

/// Asks for a pane where a starting agent has none and tmux answers.
pub fn make_pane(draft: &mut Draft<'_>, name: &AgentName, after_ms: u64) {
    let tmux_answers = draft.fleet().tmux.is_some();
    let Some(agent) = draft.agent(name) else { return };
    let starting = matches!(agent.lifecycle, Lifecycle::Starting { .. });
    if tmux_answers && starting && agent.pane.is_none() {
        let definition = Box::new(agent.definition.clone());
        draft.act(Effect::CreatePane { agent: name.clone(), definition, after_ms });
    }
}

/// Gives GO where a starting agent's pane is on the line.
pub fn go(draft: &mut Draft<'_>, name: &AgentName) {
    let Some(agent) = draft.agent(name) else { return };
    let starting = matches!(agent.lifecycle, Lifecycle::Starting { .. });
    let Some(pane) = agent.pane.clone().filter(|pane| pane.connected) else {
        return enforce(draft, name);
    };
    if !starting || agent.session.is_some() {
        return;
    }
    let definition = agent.definition.clone();
    let known = agent.conversation.clone().filter(|_| definition.runtime == RuntimeKind::Claude);
    let session = SessionId(draft.fresh.hex());
    let token = draft.fresh.hex();
    let new = draft.fresh.uuid();
    let (conversation, id) = match known {
        Some(known) => (Conversation::Resume(known.clone(), new), known),
        None => (Conversation::New(new.clone()), new),
    };
    draft.say(Event::SessionStarting {
        agent: name.clone(),
        session: session.clone(),
        token_hash: super::fresh::token_hash(&token),
        resumes: matches!(conversation, Conversation::Resume(..)),
        conversation: id,
    });
    draft.act(Effect::Go {
        agent: name.clone(),
        session,
        token,
        definition: Box::new(definition),
        conversation,
        pane: pane.id,
        pane_pid: pane.pid,
    });
}

/// Ends what runs of an agent, then its pane.
pub fn lower(draft: &mut Draft<'_>, name: &AgentName, reason: &str) {
    let Some(agent) = draft.agent(name) else { return };
    if matches!(agent.lifecycle, Lifecycle::Stopping { .. }) {
        return enforce(draft, name);
    }
    if agent.session.is_some() {
        return stop_session(draft, name, reason);
    }
    if let Some(pane) = agent.pane.clone() {
        let agent = name.clone();
        lose_pane(draft, &agent, reason);
        draft.act(close(agent, pane));
    }
    if draft.agent(name).is_some_and(|agent| agent.wanted == Wanted::Gone) {
        remove(draft, name);
    }
}

/// Forgets an agent that neither the roster nor anything that runs knows. What waits for it is
/// told so.
pub fn remove(draft: &mut Draft<'_>, name: &AgentName) {
    let reason = "the roster does not name it any more";
    let Some(agent) = draft.agent(name) else { return };
    let waiting: Vec<_> = agent.mailbox.iter().map(|message| message.id.clone()).collect();
    if let Some(pane) = agent.pane.clone() {
        let agent = name.clone();
        lose_pane(draft, &agent, reason);
        draft.act(close(agent, pane));
    }
    for id in waiting {
        let (agent, reason) = (name.clone(), reason.to_owned());
        draft.say(Event::MessageRejected { agent, id, reason });
    }
    draft.say(Event::AgentRemoved { agent: name.clone() });
}

fn close(agent: AgentName, pane: Pane) -> Effect {
    let Pane { window, server_pid, pid: pane_pid, .. } = pane;
    Effect::ClosePane { agent, window, server_pid, pane_pid }
}

/// Asks the current session to leave.
pub fn stop_session(draft: &mut Draft<'_>, name: &AgentName, reason: &str) {
    let Some(agent) = draft.agent(name) else { return };
    let Some(session) = agent.session.as_ref().map(|session| session.id.clone()) else { return };
    draft.say(Event::SessionStopping { agent: name.clone(), session, reason: reason.to_owned() });
    tell_to_stop(draft, name);
}

/// Says a stop to the pane; twice does no harm, and one that was said before its supervisor died
/// may never have come there.
pub fn tell_to_stop(draft: &mut Draft<'_>, name: &AgentName) {
    let Some(agent) = draft.agent(name) else { return };
    let Some(session) = agent.session.as_ref().map(|session| session.id.clone()) else { return };
    let plan = agent.started_as().stop.clone();
    let pane_pid = agent.pane.as_ref().map_or(0, |pane| pane.pid);
    draft.act(Effect::StopSession {
        agent: name.clone(),
        session,
        signal: plan.signal,
        grace_ms: plan.grace_ms,
        pane_pid,
    });
}

/// A pane that had its time is given up, with everything in it.
fn enforce(draft: &mut Draft<'_>, name: &AgentName) {
    let now = draft.now;
    let Some(agent) = draft.agent(name) else { return };
    if has_until(agent).is_some_and(|until| until <= now.mono_ms) {
        give_up_pane(draft, name, "it did not answer in its time");
    }
}

/// The pane is gone, and with it whoever sat at it.
fn lose_pane(draft: &mut Draft<'_>, name: &AgentName, reason: &str) {
    keyboard::end(draft, name, LeaseEnd::AgentEnded, None);
    draft.say(Event::PaneLost { agent: name.clone(), reason: reason.to_owned() });
}

/// The pane is gone or as good as gone: its session is over, what is left of it is ended.
pub fn give_up_pane(draft: &mut Draft<'_>, name: &AgentName, reason: &str) {
    let Some(agent) = draft.agent(name) else { return };
    let (pane, session) = (agent.pane.clone(), agent.session.clone());
    if let Some(pane) = pane {
        lose_pane(draft, name, reason);
        draft.act(close(name.clone(), pane));
    }
    if let Some(session) = session {
        draft.act(Effect::EndLeftovers { session: session.id.clone() });
        bury(draft, name, &session.id, Ending::lost(reason));
    } else if draft.agent(name).is_some_and(|a| matches!(a.lifecycle, Lifecycle::Starting { .. })) {
        draft.say(Event::PaneFailed { agent: name.clone(), reason: reason.to_owned() });
        after_end(draft, name, Cause::ByItself);
    }
}

/// A boot ended everything of an agent. Nothing of it is closed or killed: its window, its pane
/// and its pids may be another's by now.
pub fn lost_to_boot(draft: &mut Draft<'_>, name: &AgentName) {
    let Some(agent) = draft.agent(name) else { return };
    let (pane, session) = (agent.pane.is_some(), agent.session.clone());
    let reason = "the host was booted";
    if pane {
        lose_pane(draft, name, reason);
    }
    if let Some(session) = session {
        over(draft, name, &session.id, Ending::lost(reason));
    }
}

/// A session is over: say so once, end what was on its way, decide what follows.
pub fn bury(draft: &mut Draft<'_>, name: &AgentName, session: &SessionId, ending: Ending) {
    let Some(agent) = draft.agent(name) else { return };
    if agent.session.as_ref().is_none_or(|current| current.id != *session) {
        return;
    }
    let cause = Cause::of_an_end_now(agent);
    let is_wanted_anew = agent.session.as_ref().is_some_and(|session| session.wanted_unseen);
    over(draft, name, session, ending);
    if is_wanted_anew && cause == Cause::ByItself && draft.fleet().leaving.is_none() {
        return start(draft, name);
    }
    after_end(draft, name, cause);
}

fn over(draft: &mut Draft<'_>, name: &AgentName, session: &SessionId, ending: Ending) {
    let Ending { exit, last_words, left_behind } = ending;
    receipts::session_over(draft, name);
    draft.say(Event::SessionExited {
        agent: name.clone(),
        session: session.clone(),
        exit,
        last_words,
        left_behind,
    });
}

/// What follows an end: nothing, a wait, or a hold.
pub fn after_end(draft: &mut Draft<'_>, name: &AgentName, cause: Cause) {
    let Some(agent) = draft.agent(name) else { return };
    let Lifecycle::Exited { exit, .. } = &agent.lifecycle else { return };
    if agent.wanted != Wanted::Up || draft.fleet().leaving.is_some() {
        return lower(draft, name, "it is not wanted");
    }
    if !endings::is_followed(agent, exit, cause) {
        return;
    }
    if let Some(reason) = endings::hold_reason(agent, exit, cause) {
        let probe_in_ms = endings::probe_in_ms(agent);
        return draft.say(Event::AgentHeld { agent: name.clone(), reason, probe_in_ms });
    }
    let delay_ms = if cause == Cause::Asked {
        0
    } else {
        let wait = backoff_ms(agent, draft.fresh.clone().up_to(1000));
        wait.max(draft.fleet().restart_wait_ms(draft.now))
    };
    draft.fresh.up_to(0);
    draft.say(Event::RestartScheduled { agent: name.clone(), delay_ms });
    raise(draft, name);
}
