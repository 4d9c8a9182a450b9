//! Lives in panes: GO, stop, what their runtime's files say, and the record of their end.

use std::path::PathBuf;
use std::sync::Arc;

use nix::sys::signal::Signal;
use tokio::sync::mpsc;

use super::output;
use crate::daemon::hands::Hands;
use crate::daemon::starts::Went;
use crate::fleet::{Address, AgentName, Conversation, Definition, Exit, Observation, SessionId};
use crate::host::files::private_directory;
use crate::host::process;
use crate::host::runtime::{self, LaunchAsked, Said};
use crate::places;
use crate::protocol::ToGuest;

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

/// Where pane-exec writes how a life ended.
pub fn record_of(hands: &Hands, session: &SessionId) -> PathBuf {
    hands.places.exits().join(format!("{session}.json"))
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
