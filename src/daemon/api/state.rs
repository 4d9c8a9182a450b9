//! What the API holds of the supervisor: ask the dispatcher, read the rest; it owns nothing.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::watch;
use tokio::time::timeout;

use super::ApiError;
use crate::daemon::strain::Strain;
use crate::daemon::{Caller, Dispatcher, Done, Snapshot};
use crate::fleet::{AgentName, Command, MessageId, Recorded, Roster};
use crate::table::Paint;
use crate::telemetry::Telemetry;
use crate::wire::{EventRecord, ExplainReply, HistoryReply, Row, SupervisorStatus};

/// A command is durable within milliseconds; after this long the supervisor is stuck, and the
/// caller hears so instead of waiting on.
const COMMAND_DEADLINE: Duration = Duration::from_secs(30);

/// A read may look at tmux, `/proc` and D-Bus; each has its own deadline below this one.
const READ_DEADLINE: Duration = Duration::from_secs(10);

/// What a reading comes to, later.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How all rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A `PsReply`, as JSON.
    Json,
    /// The table that the command line shows, in so many columns; `None` for as many as it needs.
    Table {
        /// Columns of the terminal.
        columns: Option<usize>,
        /// Whether words are painted.
        paint: Paint,
    },
}

/// What can be read without asking the dispatcher.
pub trait Reads: Send + Sync {
    /// The supervisor itself.
    fn status(&self) -> SupervisorStatus;

    /// All rows, in this form.
    fn ps(&self, form: Form) -> Answering<'_, Result<Bytes, ApiError>>;

    /// One agent's row, for those who watch it.
    fn row(&self, agent: &AgentName) -> Answering<'_, Result<Row, ApiError>>;

    /// One agent's row with the evidence for each cell.
    fn explain(&self, agent: &AgentName) -> Answering<'_, Result<ExplainReply, ApiError>>;

    /// The last rows that scrolled off an agent's screen, so many at most, and that screen.
    fn history(
        &self,
        agent: &AgentName,
        lines: u16,
    ) -> Answering<'_, Result<HistoryReply, ApiError>>;

    /// At most `limit` events with a `seq` above `after`, oldest first, of this agent and of these
    /// types; no types are all types.
    fn events(
        &self,
        after: u64,
        limit: usize,
        agent: Option<String>,
        kinds: Vec<String>,
    ) -> Answering<'_, Result<Vec<EventRecord>, String>>;

    /// The events of a message, oldest first; none when nobody knows it.
    fn message_events(&self, id: &MessageId) -> Answering<'_, Result<Vec<Recorded>, String>>;

    /// The ids of some of the newest messages that begin so.
    fn messages_from(&self, beginning: &str) -> Answering<'_, Result<Vec<String>, String>>;

    /// The last durable event.
    fn head(&self) -> watch::Receiver<u64>;

    /// Reads and checks a roster; called where blocking is allowed.
    fn read_roster(&self, path: &str) -> Result<(Roster, Vec<String>), ApiError>;

    /// Where an agent's output lies.
    fn output_directory(&self, agent: &AgentName) -> PathBuf;

    /// What a surface runs to attach to this tmux session (`$N`).
    fn attach_argv(&self, tmux_session: &str) -> Vec<String>;
}

/// The handles that the API is given.
#[derive(Clone)]
pub struct ApiState {
    /// For commands, watchers and snapshots.
    pub dispatcher: Dispatcher,
    /// For everything that changes nothing.
    pub reads: Arc<dyn Reads>,
    /// Told when nobody can be let in.
    pub strain: Arc<Strain>,
    /// For figures of requests, and what became of those that were told.
    pub telemetry: Arc<Telemetry>,
}

impl std::fmt::Debug for ApiState {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ApiState").field("dispatcher", &self.dispatcher).finish_non_exhaustive()
    }
}

/// How long a request may take to come in.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For its head, and for a connection that is kept alive for nothing.
    pub head: Duration,
    /// For its body.
    pub body: Duration,
}

impl Default for Patience {
    /// A request comes from a process on this host: longer than this and it is stuck.
    fn default() -> Self {
        Self { head: Duration::from_secs(30), body: Duration::from_secs(10) }
    }
}

/// What every route sees.
#[derive(Clone)]
pub struct Api {
    /// For commands, watchers and snapshots.
    pub dispatcher: Dispatcher,
    /// For everything that changes nothing.
    pub reads: Arc<dyn Reads>,
    /// What became of what was told.
    pub telemetry: Arc<Telemetry>,
    /// True once the supervisor leaves: streams and waits end then.
    pub leaving: watch::Receiver<bool>,
    /// `openapi.json`, written once.
    pub spec: Bytes,
    /// How long a body may take.
    pub patience: Patience,
}

impl Api {
    /// Asks the dispatcher, with a deadline.
    pub async fn ask(&self, command: Command, caller: Caller) -> Result<Done, ApiError> {
        match timeout(COMMAND_DEADLINE, self.dispatcher.command(command, caller)).await {
            Ok(done) => done.map_err(ApiError::from),
            Err(_) => Err(ApiError::too_slow("do this command", COMMAND_DEADLINE)),
        }
    }

    /// Waits until the snapshot holds everything up to `seq`, so that a reply shows what its
    /// own command did.
    pub async fn snapshot_with(&self, seq: u64) -> Result<Arc<Snapshot>, ApiError> {
        let mut snapshots = self.dispatcher.snapshots();
        let waited = timeout(READ_DEADLINE, snapshots.wait_for(|seen| seen.seq >= seq)).await;
        match waited {
            Ok(Ok(snapshot)) => Ok(Arc::clone(&snapshot)),
            Ok(Err(_)) => Err(ApiError::leaving()),
            Err(_) => Err(ApiError::too_slow("show what the command did", READ_DEADLINE)),
        }
    }

    /// The agent, when there is one of this name.
    pub fn known(&self, name: &AgentName) -> Result<(), ApiError> {
        let snapshot = self.dispatcher.snapshot();
        match snapshot.fleet.agent(name) {
            Some(_) => Ok(()),
            None => Err(ApiError::no_such_agent(name.as_str(), &snapshot.fleet)),
        }
    }
}

/// Bounds a reading.
pub async fn read<T>(what: &str, reading: Answering<'_, T>) -> Result<T, ApiError> {
    timeout(READ_DEADLINE, reading).await.map_err(|_| ApiError::too_slow(what, READ_DEADLINE))
}

/// Returns once the supervisor leaves.
pub async fn left(leaving: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, and with it the supervisor.
    drop(leaving.wait_for(|leaving| *leaving).await);
}
