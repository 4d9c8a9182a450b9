//! What the host reports, and what follows from it.

use super::{Draft, lives, messages, probes};
use crate::fleet::{
    Activity, Agent, AgentName, ChannelKind, Effect, Event, Exit, Lifecycle, Observation, Pane,
    RuntimeKind, SeenPane, SessionId, Wanted,
};

/// Takes one observation. One about a life or a connection that is over changes nothing.
pub fn observe(draft: &mut Draft<'_>, observation: &Observation) {
    match observation {
        Observation::SupervisorStarted { .. } => supervisor_started(draft, observation),
        Observation::TmuxReady { server_pid, version, panes } => {
            tmux_ready(draft, *server_pid, version, panes);
        }
        Observation::TmuxLost { reason } => {
            if draft.fleet().tmux.is_some() {
                draft.say(Event::TmuxLost { reason: reason.clone() });
            }
        }
        Observation::DeadlineCame => {
            for name in draft.names() {
                look_at_silent(draft, &name);
                lives::advance(draft, &name);
            }
        }
        Observation::PaneCreated { .. }
        | Observation::PaneFailed { .. }
        | Observation::PaneConnected { .. }
        | Observation::PaneDisconnected { .. }
        | Observation::PaneGone { .. } => pane_seen(draft, observation),
        Observation::SessionStarted { .. } | Observation::SessionExited { .. } => {
            session_seen(draft, observation);
        }
        Observation::ChannelOffered { .. }
        | Observation::ChannelClosed { .. }
        | Observation::Challenged { .. }
        | Observation::HeartbeatAnswered { .. }
        | Observation::ActivityReported { .. }
        | Observation::DialogSeen { .. }
        | Observation::ConversationReported { .. } => runtime_seen(draft, observation),
        Observation::Submitted { agent, .. }
        | Observation::MessageTyped { agent, .. }
        | Observation::MessageNotTyped { agent, .. }
        | Observation::MessageDoubtful { agent, .. }
        | Observation::MessageRejected { agent, .. } => {
            messages::observe(draft, agent, observation);
            messages::advance(draft, agent);
        }
        Observation::AttachLeft { agent } => messages::detach(draft, agent),
    }
}

fn supervisor_started(draft: &mut Draft<'_>, observation: &Observation) {
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

/// The truth about panes: those of a former server are gone, ours are watched, unknown ones with
/// our mark are taken where their agent has none.
fn tmux_ready(draft: &mut Draft<'_>, server_pid: u32, version: &str, panes: &[SeenPane]) {
    let known = draft.fleet().tmux.as_ref().map(|tmux| tmux.pid);
    if known.is_some_and(|pid| pid != server_pid) {
        draft.say(Event::TmuxLost { reason: "another server answers in its place".to_owned() });
    }
    // First what was: no pane is made before it is known which are gone.
    for name in draft.names() {
        take_marked(draft, &name, server_pid, panes);
        check_pane(draft, &name, server_pid, panes);
    }
    if known != Some(server_pid) {
        draft.say(Event::TmuxStarted { server_pid, version: version.to_owned() });
    }
    let mut recovered = 0;
    for name in draft.names() {
        let Some(agent) = draft.agent(&name) else { continue };
        if agent.pane.is_none() && matches!(agent.lifecycle, Lifecycle::Starting { .. }) {
            lives::make_pane(draft, &name, recovered * lives::RECOVERY_PACE_MS);
            recovered += 1;
        }
        lives::advance(draft, &name);
    }
}

/// A pane with our mark whose making never reached the journal.
fn take_marked(draft: &mut Draft<'_>, name: &AgentName, server_pid: u32, panes: &[SeenPane]) {
    let Some(agent) = draft.agent(name) else { return };
    let ours = |pane: &&SeenPane| pane.agent.as_deref() == Some(name.as_str()) && !pane.dead;
    let Some(found) = panes.iter().find(ours).filter(|_| agent.pane.is_none()) else { return };
    let pane = Pane {
        id: found.id.clone(),
        window: found.window.clone(),
        session: found.session.clone(),
        pid: found.pid,
        server_pid,
        connected: false,
        connection: 0,
    };
    draft.say(Event::PaneCreated { agent: name.clone(), pane });
}

fn check_pane(draft: &mut Draft<'_>, name: &AgentName, server_pid: u32, panes: &[SeenPane]) {
    let Some(pane) = draft.agent(name).and_then(|agent| agent.pane.clone()) else { return };
    let there = panes.iter().any(|seen| seen.id == pane.id && seen.pid == pane.pid && !seen.dead);
    if pane.server_pid == server_pid && there {
        draft.act(Effect::WatchPane { agent: name.clone(), pane_pid: pane.pid });
    } else if pane.server_pid == server_pid {
        lives::give_up_pane(draft, name, "its pane is gone");
    } else {
        lives::give_up_pane(draft, name, "the tmux server that held its pane is gone");
    }
}

fn look_at_silent(draft: &mut Draft<'_>, name: &AgentName) {
    let now = draft.now;
    let Some(agent) = draft.agent(name) else { return };
    let (Some(session), Some(pane)) = (&agent.session, &agent.pane) else { return };
    if lives::channel_due(agent).is_some_and(|at| at <= now.mono_ms) {
        let (session, pane) = (session.id.clone(), pane.id.clone());
        draft.act(Effect::LookAtScreen { agent: name.clone(), session, pane });
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`observe` names every observation and who takes it"
)]
fn pane_seen(draft: &mut Draft<'_>, observation: &Observation) {
    match observation {
        Observation::PaneCreated { agent, pane } => {
            let Some(known) = draft.agent(agent) else { return };
            if known.pane.as_ref().is_some_and(|known| known.id == pane.id) {
                return;
            }
            draft.say(Event::PaneCreated { agent: agent.clone(), pane: pane.clone() });
            draft.act(Effect::WatchPane { agent: agent.clone(), pane_pid: pane.pid });
            lives::advance(draft, agent);
        }
        Observation::PaneFailed { agent, reason } => {
            draft.say(Event::PaneFailed { agent: agent.clone(), reason: reason.clone() });
            lives::after_death(draft, agent, false);
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
        }
        (Some(session), _) => {
            // GO never came, or its end was told to a supervisor that is no more.
            let exit = Exit::Lost("its pane knows nothing of it".to_owned());
            lives::bury(draft, name, &session.id, exit, Vec::new(), 0);
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

fn started(draft: &mut Draft<'_>, name: &AgentName, session: &SessionId, pid: u32) {
    draft.say(Event::SessionStarted { agent: name.clone(), session: session.clone(), pid });
    follow(draft, name, pid);
}

fn follow(draft: &mut Draft<'_>, name: &AgentName, pid: u32) {
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
fn session_seen(draft: &mut Draft<'_>, observation: &Observation) {
    match observation {
        Observation::SessionStarted { agent, session, pid } => {
            let current = draft.agent(agent).and_then(|agent| agent.session.as_ref());
            if current.is_some_and(|c| c.id == *session && c.pid.is_none()) {
                started(draft, agent, session, *pid);
                lives::advance(draft, agent);
            }
        }
        Observation::SessionExited { agent, session, exit, last_words, left_behind } => {
            lives::bury(draft, agent, session, exit.clone(), last_words.clone(), *left_behind);
            draft.act(Effect::ForgetExit { agent: agent.clone(), session: session.clone() });
            lives::advance(draft, agent);
        }
        _ => {}
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`observe` names every observation and who takes it"
)]
fn runtime_seen(draft: &mut Draft<'_>, observation: &Observation) {
    match observation {
        Observation::ChannelOffered { .. } => channel_offered(draft, observation),
        Observation::ChannelClosed { agent, connection } => {
            let session = draft.agent(agent).and_then(|agent| agent.session.clone());
            let Some(session) = session else { return };
            if session.channel.as_ref().is_some_and(|channel| channel.connection == *connection) {
                draft.say(Event::ChannelLost { agent: agent.clone(), session: session.id });
                probes::note(draft, agent);
            }
        }
        Observation::Challenged { agent, .. } => probes::note(draft, agent),
        Observation::HeartbeatAnswered { agent, .. } => {
            probes::note(draft, agent);
            messages::advance(draft, agent);
        }
        Observation::ActivityReported { agent, session, activity } => {
            activity_seen(draft, agent, session, activity);
        }
        Observation::DialogSeen { agent, session, detail } => {
            dialog_seen(draft, agent, session, detail);
        }
        Observation::ConversationReported { agent, session, conversation } => {
            let Some(known) = draft.agent(agent) else { return };
            let current = known.session.as_ref().is_some_and(|current| current.id == *session);
            if current && known.conversation.as_deref() != Some(conversation) {
                draft.say(Event::ConversationChanged {
                    agent: agent.clone(),
                    session: session.clone(),
                    conversation: conversation.clone(),
                });
            }
        }
        _ => {}
    }
}

fn activity_seen(
    draft: &mut Draft<'_>,
    name: &AgentName,
    session: &SessionId,
    activity: &Activity,
) {
    let Some(known) = draft.agent(name) else { return };
    let current = known.session.as_ref().is_some_and(|current| current.id == *session);
    if current && known.activity.0 != *activity {
        draft.say(Event::ActivityChanged {
            agent: name.clone(),
            session: session.clone(),
            activity: activity.clone(),
        });
        messages::advance(draft, name);
    }
}

/// What the runtime has said itself meanwhile is truer than a look at its screen.
fn dialog_seen(draft: &mut Draft<'_>, name: &AgentName, session: &SessionId, detail: &str) {
    if draft.agent(name).is_some_and(Agent::is_silent) {
        let activity = Activity::AwaitingInput { detail: detail.to_owned() };
        activity_seen(draft, name, session, &activity);
    }
}

/// A channel is taken when it shows the token of the current life.
fn channel_offered(draft: &mut Draft<'_>, observation: &Observation) {
    let Observation::ChannelOffered {
        agent,
        session,
        token_hash,
        kind,
        delivers,
        software,
        connection,
    } = observation
    else {
        return;
    };
    let known = draft.agent(agent);
    let current = known.and_then(|agent| agent.session.clone());
    let Some(current) = current.filter(|c| c.id == *session && c.token_hash == *token_hash) else {
        let reason = "session or token is not the current one".to_owned();
        return draft.act(Effect::RefuseChannel { connection: *connection, reason });
    };
    if current.channel.as_ref().is_some_and(|channel| channel.connection == *connection) {
        return;
    }
    let every_ms = known.map_or(0, |agent| agent.started_as().heartbeat.every_ms);
    draft.say(Event::ChannelOpened {
        agent: agent.clone(),
        session: current.id.clone(),
        kind: *kind,
        delivers: *delivers && *kind == ChannelKind::Native,
        software: software.clone(),
        connection: *connection,
    });
    draft.act(Effect::AcceptChannel {
        kind: *kind,
        agent: agent.clone(),
        session: current.id,
        connection: *connection,
        every_ms,
    });
    lives::advance(draft, agent);
}
