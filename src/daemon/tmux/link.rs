//! Keeps the connection to our tmux server: connects to the one that is found or started, and comes
//! back. A failed question, or a connection that ended, is never taken for an absent server.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::hold::Hold;
use super::server;
use crate::daemon::hands::Hands;
use crate::daemon::keyboards;
use crate::daemon::sockets::point;
use crate::fleet::{Observation, SeenPane};
use crate::host::files;
use crate::host::tmux::{self, Tmux};

/// From one try to the next: a server that just died is wanted back at once, one that cannot be
/// started is not asked for without end.
const PAUSES_MS: [u64; 6] = [20, 100, 500, 1000, 2000, 5000];

/// A tmux that comes where `PATH` looks is told; one that comes by a mount, or behind a link that was
/// there before, is looked for after so long.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// A pane list of a busy server comes in milliseconds; this long is no answer.
const LIST_WITHIN: Duration = Duration::from_secs(5);

/// A server whose connection ended, and why.
struct Unheard {
    hold: Hold,
    reason: String,
}

impl Unheard {
    /// Waits until its process is gone; for ever where there is none, or nobody can tell.
    async fn gone(unheard: Option<&Self>) {
        match unheard {
            Some(unheard) => unheard.hold.gone().await,
            None => std::future::pending().await,
        }
    }
}

/// Connects again and again until the supervisor leaves.
pub async fn keep(hands: Arc<Hands>, mut leaving: watch::Receiver<bool>) {
    let mut tries = 0;
    let mut told = None;
    // One that lives, and that nobody reaches any more: a second one would double every agent.
    let mut unheard = Hold::of_fleet(&hands)
        .map(|hold| Unheard { hold, reason: "its process is gone".to_owned() });
    while !*leaving.borrow() {
        let connected = match find(&hands, &mut unheard).await {
            Ok(Some(socket)) => connect(&hands, socket).await,
            Ok(None) => {
                // What the roster says of the socket comes before the server.
                let Some(plan) = server::plan(&hands, &mut leaving).await else { return };
                match server::start(&hands, &plan).await {
                    Ok(socket) => connect(&hands, socket).await,
                    Err(why) => Err(why),
                }
            }
            Err(why) => Err(why),
        };
        match connected {
            Ok((socket, tmux, ended, ready)) => {
                (tries, told) = (0, None);
                let hold = Hold::of(tmux.server_pid(), socket);
                let link = tmux.clone();
                hands.link.found(tmux);
                hands.saw(ready).await;
                let reason = tokio::select! {
                    reason = ended => reason.unwrap_or_else(|_| "its connection ended".to_owned()),
                    never = hold.keep_socket() => match never {},
                    never = keyboards::follow(&hands, &link) => match never {},
                    _ = leaving.wait_for(|leaving| *leaving) => return,
                };
                hands.link.lost(reason.clone());
                tracing::warn!(reason, "the connection to our tmux server ended");
                unheard = Some(Unheard { hold, reason });
            }
            Err(why) => {
                hands.link.lost(why.clone());
                // Once: it may be so for days.
                if told.as_ref() != Some(&why) {
                    tracing::warn!(why, "our tmux server is out of reach");
                    told = Some(why);
                }
            }
        }
        let pause = PAUSES_MS[tries.min(PAUSES_MS.len() - 1)];
        tries += 1;
        let is_installed = tmux::places().iter().any(|place| place.symlink_metadata().is_ok());
        tokio::select! {
            () = Unheard::gone(unheard.as_ref()) => {}
            () = sleep(Duration::from_millis(pause)), if is_installed => {}
            () = installed(), if !is_installed => tries = 0,
            _ = leaving.wait_for(|leaving| *leaving) => return,
        }
    }
}

/// Waits until a tmux is where `PATH` looks, or it is time to look again.
async fn installed() {
    let mut arrivals = JoinSet::new();
    for place in tmux::places() {
        arrivals.spawn(async move { files::arrived(&place).await });
    }
    let one_came = async {
        while let Some(ended) = arrivals.join_next().await {
            if matches!(ended, Ok(Ok(()))) {
                return;
            }
        }
        // None of the directories can be watched.
        std::future::pending::<()>().await;
    };
    // Late is as good as that it came: the next try says what there is.
    timeout(LOOK_AGAIN, one_came).await.ok();
}

/// The server that runs. Where nothing listens and the one that we had lives, it makes its socket
/// anew; it is lost when its process is gone, or nobody can say whether it is. Where another one
/// answers, the fleet sees by its pid.
async fn find(hands: &Hands, unheard: &mut Option<Unheard>) -> Result<Option<PathBuf>, String> {
    let found = tokio::select! {
        biased;
        () = Unheard::gone(unheard.as_ref()) => Ok(None),
        found = server::find(hands) => found,
    };
    let (Ok(None), Some(Unheard { hold, reason })) = (&found, unheard.as_ref()) else {
        return found;
    };
    if let Some(socket) = hold.make_socket_anew().await? {
        return Ok(Some(socket));
    }
    hands.saw(Observation::TmuxLost { reason: reason.clone() }).await;
    *unheard = None;
    // Another one may be there already.
    server::find(hands).await
}

async fn connect(
    hands: &Hands,
    socket: PathBuf,
) -> Result<(PathBuf, Tmux, tmux::Ended, Observation), String> {
    point(&hands.places.tmux(), &socket)
        .map_err(|error| format!("link {} to it: {error}", hands.places.tmux().display()))?;
    let (tmux, ended) = Tmux::connect(&socket).await.map_err(|error| error.whole())?;
    let mut panes = list(&tmux).await?;
    if lacks_one(&panes, &known_panes(hands, tmux.server_pid())) {
        panes = confirmed(panes, list(&tmux).await?);
    }
    let ready = Observation::TmuxReady {
        server_pid: tmux.server_pid(),
        version: tmux.version().to_owned(),
        panes,
    };
    Ok((socket, tmux, ended, ready))
}

async fn list(tmux: &Tmux) -> Result<Vec<SeenPane>, String> {
    let listed = timeout(LIST_WITHIN, tmux.panes()).await;
    listed
        .map_err(|_| "it does not list its panes in time".to_owned())?
        .map_err(|error| error.whole())
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
