//! Fleet and event to fleet: the only place where state changes.

mod ended;
mod keyboard;
mod pace;
mod rebase;

use std::sync::Arc;

use super::event::Event;
use super::receipt::Receipt;
use super::state::{ENDED_MESSAGES_MAX, Fleet, Leaving, TmuxServer};
use super::{Activity, Agent, AgentName, Channel, Health, Lifecycle, MessageId, Moment, Session};
use super::{Exit, Recorded, Roster, Unresponsive, Wanted};

/// Takes one event into the fleet. An event about an agent that nobody knows changes nothing.
pub fn fold(fleet: &mut Fleet, recorded: &Recorded) {
    let at = recorded.at;
    match &recorded.event {
        Event::SupervisorStarted { boot_id, tenant, host, .. } => {
            let booted = !fleet.boot_id.is_empty() && fleet.boot_id != *boot_id;
            fleet.boot_id.clone_from(boot_id);
            fleet.tenant = tenant.clone();
            fleet.host = host.clone();
            fleet.leaving = None;
            fleet.strained = None;
            fleet.tmux = None;
            fleet.tmux_lost = false;
            if booted {
                fleet.restarts_paced_ms = 0;
            }
            for agent in fleet.agents.values_mut() {
                let agent = Arc::make_mut(agent);
                if booted {
                    rebase::onto_this_boot(agent, at);
                }
                forget_connections(agent, at);
            }
        }
        Event::SupervisorStopping { keep_agents } => {
            fleet.leaving = Some(Leaving { keep_agents: *keep_agents });
        }
        Event::SupervisorStrained { reason } => fleet.strained = Some(reason.clone()),
        Event::SupervisorRelieved {} => fleet.strained = None,
        Event::TmuxStarted { server_pid, version } => {
            fleet.tmux = Some(TmuxServer { pid: *server_pid, version: version.clone() });
            fleet.tmux_lost = false;
        }
        Event::TmuxLost { .. } => {
            fleet.tmux = None;
            fleet.tmux_lost = true;
        }
        // What was missed meanwhile comes as events of its own; what was cleared away had ended.
        Event::JournalResumed { .. } | Event::MessageCleared { .. } => {}
        Event::RosterApplied { path, roster } => take_roster(fleet, path, roster, at),
        Event::AgentRemoved { agent } => {
            fleet.agents.remove(agent);
            fleet.order.retain(|name| name != agent);
        }
        Event::AgentUpdated { agent, definition } => {
            with(fleet, agent, |agent| agent.running_as = Some((**definition).clone()));
        }
        Event::AgentWanted { agent, .. }
        | Event::AgentStarting { agent }
        | Event::RestartScheduled { agent, .. }
        | Event::AgentHeld { agent, .. } => {
            pace::note(fleet, &recorded.event, at);
            with(fleet, agent, |agent| lifecycle_changed(agent, &recorded.event, at));
        }
        Event::PaneCreated { agent, .. }
        | Event::PaneConnected { agent, .. }
        | Event::PaneDisconnected { agent }
        | Event::PaneLost { agent, .. }
        | Event::PaneFailed { agent, .. } => {
            with(fleet, agent, |agent| pane_changed(agent, &recorded.event, at));
        }
        Event::SessionStarting { agent, .. }
        | Event::SessionStarted { agent, .. }
        | Event::SessionAdopted { agent, .. }
        | Event::SessionStopping { agent, .. }
        | Event::SessionExited { agent, .. } => {
            with(fleet, agent, |agent| session_changed(agent, &recorded.event, at));
        }
        Event::ChannelOpened { agent, .. }
        | Event::ChannelClosed { agent, .. }
        | Event::ChannelLost { agent, .. }
        | Event::HealthChanged { agent, .. }
        | Event::ActivityChanged { agent, .. }
        | Event::AgentUnresponsive { agent, .. }
        | Event::ConversationChanged { agent, .. }
        | Event::TurnNamed { agent, .. } => {
            with(fleet, agent, |agent| runtime_changed(agent, &recorded.event, at));
        }
        Event::MessageQueued { agent, message } => {
            with(fleet, agent, |agent| agent.mailbox.push_back(message.clone()));
        }
        Event::MessageTyping { agent, id, .. } => {
            with(fleet, agent, |agent| {
                agent.looked_again = 0;
                agent.typist_gone = false;
            });
            rung(fleet, agent, id, Receipt::Typing, at);
            began_to_go_out(fleet, agent, id);
        }
        Event::MessageTyped { agent, id } => rung(fleet, agent, id, Receipt::Typed, at),
        Event::MessageLookedAgain { agent, .. } => {
            with(fleet, agent, |agent| agent.looked_again += 1);
        }
        Event::MessageReturned { agent, id, retry_in_ms, .. } => {
            rung(fleet, agent, id, Receipt::Queued, at);
            with(fleet, agent, |agent| agent.deliver_after = at.after(*retry_in_ms));
        }
        Event::MessageAccepted { agent, id, grade } => {
            end_message(fleet, agent, id, Receipt::Accepted { grade: *grade }, at);
        }
        Event::MessageNotSubmitted { agent, id, reason } => {
            let receipt = Receipt::TypedNotSubmitted { reason: reason.clone() };
            end_message(fleet, agent, id, receipt, at);
        }
        Event::MessageRejected { agent, id, reason } => {
            end_message(fleet, agent, id, Receipt::Rejected { reason: reason.clone() }, at);
        }
        Event::MessageUnknown { agent, id, reason } => {
            end_message(fleet, agent, id, Receipt::Unknown { reason: reason.clone() }, at);
        }
        Event::MessageExpired { agent, id } => {
            end_message(fleet, agent, id, Receipt::Expired, at);
        }
        Event::MessageCancelled { agent, id, .. } => {
            end_message(fleet, agent, id, Receipt::Cancelled, at);
        }
        Event::SegmentClosed { agent, segment, offset, length, .. } => {
            with(fleet, agent, |agent| {
                agent.recording.segment = *segment;
                agent.recording.position = offset + length;
            });
        }
        Event::OutputStopped { agent, reason, .. } => {
            with(fleet, agent, |agent| agent.recording.stopped = Some(reason.clone()));
        }
        Event::OutputResumed { agent, .. } => {
            with(fleet, agent, |agent| agent.recording.stopped = None);
        }
        Event::AttachStarted { agent, .. }
        | Event::AttachSeated { agent, .. }
        | Event::AttachEnded { agent, .. } => {
            with(fleet, agent, |agent| keyboard::fold(agent, &recorded.event, at));
        }
    }
}

fn with(fleet: &mut Fleet, name: &AgentName, change: impl FnOnce(&mut Agent)) {
    if let Some(agent) = fleet.agents.get_mut(name) {
        change(Arc::make_mut(agent));
    }
}

/// A new supervisor holds none of the old one's connections; who is attached, tmux will say.
fn forget_connections(agent: &mut Agent, at: Moment) {
    if let Some(pane) = &mut agent.pane {
        pane.connected = false;
    }
    if let Some(session) = &mut agent.session {
        session.channel = None;
        session.unseen = true;
    }
    if let Lifecycle::Starting { since } = &mut agent.lifecycle {
        *since = at;
    }
    agent.activity = (Activity::Unknown, at);
    keyboard::unseen(agent, at);
    take_over_message(agent, at);
}

/// Nobody could hear a receipt until now: its time begins anew, as do the looks at the composer.
fn take_over_message(agent: &mut Agent, at: Moment) {
    let on_its_way = agent.mailbox.iter_mut().find(|message| message.receipt != Receipt::Queued);
    let Some(message) = on_its_way else { return };
    message.receipt_at = at;
    agent.typist_gone |= message.receipt == Receipt::Typing;
    agent.looked_again = 0;
}

fn take_roster(fleet: &mut Fleet, path: &str, roster: &Roster, at: Moment) {
    fleet.roster_path = Some(path.to_owned());
    fleet.tmux_plan.clone_from(&roster.tmux);
    if let Some(label) = &roster.tenant {
        fleet.tenant.label.clone_from(label);
    }
    if let Some(label) = &roster.host {
        fleet.host.label.clone_from(label);
    }
    for agent in fleet.agents.values_mut() {
        if agent.in_roster {
            Arc::make_mut(agent).in_roster = false;
        }
    }
    let mut order: Vec<AgentName> = roster.agents.iter().map(|agent| agent.name.clone()).collect();
    for definition in &roster.agents {
        let known = fleet.agents.entry(definition.name.clone());
        let agent = known.or_insert_with(|| Arc::new(Agent::new(definition.clone(), at)));
        let agent = Arc::make_mut(agent);
        agent.in_roster = true;
        agent.definition = definition.clone();
    }
    order.extend(fleet.order.iter().filter(|name| !is_named(roster, name)).cloned());
    fleet.order = order;
}

fn is_named(roster: &Roster, name: &AgentName) -> bool {
    roster.agents.iter().any(|agent| agent.name == *name)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` names every event and who takes it")]
fn lifecycle_changed(agent: &mut Agent, event: &Event, at: Moment) {
    match event {
        Event::AgentWanted { wanted, .. } => {
            agent.wanted = *wanted;
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

#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` names every event and who takes it")]
fn pane_changed(agent: &mut Agent, event: &Event, at: Moment) {
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
            agent.pane = None;
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

#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` names every event and who takes it")]
fn session_changed(agent: &mut Agent, event: &Event, at: Moment) {
    match event {
        Event::SessionStarting { session, token_hash, conversation, .. } => {
            agent.session = Some(Session {
                id: session.clone(),
                token_hash: token_hash.clone(),
                since: at,
                pid: None,
                channel: None,
                goodbye: None,
                answered: false,
                unseen: false,
            });
            agent.running_as = Some(agent.definition.clone());
            agent.conversation = Some(conversation.clone());
            agent.starts += 1;
            agent.lifecycle = Lifecycle::Starting { since: at };
            agent.health = Health::Starting;
            agent.activity = (Activity::Unknown, at);
            agent.unresponsive = None;
            agent.recording.stopped = None;
            agent.turn = None;
        }
        Event::SessionStarted { pid, .. } | Event::SessionAdopted { pid, .. } => {
            if let Some(session) = &mut agent.session {
                session.pid = Some(*pid);
                session.unseen = false;
            }
            if !matches!(agent.lifecycle, Lifecycle::Stopping { .. }) {
                let since = agent.session.as_ref().map_or(at, |session| session.since);
                agent.lifecycle = Lifecycle::Running { since };
            }
        }
        Event::SessionStopping { .. } => agent.lifecycle = Lifecycle::Stopping { since: at },
        Event::SessionExited { exit, last_words, .. } => ended::ended(agent, exit, last_words, at),
        _ => {}
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "`apply` names every event and who takes it")]
fn runtime_changed(agent: &mut Agent, event: &Event, at: Moment) {
    match event {
        Event::ChannelOpened { kind, delivers, connection, .. } => {
            if let Some(session) = &mut agent.session {
                session.channel =
                    Some(Channel { kind: *kind, delivers: *delivers, connection: *connection });
                session.goodbye = None;
            }
        }
        Event::ChannelClosed { reason, .. } => {
            if let Some(session) = &mut agent.session {
                session.channel = None;
                session.goodbye = Some(reason.clone());
            }
        }
        Event::ChannelLost { .. } => {
            if let Some(session) = &mut agent.session {
                session.channel = None;
            }
        }
        Event::HealthChanged { health, .. } => {
            agent.health = health.clone();
            if let Health::Healthy { .. } = health {
                agent.boot_failures = 0;
                // One that is being ended for it is ended, whatever it says meanwhile.
                agent.unresponsive = agent.unresponsive.take().filter(|_| agent.is_hung());
                if let Some(session) = &mut agent.session {
                    session.answered = true;
                }
            }
        }
        Event::AgentUnresponsive { examined, evidence, action, .. } => {
            let (examined, evidence, action) = (*examined, evidence.clone(), *action);
            agent.unresponsive = Some(Unresponsive { since: at, examined, evidence, action });
        }
        Event::ActivityChanged { activity, in_answer, .. } => {
            let (before, since) = &agent.activity;
            let since = if before.goes_on_in(activity) { *since } else { at };
            agent.activity = (activity.clone(), since);
            agent.activity_in_answer = *in_answer;
        }
        Event::ConversationChanged { conversation, .. } => {
            agent.conversation = Some(conversation.clone());
        }
        Event::TurnNamed { turn, .. } => agent.turn = Some(turn.clone()),
        _ => {}
    }
}

fn began_to_go_out(fleet: &mut Fleet, agent: &AgentName, id: &MessageId) {
    with(fleet, agent, |agent| {
        let (activity, since) = &agent.activity;
        let running = (*activity == Activity::Busy).then_some(*since);
        if let Some(message) = agent.mailbox.iter_mut().find(|message| message.id == *id) {
            message.behind = running;
        }
    });
}

fn rung(fleet: &mut Fleet, agent: &AgentName, id: &MessageId, receipt: Receipt, at: Moment) {
    with(fleet, agent, |agent| {
        if let Some(message) = agent.mailbox.iter_mut().find(|message| message.id == *id) {
            message.receipt = receipt;
            message.receipt_at = at;
        }
    });
}

fn end_message(fleet: &mut Fleet, agent: &AgentName, id: &MessageId, receipt: Receipt, at: Moment) {
    if let Some((_, late)) = fleet.ended.iter_mut().rev().find(|(_, message)| message.id == *id) {
        late.receipt = receipt;
        late.receipt_at = at;
        return;
    }
    let mut ended = None;
    with(fleet, agent, |agent| {
        if let Some(place) = agent.mailbox.iter().position(|message| message.id == *id) {
            ended = agent.mailbox.remove(place);
        }
    });
    if let Some(mut message) = ended {
        message.receipt = receipt;
        message.receipt_at = at;
        fleet.ended.push_back((agent.clone(), message));
        if fleet.ended.len() > ENDED_MESSAGES_MAX {
            fleet.ended.pop_front();
        }
    }
}
