//! Keeps the connection to our tmux server: starts the server where nobody else does, connects,
//! and comes back. A failed question is never taken for an absent server.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::hands::Hands;
use super::sockets::{self, point};
use crate::fleet::Observation;
use crate::host::systemd::{self, units};
use crate::host::tmux::{self, Tmux};

/// From one try to the next: a server that just died is wanted back at once, one that cannot be
/// started is not asked for without end.
const PAUSES_MS: [u64; 6] = [20, 100, 500, 1000, 2000, 5000];

/// A pane list of a busy server comes in milliseconds; this long is no answer.
const LIST_WITHIN: Duration = Duration::from_secs(5);

/// Connects again and again until the supervisor leaves.
pub async fn keep(hands: Arc<Hands>, mut leaving: watch::Receiver<bool>) {
    let mut tries = 0;
    while !*leaving.borrow() {
        match connect(&hands).await {
            Ok((tmux, ended, ready)) => {
                tries = 0;
                hands.set_tmux(Some(tmux));
                hands.say_tmux("running".to_owned());
                hands.saw(ready).await;
                let reason = tokio::select! {
                    reason = ended => reason.unwrap_or_else(|_| "its connection ended".to_owned()),
                    _ = leaving.wait_for(|leaving| *leaving) => return,
                };
                hands.set_tmux(None);
                hands.say_tmux(reason.clone());
                tracing::warn!(reason, "the connection to our tmux server ended");
                hands.saw(Observation::TmuxLost { reason }).await;
            }
            Err(why) => {
                hands.set_tmux(None);
                hands.say_tmux(why.clone());
                tracing::warn!(why, "our tmux server is out of reach");
            }
        }
        let pause = PAUSES_MS[tries.min(PAUSES_MS.len() - 1)];
        tries += 1;
        tokio::select! {
            () = sleep(Duration::from_millis(pause)) => {}
            _ = leaving.wait_for(|leaving| *leaving) => return,
        }
    }
}

async fn connect(hands: &Hands) -> Result<(Tmux, tmux::Ended, Observation), String> {
    tmux::version().map_err(|error| error.to_string())?;
    let socket = find_or_start(hands).await?;
    point(&hands.places.tmux(), &socket)
        .map_err(|error| format!("link {} to it: {error}", hands.places.tmux().display()))?;
    let (tmux, ended) = Tmux::connect(&socket).await.map_err(|error| error.to_string())?;
    let panes = timeout(LIST_WITHIN, tmux.panes())
        .await
        .map_err(|_| "it does not list its panes in time".to_owned())?
        .map_err(|error| error.to_string())?;
    let ready = Observation::TmuxReady {
        server_pid: tmux.server_pid(),
        version: tmux.version().to_owned(),
        panes,
    };
    Ok((tmux, ended, ready))
}

/// The socket of the server that runs, wherever a former supervisor started it; else of a new one.
async fn find_or_start(hands: &Hands) -> Result<PathBuf, String> {
    // Before anything is asked: a server whose unit starts it reads it without us.
    let configuration = hands.places.tmux_configuration();
    tmux::write_configuration(&configuration)
        .map_err(|error| format!("write {}: {error}", configuration.display()))?;
    let here = sockets::directory(&hands.places).join("tmux.sock");
    let mut known = vec![here.clone()];
    known.extend(std::fs::read_link(hands.places.tmux()));
    for socket in known {
        if tmux::answers(&socket).await.map_err(|error| error.to_string())?.is_some() {
            return Ok(socket);
        }
    }
    if systemd::notify::kept_by_systemd() {
        let manager = systemd::manager().await.map_err(|error| error.to_string())?;
        let manager = manager.ok_or_else(|| "the user manager is gone".to_owned())?;
        manager.start(units::TMUX).await.map_err(|error| error.to_string())?;
        // Its unit counts as started before the server listens.
        tmux::answers_soon(&here).await.map_err(|error| error.to_string())?;
    } else {
        tmux::start_detached(&here, &configuration).await.map_err(|error| error.to_string())?;
    }
    Ok(here)
}
