//! What the host reports, and what follows from it.

mod boot;
mod output;
mod panes;
mod runtimes;
mod server;
mod sessions;

use super::{Draft, due, keyboard, lives, messages, receipts};
use crate::fleet::{AgentName, Effect, Event, LeaseEnd, Observation};
use boot::supervisor_started;
use output::{output_told, untapped};
use panes::pane_seen;
use runtimes::runtime_seen;
use server::tmux_ready;
use sessions::session_seen;

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
        Observation::LimitReached { reason } => {
            if draft.fleet().strained.is_none() {
                draft.say(Event::SupervisorStrained { reason: reason.clone() });
            }
        }
        Observation::LimitPast => {
            if draft.fleet().strained.is_some() {
                draft.say(Event::SupervisorRelieved {});
            }
        }
        Observation::JournalFailed { reason, since_ms, refused } => {
            let (reason, since_ms, refused) = (reason.clone(), *since_ms, *refused);
            draft.say(Event::JournalResumed { reason, since_ms, refused });
        }
        Observation::DeadlineCame => {
            for name in draft.names() {
                look_at_silent(draft, &name);
                keyboard::advance(draft, &name);
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
        | Observation::ActivityAnswered { .. }
        | Observation::Examined { .. }
        | Observation::DialogSeen { .. }
        | Observation::ConversationReported { .. } => runtime_seen(draft, observation),
        Observation::Submitted { agent, .. }
        | Observation::TurnNamed { agent, .. }
        | Observation::MessageNotSubmitted { agent, .. }
        | Observation::MessageStands { agent, .. }
        | Observation::MessageCleared { agent, .. }
        | Observation::MessageTyped { agent, .. }
        | Observation::MessageNotTyped { agent, .. }
        | Observation::MessageDoubtful { agent, .. }
        | Observation::MessageRejected { agent, .. } => {
            receipts::observe(draft, agent, observation);
            messages::advance(draft, agent);
        }
        Observation::ClientsSeen { server_pid, clients, lost_ttys } => {
            keyboard::clients_seen(draft, *server_pid, clients, lost_ttys);
        }
        Observation::HolderGone { agent, lease, lost_tty } => {
            let why = if *lost_tty { LeaseEnd::LostTerminal } else { LeaseEnd::Died };
            keyboard::detach(draft, agent, Some(lease), why);
        }
        Observation::OutputTold { agent, connection, id, session, fact } => {
            output_told(draft, agent, session, (*connection, *id), fact);
        }
        Observation::Untapped { agent } => untapped(draft, agent),
    }
}

fn look_at_silent(draft: &mut Draft<'_>, name: &AgentName) {
    let now = draft.now;
    let Some(agent) = draft.agent(name) else { return };
    let (Some(session), Some(pane)) = (&agent.session, &agent.pane) else { return };
    if due::channel_due(agent).is_some_and(|at| at <= now.mono_ms) {
        let (session, pane) = (session.id.clone(), pane.id.clone());
        draft.act(Effect::LookAtScreen { agent: name.clone(), session, pane });
    }
}
