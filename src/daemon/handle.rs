//! What everybody but the dispatcher holds of it: ask, and see the last snapshot.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use crate::fleet::{AgentName, Answer, Beats, Command, Fleet, Refusal};
use crate::host::tmux::Look;

/// Who asks.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// For the journal: `cli:uid=1000`.
    pub actor: String,
    /// The process that asks, where the kernel says: who attaches is followed by it.
    pub pid: Option<u32>,
    /// The W3C trace context that the caller gave.
    pub traceparent: Option<String>,
    /// Its `Idempotency-Key`: the same key gets the first answer again.
    pub idempotency_key: Option<String>,
}

/// What a command came to; every event of it is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The last event that the command produced; the head when it changed nothing.
    pub seq: u64,
    /// What it is told.
    pub answer: Answer,
}

/// Why a command was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskError {
    /// A considered no.
    Refused(Refusal),
    /// The journal cannot take events now: why. Nothing was done.
    Journal(String),
    /// The host did not do what it should: what was attempted, and what it said.
    Host(String),
    /// The supervisor has left.
    Gone,
}

/// What a watcher of a pane gets, in order: first a screen, then what changes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// The whole screen anew.
    Screen {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
        /// The bytes that paint it on a terminal of that size.
        paint: Vec<u8>,
        /// The version of the tmux whose letters they are.
        tmux: String,
    },
    /// Bytes that bring that terminal to what the pane shows now.
    Output(Vec<u8>),
    /// The program has named its window.
    Title(String),
    /// The pane is gone; a new one may follow.
    Gone(String),
}

/// Everything that the dispatcher knows, as of one event.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// What the journal says.
    pub fleet: Arc<Fleet>,
    /// The probes of every current session.
    pub beats: Arc<Beats>,
    /// The last event that is in it.
    pub seq: u64,
    /// Why nothing can be journaled now.
    pub trouble: Option<Trouble>,
}

/// The journal takes no events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Why.
    pub reason: String,
    /// In few words: `full`, `read-only`, `failing`.
    pub word: &'static str,
    /// Since when, milliseconds since 1970.
    pub since_ms: u64,
    /// How many commands were refused for it.
    pub refused: u64,
}

/// What can be asked of the dispatcher.
#[derive(Debug)]
pub enum Ask {
    /// A command of somebody.
    Command {
        /// What.
        command: Box<Command>,
        /// Who.
        caller: Caller,
        /// Where the answer goes; nobody may be listening any more.
        reply: oneshot::Sender<Result<Done, AskError>>,
    },
    /// A live look at an agent's pane.
    Watch {
        /// Whose.
        agent: AgentName,
        /// What of it.
        look: Look,
        /// Where the answer goes.
        reply: oneshot::Sender<Result<mpsc::Receiver<Piece>, AskError>>,
    },
}

/// The handle.
#[derive(Debug, Clone)]
pub struct Dispatcher {
    asks: mpsc::Sender<Ask>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
}

impl Dispatcher {
    /// A handle over the two ends that the dispatcher keeps the other sides of.
    pub fn new(asks: mpsc::Sender<Ask>, snapshots: watch::Receiver<Arc<Snapshot>>) -> Self {
        Self { asks, snapshots }
    }

    /// Asks, and waits until the events are durable.
    pub async fn command(&self, command: Command, caller: Caller) -> Result<Done, AskError> {
        let (reply, answer) = oneshot::channel();
        let ask = Ask::Command { command: Box::new(command), caller, reply };
        self.asks.send(ask).await.map_err(|_| AskError::Gone)?;
        answer.await.map_err(|_| AskError::Gone)?
    }

    /// Looks at an agent's pane: a screen, then what changes it, until the receiver is dropped.
    pub async fn watch(
        &self,
        agent: AgentName,
        look: Look,
    ) -> Result<mpsc::Receiver<Piece>, AskError> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Watch { agent, look, reply }).await.map_err(|_| AskError::Gone)?;
        answer.await.map_err(|_| AskError::Gone)?
    }

    /// The last snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshots.borrow().clone()
    }

    /// To wait for the next snapshots.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }
}
