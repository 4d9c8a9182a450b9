//! Panes and the lives in them: make, close, GO, stop, watch.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::output;
use crate::daemon::guest_socket::exited;
use crate::daemon::hands::Hands;
use crate::daemon::starts::Went;
use crate::fleet::{
    Address, Agent, AgentName, Conversation, Definition, Exit, Fleet, Observation, Pane, SessionId,
};
use crate::host::files::private_directory;
use crate::host::process::{self, PidFd};
use crate::host::runtime::{self, LaunchAsked, Said};
use crate::host::tmux::{NewPane, Tmux, TmuxError};
use crate::places;
use crate::protocol::{ExitRecord, ToGuest};

/// pane-exec lingers 150 ms for the last output and then leaves; longer is a broken one.
const LEAVES_WITHIN: Duration = Duration::from_secs(2);

/// Makes an agent's pane, or finds the one that was made for it before.
pub async fn create(hands: Arc<Hands>, agent: AgentName, definition: Definition, after_ms: u64) {
    sleep(Duration::from_millis(after_ms)).await;
    let place = hands.take_place(&agent).await;
    let made = match hands.tmux() {
        Some(tmux) => find_or_make(&hands, &tmux, &agent, &definition)
            .await
            .map_err(|error| error.to_string()),
        None => Err("our tmux server does not answer".to_owned()),
    };
    drop(place);
    match made {
        Ok(pane) => {
            let name = agent.clone();
            hands.saw(Observation::PaneCreated { agent, pane }).await;
            // pane-exec may have said hello before anybody knew its pane.
            if let Some(hello) = hands.guests.hello_of_pane(&name) {
                hands.saw(hello).await;
            }
        }
        Err(reason) => hands.saw(Observation::PaneFailed { agent, reason }).await,
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
    if let Ok(process) = PidFd::open(pane_pid) {
        let gone = timeout(LEAVES_WITHIN, process.gone()).await;
        if gone.is_err() {
            drop(process.signal(Signal::SIGKILL as i32));
        }
    }
    // The windows of a server that is gone are gone; its successor counts from the start again.
    if let Some(tmux) = hands.tmux().filter(|tmux| tmux.server_pid() == server_pid)
        && let Err(error) = tmux.close_window(&window).await
    {
        tracing::warn!(%agent, window, %error, "close the window of a pane");
    }
}

/// What GO needs.
pub struct Go {
    /// Whose life.
    pub agent: AgentName,
    /// Which.
    pub session: SessionId,
    /// What its channels must show.
    pub token: String,
    /// What to start.
    pub definition: Box<Definition>,
    /// The conversation to begin or to go on with.
    pub conversation: Conversation,
    /// `%N`.
    pub pane: String,
}

/// Gives GO: what it takes to start is worked out now, so that files and secrets are fresh.
pub async fn go(hands: Arc<Hands>, go: Go) {
    let (agent, session) = (go.agent.clone(), go.session.clone());
    let asked = Arc::clone(&hands);
    let (pane, records) = (go.pane.clone(), go.definition.output.record);
    let planned = tokio::task::spawn_blocking(move || plan(&asked, &go)).await;
    let failed = match planned {
        Ok(Ok((frame, conversation))) => {
            if let Some(tmux) = hands.tmux()
                && let Err(error) = tmux.clear(&pane).await
            {
                tracing::warn!(%agent, pane, %error, "clear a pane for its next session");
            }
            if records {
                output::tap(&hands, &agent, &pane).await;
            }
            match hands.starts.go(&session, || hands.guests.say_to_pane(&agent, frame)) {
                Went::Out => {
                    let reported =
                        Observation::ConversationReported { agent, session, conversation };
                    return hands.saw(reported).await;
                }
                Went::Nowhere => Exit::Lost("its pane left before GO reached it".to_owned()),
                Went::Stopped => Exit::NotStarted("it was stopped before it started".to_owned()),
            }
        }
        Ok(Err(why)) => Exit::NotStarted(why),
        Err(panic) => Exit::NotStarted(format!("its start could not be worked out: {panic}")),
    };
    hands.starts.end(&session);
    let (last_words, left_behind) = (Vec::new(), 0);
    hands
        .saw(Observation::SessionExited { agent, session, exit: failed, last_words, left_behind })
        .await;
}

fn plan(hands: &Hands, go: &Go) -> Result<(ToGuest, String), String> {
    let snapshot = hands.snapshots.borrow().clone();
    let files = hands.places.runtime(go.agent.as_str());
    private_directory(&files).map_err(|error| error.to_string())?;
    let home = places::home().map_err(|error| error.to_string())?;
    let address = Address {
        agent: go.agent.clone(),
        host: snapshot.fleet.host.label.clone(),
        tenant: snapshot.fleet.tenant.label.clone(),
    };
    let launch = runtime::launch(&LaunchAsked {
        definition: &go.definition,
        address: &address,
        session: &go.session,
        token: &go.token,
        conversation: &go.conversation,
        guest_socket: &hands.places.guest(),
        spool: &hands.places.spool(),
        files: &files,
        mosaic: &hands.mosaic,
        traceparent: hands.take_trace(&go.session.0).as_deref(),
        home: &home,
        moved_to: hands.places.moved_to(),
        user: &places::user_name(),
    })
    .map_err(|error| error.to_string())?;
    let frame = ToGuest::Go {
        session: go.session.to_string(),
        argv: launch.argv,
        cwd: launch.cwd.to_string_lossy().into_owned(),
        env: launch.env,
        files: hands.files,
        output: output::plan(hands, &go.agent, go.definition.output),
    };
    Ok((frame, launch.conversation))
}

/// Asks the session to leave; when nobody hears it, decide enforces it after its time.
pub fn stop(hands: &Hands, agent: &AgentName, session: &SessionId, signal: &str, grace_ms: u64) {
    if hands.starts.stop(session) {
        return;
    }
    let signal = match signal {
        "INT" => Signal::SIGINT,
        "HUP" => Signal::SIGHUP,
        "QUIT" => Signal::SIGQUIT,
        "USR1" => Signal::SIGUSR1,
        "USR2" => Signal::SIGUSR2,
        _ => Signal::SIGTERM,
    } as i32;
    let frame = ToGuest::Stop { session: session.to_string(), signal, grace_ms };
    if !hands.guests.say_to_pane(agent, frame) {
        tracing::warn!(%agent, %session, "a stop found no pane to tell; it is enforced later");
    }
}

/// The exit is in the journal: its record may go.
pub fn forget_exit(hands: &Hands, agent: &AgentName, session: &SessionId) {
    hands.guests.say_to_pane(agent, ToGuest::ExitRecorded { session: session.to_string() });
    // A pane that is gone does not remove its record itself.
    drop(std::fs::remove_file(record_of(hands, session)));
}

fn record_of(hands: &Hands, session: &SessionId) -> std::path::PathBuf {
    hands.places.exits().join(format!("{session}.json"))
}

/// Watches a pane's first process: when it goes, what it recorded is told first.
pub async fn watch(hands: Arc<Hands>, agent: AgentName, pane_pid: u32) {
    let Some(begun) = hands.watched.begin(&pane_pid) else { return };
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

/// What one runtime's files can say before anybody takes it.
const SAID_MAX: usize = 16;

/// Follows what a runtime's own files say of it.
pub fn follow_runtime(
    hands: &Arc<Hands>,
    agent: AgentName,
    session: SessionId,
    pid: u32,
    definition: Definition,
) {
    let (say, mut said) = mpsc::channel(SAID_MAX);
    let (told, name) = (Arc::clone(hands), agent.clone());
    let follower = tokio::spawn(async move {
        let started = process::started(pid).unwrap_or_default();
        let home = places::home().unwrap_or_default();
        // The sender goes with the follower, and with it the telling ends.
        let following =
            async move { runtime::follow(&definition, &home, pid, started, &say).await };
        let telling = async {
            while let Some(news) = said.recv().await {
                let (agent, session) = (name.clone(), session.clone());
                let observation = match news {
                    Said::Activity(activity) => {
                        Observation::ActivityReported { agent, session, activity }
                    }
                    Said::Conversation(conversation) => {
                        Observation::ConversationReported { agent, session, conversation }
                    }
                };
                told.saw(observation).await;
            }
        };
        let (followed, ()) = tokio::join!(following, telling);
        if let Err(error) = followed {
            tracing::warn!(agent = %name, pid, %error, "follow the files of a runtime");
        }
    });
    hands.set_follower(&agent, Some(follower.abort_handle()));
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
