//! What a tmux server holds, against what the journal says of panes.

use crate::fleet::decide::{Draft, lives};
use crate::fleet::{Agent, AgentName, Effect, Event, Lifecycle, Pane, SeenPane};

/// The truth about panes: those of a former server are gone, ours are watched, unknown ones with
/// our mark are taken where their agent has none.
pub fn tmux_ready(draft: &mut Draft<'_>, server_pid: u32, version: &str, panes: &[SeenPane]) {
    let known = draft.fleet().tmux.as_ref().map(|tmux| tmux.pid);
    // A first start is asked for; what a lost server took with it was not, and comes in no herd.
    let of_another =
        |agent: &Agent| agent.pane.as_ref().is_some_and(|pane| pane.server_pid != server_pid);
    let pace_ms = match draft.fleet().tmux_lost || draft.fleet().in_order().any(of_another) {
        true => lives::RECOVERY_PACE_MS,
        false => 0,
    };
    if known.is_some_and(|pid| pid != server_pid) {
        draft.say(Event::TmuxLost { reason: "another server answers in its place".to_owned() });
    }
    close_left(draft, server_pid, panes);
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
            lives::make_pane(draft, &name, recovered * pace_ms);
            recovered += 1;
        }
        lives::advance(draft, &name);
    }
}

/// A window of ours that was to be closed while tmux was out of reach, or nobody supervised.
fn close_left(draft: &mut Draft<'_>, server_pid: u32, panes: &[SeenPane]) {
    let is_left = |seen: &&SeenPane| {
        let is_seen = |pane: &Pane| is_it(pane, server_pid, seen);
        let mut agents = draft.fleet().in_order();
        let gone = seen.dead || agents.any(|agent| agent.given_up.as_ref().is_some_and(is_seen));
        let mut known = draft.fleet().in_order().filter_map(|agent| agent.pane.as_ref());
        gone && seen.agent.is_some() && !known.any(is_seen)
    };
    let left: Vec<_> = panes.iter().filter(is_left).map(|seen| seen.window.clone()).collect();
    for window in left {
        draft.act(Effect::CloseWindow { window, server_pid });
    }
}

/// Whether a pane of the journal is this one of this server. After a boot the ids begin anew, and a
/// server may have the number of a former one: the pane's own process tells them apart.
fn is_it(pane: &Pane, server_pid: u32, seen: &SeenPane) -> bool {
    pane.server_pid == server_pid && pane.id == seen.id && pane.pid == seen.pid
}

/// A pane with our mark whose making never reached the journal; one that was given up still carries
/// it until it is closed.
fn take_marked(draft: &mut Draft<'_>, name: &AgentName, server_pid: u32, panes: &[SeenPane]) {
    let Some(agent) = draft.agent(name) else { return };
    let given_up = agent.given_up.as_ref();
    let is_given_up = |seen: &SeenPane| given_up.is_some_and(|pane| is_it(pane, server_pid, seen));
    let ours = |seen: &&SeenPane| {
        seen.agent.as_deref() == Some(name.as_str()) && !seen.dead && !is_given_up(seen)
    };
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
