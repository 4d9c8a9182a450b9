//! A new supervisor: what it knows anew, and what it has to hear again.

use std::sync::Arc;

use super::{keyboard, rebase};
use crate::fleet::{Activity, Agent, Fleet, Host, Lifecycle, Moment, Receipt, Tenant};

/// It has come, perhaps after a boot.
pub fn taken_over(fleet: &mut Fleet, boot_id: &str, tenant: &Tenant, host: &Host, at: Moment) {
    let booted = !fleet.boot_id.is_empty() && fleet.boot_id != boot_id;
    boot_id.clone_into(&mut fleet.boot_id);
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

/// A new supervisor holds none of the old one's connections; who is attached, tmux will say.
fn forget_connections(agent: &mut Agent, at: Moment) {
    if let Some(pane) = &mut agent.pane {
        pane.connected = false;
    }
    if let Some(session) = &mut agent.session {
        session.channel = None;
        session.unseen = true;
        session.wanted_unseen = false;
    }
    // While nobody supervised, nobody could be heard: what a pane is awaited for begins anew.
    if let Lifecycle::Starting { since } | Lifecycle::Stopping { since } = &mut agent.lifecycle {
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
