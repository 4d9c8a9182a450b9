//! Panes and their windows: make, close, size, and the end of the first process in them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::time::{sleep, timeout};

use super::lives::record_of;
use crate::daemon::guest_socket::exited;
use crate::daemon::hands::Hands;
use crate::fleet::{Agent, AgentName, Definition, Fleet, Observation, Pane};
use crate::host::process::{self, PidFd};
use crate::host::tmux::{NewPane, Tmux, TmuxError};
use crate::protocol::{ExitRecord, ToGuest};

/// pane-exec lingers 150 ms for the last output and then leaves; longer is a broken one.
const LEAVES_WITHIN: Duration = Duration::from_secs(2);

/// Makes an agent's pane, or finds the one that was made for it before.
pub async fn create(hands: Arc<Hands>, agent: AgentName, definition: Definition, after_ms: u64) {
    sleep(Duration::from_millis(after_ms)).await;
    let place = hands.take_place(&agent).await;
    let made = made(&hands, &agent, &definition).await;
    drop(place);
    match made {
        Some(Ok(pane)) => hands.saw(Observation::PaneCreated { agent, pane }).await,
        Some(Err(error)) => {
            let reason = error.to_string();
            hands.saw(Observation::PaneFailed { agent, reason }).await;
        }
        None => {}
    }
}

/// `None` when the connection to tmux ends before it answers, which is no failure of the agent's:
/// with the next connection it is seen what was made, and asked again for what was not.
async fn made(
    hands: &Hands,
    agent: &AgentName,
    definition: &Definition,
) -> Option<Result<Pane, TmuxError>> {
    let tmux = hands.tmux()?;
    loop {
        match find_or_make(hands, &tmux, agent, definition).await {
            // It may be made yet, and an answer to the next question says so: tmux does one thing
            // after the other.
            Err(error) if error.is_late() => tracing::warn!(%agent, %error, "it is asked again"),
            Err(error) if error.is_of_connection() => return None,
            answer => return Some(answer),
        }
    }
}

async fn find_or_make(
    hands: &Hands,
    tmux: &Tmux,
    agent: &AgentName,
    definition: &Definition,
) -> Result<Pane, TmuxError> {
    if let Some(found) = tmux.pane_of(agent.as_str()).await? {
        return Ok(Pane {
            id: found.id,
            window: found.window,
            session: found.session,
            pid: found.pid,
            server_pid: tmux.server_pid(),
            connected: false,
            connection: 0,
        });
    }
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let argv = [
        text(&hands.mosaic),
        "pane-exec".to_owned(),
        agent.to_string(),
        "--socket".to_owned(),
        text(&hands.places.guest()),
        "--exits".to_owned(),
        text(&hands.places.exits()),
    ];
    let new = NewPane {
        agent,
        argv: &argv,
        cwd: &definition.workspace,
        columns: definition.size.columns,
        rows: definition.size.rows,
        history: hands.snapshots.borrow().fleet.tmux_plan.history(),
    };
    tmux.create_pane(&new).await
}

/// Tells a pane to leave, and sees that it and its window are gone.
pub async fn close(
    hands: Arc<Hands>,
    agent: AgentName,
    window: String,
    server_pid: u32,
    pane_pid: u32,
) {
    let _place = hands.take_place(&agent).await;
    hands.guests.say_to_pane(&agent, ToGuest::Close);
    // Held first: what is asked then is asked of the process that is held. A pane may be long dead,
    // and its pid another's.
    if let Ok(process) = PidFd::open(pane_pid)
        && is_pane_of(pane_pid, &agent)
    {
        let gone = timeout(LEAVES_WITHIN, process.gone()).await;
        if gone.is_err() {
            drop(process.signal(Signal::SIGKILL as i32));
        }
    }
    close_window(&hands, &window, server_pid).await;
}

/// Whether a process is the first one of an agent's pane.
fn is_pane_of(pid: u32, agent: &AgentName) -> bool {
    let arguments = process::arguments(pid);
    arguments.get(1).is_some_and(|word| word == "pane-exec")
        && arguments.get(2).is_some_and(|word| word == agent.as_str())
}

/// Closes a window. Those of a server that is gone are gone; its successor counts from the start
/// again.
pub async fn close_window(hands: &Hands, window: &str, server_pid: u32) {
    if let Some(tmux) = hands.tmux().filter(|tmux| tmux.server_pid() == server_pid)
        && let Err(error) = tmux.close_window(window).await
    {
        tracing::warn!(window, %error, "close the window of a pane");
    }
}

/// Watches a pane's first process: when it goes, what it recorded is told first.
pub async fn watch(hands: Arc<Hands>, agent: AgentName, pane_pid: u32) {
    let Some(begun) = hands.watched.begin(&pane_pid) else { return };
    // pane-exec may have said hello before anybody knew its pane.
    if let Some(hello) = hands.guests.hello_of_pane(&agent) {
        hands.saw(hello).await;
    }
    PidFd::until_gone(pane_pid).await;
    drop(begun);
    let snapshot = hands.snapshots.borrow().clone();
    let session = snapshot.fleet.agent(&agent).and_then(|agent| agent.session.clone());
    if let Some(session) = session
        && let Ok(text) = std::fs::read(record_of(&hands, &session.id))
        && let Ok(record) = serde_json::from_slice::<ExitRecord>(&text)
    {
        exited(&hands, &agent, record).await;
    }
    hands.saw(Observation::PaneGone { agent, pane_pid }).await;
}

/// The size that the agent of a window is to have now; none within is its holder's.
fn wanted_size(fleet: &Fleet, window: &str) -> Option<Option<(u16, u16)>> {
    let is_its = |agent: &&Arc<Agent>| agent.pane.as_ref().is_some_and(|p| p.window == window);
    let agent = fleet.agents.values().find(is_its)?;
    let size = agent.started_as().size;
    let follows = agent.lease.as_ref().is_some_and(|lease| lease.resize);
    Some((!follows).then_some((size.columns, size.rows)))
}

/// Gives a window its size, or lets it follow the one who attaches. Of two that come close
/// together the later one may be served first: what the fleet says by then holds for both.
pub async fn resize(hands: Arc<Hands>, window: String, size: Option<(u16, u16)>) {
    let _turn = hands.sizing.lock().await;
    let Some(tmux) = hands.tmux() else { return };
    let size = wanted_size(&hands.snapshots.borrow().fleet, &window).unwrap_or(size);
    let resized = match size {
        Some((columns, rows)) => tmux.set_size(&window, columns, rows).await,
        None => tmux.follow_size(&window).await,
    };
    if let Err(error) = resized {
        tracing::warn!(window, %error, "size a window");
    }
}
