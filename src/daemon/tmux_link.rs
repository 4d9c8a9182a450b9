//! Keeps the connection to our tmux server: starts the server where nobody else does, connects,
//! and comes back. A failed question is never taken for an absent server.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::hands::Hands;
use super::sockets::{self, point};
use crate::fleet::{Observation, SeenPane, TmuxPlan};
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
        let connected = match find(&hands).await {
            Ok(Some(socket)) => connect(&hands, &socket).await,
            Ok(None) => {
                // What the roster says of the socket comes before the server.
                let Some(plan) = plan(&hands, &mut leaving).await else { return };
                match start(&hands, &plan).await {
                    Ok(socket) => connect(&hands, &socket).await,
                    Err(why) => Err(why),
                }
            }
            Err(why) => Err(why),
        };
        match connected {
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
async fn plan(hands: &Hands, leaving: &mut watch::Receiver<bool>) -> Option<TmuxPlan> {
    let mut snapshots = hands.snapshots.clone();
    if snapshots.borrow().fleet.roster_path.is_none() {
        hands.set_tmux(None);
        hands.say_tmux("no roster was applied yet, so nothing needs one".to_owned());
    }
    tokio::select! {
        seen = snapshots.wait_for(|seen| seen.fleet.roster_path.is_some()) => {
            seen.ok().map(|seen| seen.fleet.tmux_plan.clone())
        }
        _ = leaving.wait_for(|leaving| *leaving) => None,
    }
}

async fn connect(hands: &Hands, socket: &Path) -> Result<(Tmux, tmux::Ended, Observation), String> {
    point(&hands.places.tmux(), socket)
        .map_err(|error| format!("link {} to it: {error}", hands.places.tmux().display()))?;
    let (tmux, ended) = Tmux::connect(socket).await.map_err(|error| error.to_string())?;
    let mut panes = list(&tmux).await?;
    if lacks_one(&panes, &known_panes(hands, tmux.server_pid())) {
        panes = confirmed(panes, list(&tmux).await?);
    }
    let ready = Observation::TmuxReady {
        server_pid: tmux.server_pid(),
        version: tmux.version().to_owned(),
        panes,
    };
    Ok((tmux, ended, ready))
}

async fn list(tmux: &Tmux) -> Result<Vec<SeenPane>, String> {
    let listed = timeout(LIST_WITHIN, tmux.panes()).await;
    listed
        .map_err(|_| "it does not list its panes in time".to_owned())?
        .map_err(|error| error.to_string())
}

/// The panes that the journal knows on this server.
fn known_panes(hands: &Hands, server_pid: u32) -> Vec<String> {
    let snapshot = hands.snapshots.borrow().clone();
    let panes = snapshot.fleet.agents.values().filter_map(|agent| agent.pane.as_ref());
    panes.filter(|pane| pane.server_pid == server_pid).map(|pane| pane.id.clone()).collect()
}

/// Whether a known pane is missing, or dead.
fn lacks_one(panes: &[SeenPane], known: &[String]) -> bool {
    let lives = |id: &String| panes.iter().any(|seen| seen.id == *id && !seen.dead);
    !known.iter().all(lives)
}

/// A session is ended when its pane is gone, so one look is not believed: what lives in either
/// list lives.
fn confirmed(first: Vec<SeenPane>, second: Vec<SeenPane>) -> Vec<SeenPane> {
    let mut panes = second;
    for pane in first.into_iter().filter(|pane| !pane.dead) {
        match panes.iter_mut().find(|seen| seen.id == pane.id) {
            Some(seen) if seen.dead => *seen = pane,
            Some(_) => {}
            None => panes.push(pane),
        }
    }
    panes
}

/// The socket of the server that runs, wherever a former supervisor or a unit started it.
async fn find(hands: &Hands) -> Result<Option<PathBuf>, String> {
    tmux::version().map_err(|error| error.to_string())?;
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
        if !asked_before
            && tmux::answers(socket).await.map_err(|error| error.to_string())?.is_some()
        {
            return Ok(Some(socket.clone()));
        }
    }
    Ok(None)
}

/// Starts a server on the socket that the roster names.
async fn start(hands: &Hands, plan: &TmuxPlan) -> Result<PathBuf, String> {
    let here = sockets::directory(&hands.places).join(plan.socket());
    write_environment(hands, plan)?;
    if systemd::notify::kept_by_systemd() {
        let manager = systemd::manager().await.map_err(|error| error.to_string())?;
        let manager = manager.ok_or_else(|| "the user manager is gone".to_owned())?;
        manager.start(units::TMUX).await.map_err(|error| error.to_string())?;
        // Its unit counts as started before the server listens.
        tmux::answers_soon(&here).await.map_err(|error| error.to_string())?;
    } else {
        let configuration = hands.places.tmux_configuration();
        tmux::start_detached(&here, &configuration).await.map_err(|error| error.to_string())?;
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

#[cfg(test)]
mod tests {
    use super::{SeenPane, confirmed, lacks_one};

    fn pane(id: &str, dead: bool) -> SeenPane {
        SeenPane {
            id: id.to_owned(),
            window: "@1".to_owned(),
            session: "$1".to_owned(),
            session_name: "ada".to_owned(),
            pid: 7,
            dead,
            agent: None,
            role: None,
            command: "sh".to_owned(),
        }
    }

    #[test]
    fn r12_a_pane_is_gone_when_two_looks_say_so() {
        let known = ["%1", "%2", "%3"].map(str::to_owned);
        let full = vec![pane("%1", false), pane("%2", false), pane("%3", false)];
        assert!(!lacks_one(&full, &known));
        for miss in [vec![], vec![pane("%1", false)], vec![pane("%1", true), pane("%2", true)]] {
            assert!(lacks_one(&miss, &known), "{miss:?}");
            for looks in [(miss.clone(), full.clone()), (full.clone(), miss.clone())] {
                assert!(!lacks_one(&confirmed(looks.0, looks.1), &known), "{miss:?}");
            }
        }
        let twice = confirmed(vec![pane("%1", false)], vec![pane("%1", true), pane("%2", false)]);
        assert!(lacks_one(&twice, &known), "%3 was missed twice");
        assert!(!lacks_one(&twice, &known[..2]));
    }
}
