//! Our tmux server: finds the one that runs, or starts one where the roster says. It moves none.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::watch;

use crate::daemon::hands::Hands;
use crate::daemon::sockets;
use crate::fleet::TmuxPlan;
use crate::host::systemd::{self, units};
use crate::host::tmux;

/// The socket of the server that runs, wherever a former supervisor or a unit started it.
pub async fn find(hands: &Hands) -> Result<Option<PathBuf>, String> {
    tmux::version().map_err(|error| error.whole())?;
    // Before anything is asked: a server whose unit starts it reads it without us.
    let configuration = hands.places.tmux_configuration();
    tmux::write_configuration(&configuration)
        .map_err(|error| format!("write {}: {error}", configuration.display()))?;
    let directory = sockets::directory(&hands.places);
    let named = hands.snapshots.borrow().fleet.tmux_plan.socket().to_owned();
    let mut known = vec![directory.join(named)];
    known.extend(std::fs::read_link(hands.places.tmux()));
    // A unit from before sockets had names knows only this one.
    known.push(directory.join(TmuxPlan::SOCKET));
    for (at, socket) in known.iter().enumerate() {
        let asked_before = known[..at].contains(socket);
        if !asked_before && tmux::answers(socket).await.map_err(|error| error.whole())?.is_some() {
            return Ok(Some(socket.clone()));
        }
    }
    Ok(None)
}

/// Starts a server on the socket that the roster names.
pub async fn start(hands: &Hands, plan: &TmuxPlan) -> Result<PathBuf, String> {
    let here = sockets::directory(&hands.places).join(plan.socket());
    write_environment(hands, plan)?;
    if systemd::notify::kept_by_systemd() {
        let manager = systemd::manager().await.map_err(|error| error.to_string())?;
        let manager = manager.ok_or_else(|| "the user manager is gone".to_owned())?;
        manager.start(units::TMUX).await.map_err(|error| error.to_string())?;
        // Its unit counts as started before the server listens.
        tmux::answers_soon(&here).await.map_err(|error| error.whole())?;
    } else {
        let configuration = hands.places.tmux_configuration();
        tmux::start_detached(&here, &configuration).await.map_err(|error| error.whole())?;
    }
    Ok(here)
}

/// Nothing is written where nobody ever named a socket.
fn write_environment(hands: &Hands, plan: &TmuxPlan) -> Result<(), String> {
    let path = hands.places.tmux_environment();
    if plan.socket.is_none() && !path.exists() {
        return Ok(());
    }
    tmux::write_environment(&path, plan.socket())
        .map_err(|error| format!("write {}: {error}", path.display()))
}

/// Keeps what the unit of our server reads at its next start, which comes without us.
pub async fn note_socket(hands: Arc<Hands>, mut leaving: watch::Receiver<bool>) {
    let mut noted = None;
    let mut snapshots = hands.snapshots.clone();
    loop {
        let news = snapshots.wait_for(|seen| {
            seen.fleet.roster_path.is_some() && noted.as_ref() != Some(&seen.fleet.tmux_plan)
        });
        let plan = tokio::select! {
            seen = news => match seen {
                Ok(seen) => seen.fleet.tmux_plan.clone(),
                Err(_) => return,
            },
            _ = leaving.wait_for(|leaving| *leaving) => return,
        };
        if let Err(why) = write_environment(&hands, &plan) {
            tracing::warn!(why, "the next tmux server will not know its socket");
        }
        noted = Some(plan);
    }
}

/// What the roster says of the server, once a roster was applied; `None` when we leave first.
pub async fn plan(hands: &Hands, leaving: &mut watch::Receiver<bool>) -> Option<TmuxPlan> {
    let mut snapshots = hands.snapshots.clone();
    if snapshots.borrow().fleet.roster_path.is_none() {
        hands.link.lost("no roster was applied yet, so nothing needs one".to_owned());
    }
    tokio::select! {
        seen = snapshots.wait_for(|seen| seen.fleet.roster_path.is_some()) => {
            seen.ok().map(|seen| seen.fleet.tmux_plan.clone())
        }
        _ = leaving.wait_for(|leaving| *leaving) => None,
    }
}
