//! Who sits at the agents' keyboards: asked whenever tmux tells that somebody came or left.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::hands::Hands;
use crate::fleet::{AgentName, LeaseId, Observation, SeenClient};
use crate::host::process::{self, PidFd};
use crate::host::tmux::{Client, Tmux};

/// A server that did not answer this time tells nobody when it will.
const AGAIN: Duration = Duration::from_secs(1);

/// Tells who sits there, once at the beginning and then at every change.
pub async fn follow(hands: &Hands, tmux: &Tmux) -> Infallible {
    let mut arrivals = tmux.arrivals();
    loop {
        arrivals.mark_unchanged();
        match tmux.clients().await {
            Ok(clients) => hands.saw(seen(hands, tmux.server_pid(), clients)).await,
            Err(error) => {
                tracing::warn!(%error, "ask who is attached");
                sleep(AGAIN).await;
                continue;
            }
        }
        if arrivals.changed().await.is_err() {
            // The connection is over, and whoever keeps it knows.
            return std::future::pending().await;
        }
    }
}

fn seen(hands: &Hands, server_pid: u32, clients: Vec<Client>) -> Observation {
    let snapshot = hands.snapshots.borrow().clone();
    let held = snapshot.fleet.agents.values().filter_map(|agent| agent.lease.as_ref());
    let ttys = held.filter_map(|lease| lease.tty.clone());
    let lost_ttys = ttys.filter(|tty| is_lost(tty)).collect();
    let clients = clients.into_iter().map(told_apart).collect();
    Observation::ClientsSeen { server_pid, clients, lost_ttys }
}

fn told_apart(client: Client) -> SeenClient {
    let Client { session, window, pid, user, tty } = client;
    let parent = process::parent(pid);
    let by_attach = parent.is_some_and(is_attach);
    SeenClient { session, window, pid, parent, by_attach, tty, user }
}

/// Whether a process is a `mosaic … attach`.
fn is_attach(pid: u32) -> bool {
    let arguments = process::arguments(pid);
    let program = arguments.first().and_then(|word| Path::new(word).file_name());
    program.is_some_and(|name| name == "mosaic") && arguments.iter().any(|word| word == "attach")
}

/// The kernel takes a pseudo-terminal's name away with the terminal, before anybody hears of it.
fn is_lost(tty: &str) -> bool {
    tty.starts_with("/dev/") && !Path::new(tty).exists()
}

/// Waits for the end of a process that holds a keyboard.
pub async fn follow_holder(
    hands: Arc<Hands>,
    (agent, lease): (AgentName, LeaseId),
    pid: u32,
    tty: Option<String>,
) {
    PidFd::until_gone(pid).await;
    let lost_tty = tty.as_deref().is_some_and(is_lost);
    hands.saw(Observation::HolderGone { agent, lease, lost_tty }).await;
}

/// Has a client leave.
pub async fn let_go(hands: Arc<Hands>, (session, window): (String, String), client: u32) {
    let Some(tmux) = hands.tmux() else { return };
    if let Err(error) = tmux.let_go(&session, &window, client).await {
        tracing::warn!(session, client, %error, "have a client leave");
    }
}

/// Shows a notice to everybody who sits in a session, until it is over.
pub async fn notify(hands: Arc<Hands>, session: String, notice: Option<String>) {
    let Some(tmux) = hands.tmux() else { return };
    if let Err(error) = tmux.notify(&session, notice.as_deref()).await {
        tracing::warn!(session, %error, "tell who sits at a keyboard");
    }
}
