//! Fleet and event to fleet: the only place where state changes.

mod ended;
mod keyboard;
mod lifecycle;
mod messages;
mod pace;
mod pane;
mod rebase;
mod roster;
mod runtime;
mod session;
mod taken_over;

use std::sync::Arc;

use super::event::Event;
use super::state::{Fleet, Leaving, TmuxServer};
use super::{Agent, AgentName, Recorded};
use taken_over::taken_over;

/// Takes one event into the fleet. An event about an agent that nobody knows changes nothing.
pub fn fold(fleet: &mut Fleet, recorded: &Recorded) {
    let at = recorded.at;
    match &recorded.event {
        Event::SupervisorStarted { boot_id, tenant, host, .. } => {
            taken_over(fleet, boot_id, tenant, host, at);
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
        Event::RosterApplied { path, roster } => roster::applied(fleet, path, roster, at),
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
            with(fleet, agent, |agent| lifecycle::fold(agent, &recorded.event, at));
        }
        Event::PaneCreated { agent, .. }
        | Event::PaneConnected { agent, .. }
        | Event::PaneDisconnected { agent }
        | Event::PaneLost { agent, .. }
        | Event::PaneFailed { agent, .. } => {
            with(fleet, agent, |agent| pane::fold(agent, &recorded.event, at));
        }
        Event::SessionStarting { agent, .. }
        | Event::SessionStarted { agent, .. }
        | Event::SessionAdopted { agent, .. }
        | Event::SessionStopping { agent, .. }
        | Event::SessionExited { agent, .. } => {
            with(fleet, agent, |agent| session::fold(agent, &recorded.event, at));
        }
        Event::ChannelOpened { agent, .. }
        | Event::ChannelClosed { agent, .. }
        | Event::ChannelLost { agent, .. }
        | Event::HealthChanged { agent, .. }
        | Event::ActivityChanged { agent, .. }
        | Event::AgentUnresponsive { agent, .. }
        | Event::ConversationChanged { agent, .. }
        | Event::TurnNamed { agent, .. } => {
            with(fleet, agent, |agent| runtime::fold(agent, &recorded.event, at));
        }
        Event::MessageQueued { .. }
        | Event::MessageTyping { .. }
        | Event::MessageTyped { .. }
        | Event::MessageLookedAgain { .. }
        | Event::MessageReturned { .. }
        | Event::MessageAccepted { .. }
        | Event::MessageNotSubmitted { .. }
        | Event::MessageRejected { .. }
        | Event::MessageUnknown { .. }
        | Event::MessageExpired { .. }
        | Event::MessageCancelled { .. } => messages::fold(fleet, &recorded.event, at),
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
        | Event::AttachJoined { agent, .. }
        | Event::AttachLeft { agent, .. }
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
