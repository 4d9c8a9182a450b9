//! `fleet up`: starts the supervisor where none runs, applies the roster, waits for verdicts.

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::ChildStdout;

use super::enable::{self, Keeper};
use super::settle::{Awaited, Settled, Whom, settle};
use super::{LocalError, detach, log, state};
use crate::host::process;
use crate::host::tmux;
use crate::places::Places;
use crate::wire::client::{Client, ClientError};
use crate::wire::{ApplyAsked, ApplyReply, ErrorBody, ErrorCode, Row, SupervisorStatus};

/// Opening and replaying a journal of millions of events takes seconds, not more.
const READY_DEADLINE: Duration = Duration::from_secs(20);

/// From one try to connect to the next: a start takes some ten milliseconds.
const RETRY: Duration = Duration::from_millis(20);

/// A supervisor that was killed listens until the kernel has taken it down, some milliseconds; one
/// that breaks off for so long is of another kind.
const ENDING_DEADLINE: Duration = Duration::from_secs(2);

/// What to do without a tmux; the error says where it comes from.
const TMUX_COMES_BY: &str = "install it, then run `mosaic fleet up` again";

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
    /// The fleet when every agent had its verdict, or when the wait was over.
    pub rows: Vec<Row>,
    /// Agents that ended before they were up, and have not come up since.
    pub over: Vec<String>,
    /// Agents without a verdict when the wait was over.
    pub pending: Vec<String>,
}

/// Starts what is not there, applies the roster, waits; `say` hears of each step.
pub async fn up(
    places: &Places,
    asked: &Up,
    say: &mut dyn FnMut(&str),
) -> Result<Upped, LocalError> {
    let client = Client::new(&places.control());
    let supervisor = match status(&client).await {
        Ok(status) => status,
        Err(error) if error.is_absence() => start(places, &client, say).await?,
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
    let applied = client.apply(&ApplyAsked { path, start: true, agreed: None }).await?;
    let awaited = Awaited { seq: applied.seq, whom: Whom::All, wait: asked.wait };
    let Settled { rows, over, pending, reached: _ } = settle(&client, &awaited).await?;
    Ok(Upped { applied, rows, over, pending })
}

/// Starts a supervisor that is not there, when the journal can tell it what to keep: it comes back
/// with the roster that was applied last. Whether one came back that knows a roster.
pub async fn revive(places: &Places, say: &mut dyn FnMut(&str)) -> Result<bool, LocalError> {
    let client = Client::new(&places.control());
    match status(&client).await {
        Ok(_) => Ok(false),
        Err(error) if error.is_absence() && places.journal().exists() => {
            Ok(start(places, &client, say).await?.roster.is_some())
        }
        Err(error) if error.is_absence() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What the supervisor says; one that breaks off is just ending, and is asked until it is gone.
async fn status(client: &Client) -> Result<SupervisorStatus, ClientError> {
    let asking = async {
        loop {
            match client.status().await {
                Err(ClientError::Left { .. }) => tokio::time::sleep(RETRY).await,
                answer => return answer,
            }
        }
    };
    match tokio::time::timeout(ENDING_DEADLINE, asking).await {
        Ok(answer) => answer,
        Err(_) => client.status().await,
    }
}

/// Starts the supervisor: in its unit, where units are enabled.
async fn start(
    places: &Places,
    client: &Client,
    say: &mut dyn FnMut(&str),
) -> Result<SupervisorStatus, LocalError> {
    if let Ok(agent) = std::env::var("MOSAIC_AGENT") {
        return Err(LocalError::said(
            ErrorCode::Refused,
            format!("this runs inside agent \"{agent}\": a supervisor from here would end with it"),
            "run `mosaic fleet up` from a shell outside the fleet",
        ));
    }
    state::private_directory(&places.state)?;
    has_tmux()?;
    let why = match enable::start_enabled(places).await? {
        Keeper::Units(done) => {
            say(&done.join("; "));
            return answers_in_its_unit(client).await;
        }
        Keeper::Nobody(why) => why,
    };
    why.iter().for_each(|sentence| say(sentence));
    // Said here, where a person reads it, and not only in the log of one that did not come up.
    state::private_directory(&places.sockets())?;
    let status = start_detached(places, client).await?;
    say(&format!("supervisor {} started; log: {}", status.pid, places.log().display()));
    Ok(status)
}

async fn answers_in_its_unit(client: &Client) -> Result<SupervisorStatus, LocalError> {
    match tokio::time::timeout(READY_DEADLINE, answers(client)).await {
        Ok(status) => Ok(status?),
        Err(_) => Err(LocalError::said(
            ErrorCode::Failed,
            format!("the supervisor does not answer after {} s", READY_DEADLINE.as_secs()),
            "`journalctl --user -u mosaic-supervisor` says why",
        )),
    }
}

async fn start_detached(places: &Places, client: &Client) -> Result<SupervisorStatus, LocalError> {
    let written = log::length(&places.log());
    let alive = detach::start(places).await?;
    let (code, ended) = tokio::select! {
        begun = begun(alive) => match begun {
            Begun::Serves => return Ok(client.status().await?),
            Begun::Forbidden => (ErrorCode::Forbidden, "it may not".to_owned()),
            Begun::Ended => (ErrorCode::Failed, "it ended at once".to_owned()),
        },
        () = tokio::time::sleep(READY_DEADLINE) => {
            (ErrorCode::Failed, format!("it does not answer after {} s", READY_DEADLINE.as_secs()))
        }
    };
    // Another one may have been faster: then ours left, and that one serves, or soon will.
    if process::holder(&places.lock()).is_ok_and(|holder| holder.is_some())
        && let Ok(Ok(status)) = tokio::time::timeout(READY_DEADLINE, answers(client)).await
    {
        return Ok(status);
    }
    Err(LocalError::Said(ErrorBody {
        code,
        message: format!("the supervisor did not come up: {ended}"),
        hint: Some(format!("its log: {}", places.log().display())),
        details: log::tail(&places.log(), written, TAIL),
        holder: None,
    }))
}

/// Connects until somebody answers: for a supervisor that is not our child, so that nothing of it
/// tells us when it serves.
async fn answers(client: &Client) -> Result<SupervisorStatus, ClientError> {
    loop {
        match client.status().await {
            Err(error) if error.is_absence() => tokio::time::sleep(RETRY).await,
            answer => return answer,
        }
    }
}

/// How a supervisor that was started began.
enum Begun {
    Serves,
    /// Something belongs to another user.
    Forbidden,
    /// Its log says why.
    Ended,
}

/// How the supervisor that was started began: it holds the other end, and writes a line into it
/// once; without that the pipe ends with it.
async fn begun(starts: ChildStdout) -> Begun {
    let mut word = String::new();
    match BufReader::new(starts.take(64)).read_line(&mut word).await {
        Ok(_) if word == "ready\n" => Begun::Serves,
        Ok(_) if word == "forbidden\n" => Begun::Forbidden,
        Ok(_) | Err(_) => Begun::Ended,
    }
}

/// Nothing runs without tmux; said here, before anything is started.
fn has_tmux() -> Result<(), LocalError> {
    tmux::version()
        .map(drop)
        .map_err(|error| LocalError::said(ErrorCode::Missing, error.whole(), TMUX_COMES_BY))
}
