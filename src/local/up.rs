//! `fleet up`: starts the supervisor where none runs, applies the roster, waits for verdicts.

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::ChildStdout;

use super::{LocalError, detach, log, settle, state};
use crate::host::process;
use crate::host::tmux;
use crate::places::Places;
use crate::wire::client::{Client, ClientError};
use crate::wire::{ApplyAsked, ApplyReply, ErrorBody, ErrorCode, SupervisorStatus};

/// Opening and replaying a journal of millions of events takes seconds, not more.
const READY_DEADLINE: Duration = Duration::from_secs(20);

/// From one try to connect to the next: a start takes some ten milliseconds.
const RETRY: Duration = Duration::from_millis(20);

/// Where a tmux comes from.
const TMUX_COMES_BY: &str = "`apt install tmux` brings it";

/// Lines of the log that are shown when a start fails.
const TAIL: usize = 10;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Up {
    /// Absolute path of the roster; it was checked.
    pub roster: PathBuf,
    /// How long to wait for verdicts.
    pub wait: Duration,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Upped {
    /// What the roster changed.
    pub applied: ApplyReply,
    /// Agents without a verdict when the wait was over.
    pub pending: Vec<String>,
}

/// Who keeps the supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeper {
    /// Nobody: it is started detached, and started again by the next `fleet up`.
    Nobody,
}

/// Who keeps the supervisor on this machine; where units are enabled, that is systemd.
fn keeper(_places: &Places) -> Keeper {
    Keeper::Nobody
}

/// Starts what is not there, applies the roster, waits; `say` hears of each step.
pub async fn up(
    places: &Places,
    asked: &Up,
    say: &mut dyn FnMut(&str),
) -> Result<Upped, LocalError> {
    let client = Client::new(&places.control());
    let supervisor = match client.status().await {
        Ok(status) => status,
        // One that was killed a moment ago may still take a connection, and never answers on it.
        Err(error) if error.is_absence() => {
            let status = start(places, &client).await?;
            say(&format!("supervisor {} started; log: {}", status.pid, places.log().display()));
            status
        }
        Err(error) => return Err(error.into()),
    };
    if supervisor.version != env!("CARGO_PKG_VERSION") {
        say(&format!(
            "the supervisor is version {}, this program {}: `mosaic fleet down --keep-agents`, \
             then `mosaic fleet up` changes it",
            supervisor.version,
            env!("CARGO_PKG_VERSION"),
        ));
    }
    let path = asked.roster.to_string_lossy().into_owned();
    let applied = client.apply(&ApplyAsked { path, start: true }).await?;
    let pending = settle::settle(&client, applied.seq, asked.wait).await?;
    Ok(Upped { applied, pending })
}

async fn start(places: &Places, client: &Client) -> Result<SupervisorStatus, LocalError> {
    if let Ok(agent) = std::env::var("MOSAIC_AGENT") {
        return Err(LocalError::said(
            ErrorCode::Refused,
            format!("this runs inside agent \"{agent}\": a supervisor from here would end with it"),
            "run `mosaic fleet up` from a shell outside the fleet",
        ));
    }
    state::private_directory(&places.state)?;
    has_tmux()?;
    let written = log::length(&places.log());
    let alive = match keeper(places) {
        Keeper::Nobody => detach::start(places).await?,
    };
    let ended = tokio::select! {
        status = answers(client) => return Ok(status?),
        () = ended(alive) => "it ended at once".to_owned(),
        () = tokio::time::sleep(READY_DEADLINE) => {
            format!("it does not answer after {} s", READY_DEADLINE.as_secs())
        }
    };
    // Another one may have been faster: then ours left, and that one serves, or soon will.
    if process::holder(&places.lock()).is_ok_and(|holder| holder.is_some())
        && let Ok(Ok(status)) = tokio::time::timeout(READY_DEADLINE, answers(client)).await
    {
        return Ok(status);
    }
    Err(LocalError::Said(ErrorBody {
        code: ErrorCode::Failed,
        message: format!("the supervisor did not come up: {ended}"),
        hint: Some(format!("its log: {}", places.log().display())),
        details: log::tail(&places.log(), written, TAIL),
    }))
}

/// Connects until somebody answers.
async fn answers(client: &Client) -> Result<SupervisorStatus, ClientError> {
    loop {
        match client.status().await {
            Err(error) if error.is_absence() => tokio::time::sleep(RETRY).await,
            answer => return answer,
        }
    }
}

/// Ends when the supervisor does: it holds the other end, and writes nothing into it.
async fn ended(mut alive: ChildStdout) {
    let mut byte = [0u8; 64];
    while alive.read(&mut byte).await.is_ok_and(|read| read > 0) {}
}

/// Nothing runs without tmux; said here, before anything is started.
fn has_tmux() -> Result<(), LocalError> {
    tmux::version()
        .map(drop)
        .map_err(|error| LocalError::said(ErrorCode::Missing, error.to_string(), TMUX_COMES_BY))
}
