//! What the effects work with: the places, the tmux connection, the guests; it decides nothing.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::Snapshot;
use super::dispatcher::Report;
use super::guests::Guests;
use crate::fleet::{AgentName, Observation, SessionId};
use crate::host::tmux::Tmux;
use crate::places::Places;

/// The last lines of a dead agent's pane that its event keeps.
pub const LAST_WORDS: usize = 40;

/// An exit is told without its last words rather than late.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(1);

/// The hands.
pub struct Hands {
    /// Where everything lies.
    pub places: Places,
    /// The installed `mosaic`, for panes, hooks and MCP servers.
    pub mosaic: PathBuf,
    /// Everybody who is connected.
    pub guests: Guests,
    /// The last snapshot.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    reports: mpsc::Sender<Report>,
    tmux: Mutex<Option<Tmux>>,
    tmux_state: Mutex<String>,
    /// The trace of each session's start: it goes into the agent's environment.
    traces: Mutex<HashMap<SessionId, String>>,
    watched: Mutex<HashSet<u32>>,
    /// Lives whose screen is read because nothing else speaks for them.
    looked_at: Mutex<HashSet<SessionId>>,
    followers: Mutex<HashMap<AgentName, AbortHandle>>,
}

impl Hands {
    /// Hands that report to this queue.
    pub fn new(
        places: Places,
        mosaic: PathBuf,
        snapshots: watch::Receiver<Arc<Snapshot>>,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        Self {
            places,
            mosaic,
            guests: Guests::default(),
            snapshots,
            reports,
            tmux: Mutex::new(None),
            tmux_state: Mutex::new("it was not looked for yet".to_owned()),
            traces: Mutex::new(HashMap::new()),
            watched: Mutex::new(HashSet::new()),
            looked_at: Mutex::new(HashSet::new()),
            followers: Mutex::new(HashMap::new()),
        }
    }

    /// Reports what was seen. The dispatcher's end closes it, and then nobody needs it any more.
    pub async fn saw(&self, observation: Observation) {
        drop(self.reports.send(Report::Seen(observation)).await);
    }

    /// Waits until the journal holds what came of everything that was reported before; whether it
    /// does. Who keeps the only other copy may let go of it then.
    pub async fn journaled(&self) -> bool {
        let (say, said) = oneshot::channel();
        self.reports.send(Report::Journaled(say)).await.is_ok() && said.await.is_ok()
    }

    /// The connection to our tmux server, while there is one.
    pub fn tmux(&self) -> Option<Tmux> {
        lock(&self.tmux).clone()
    }

    /// Puts the connection in place, or takes it away.
    pub fn set_tmux(&self, tmux: Option<Tmux>) {
        *lock(&self.tmux) = tmux;
    }

    /// `running`, or why our tmux server is out of reach.
    pub fn tmux_state(&self) -> String {
        lock(&self.tmux_state).clone()
    }

    /// Says it.
    pub fn say_tmux(&self, state: String) {
        *lock(&self.tmux_state) = state;
    }

    /// Notes the trace of a session's start until its GO has taken it.
    pub fn note_trace(&self, session: &SessionId, traceparent: String) {
        lock(&self.traces).insert(session.clone(), traceparent);
    }

    /// The trace of a session's start, once.
    pub fn take_trace(&self, session: &SessionId) -> Option<String> {
        lock(&self.traces).remove(session)
    }

    /// Whether this pane's first process was not watched before.
    pub fn begin_watch(&self, pane_pid: u32) -> bool {
        lock(&self.watched).insert(pane_pid)
    }

    /// It is gone.
    pub fn end_watch(&self, pane_pid: u32) {
        lock(&self.watched).remove(&pane_pid);
    }

    /// Whether this life's screen was not read before.
    pub fn begin_look(&self, session: &SessionId) -> bool {
        lock(&self.looked_at).insert(session.clone())
    }

    /// It is read no more.
    pub fn end_look(&self, session: &SessionId) {
        lock(&self.looked_at).remove(session);
    }

    /// Replaces whoever follows this agent's runtime.
    pub fn set_follower(&self, agent: &AgentName, follower: Option<AbortHandle>) {
        let mut followers = lock(&self.followers);
        let former = match follower {
            Some(follower) => followers.insert(agent.clone(), follower),
            None => followers.remove(agent),
        };
        if let Some(former) = former {
            former.abort();
        }
    }

    /// The last lines that stand in an agent's pane; none when tmux does not say in time.
    pub async fn last_words(&self, agent: &AgentName) -> Vec<String> {
        let snapshot = self.snapshots.borrow().clone();
        let pane = snapshot.fleet.agent(agent).and_then(|agent| agent.pane.clone());
        let (Some(pane), Some(tmux)) = (pane, self.tmux()) else { return Vec::new() };
        match timeout(LAST_WORDS_WITHIN, tmux.last_lines(&pane.id, LAST_WORDS)).await {
            Ok(Ok(lines)) => lines,
            Ok(Err(_)) | Err(_) => Vec::new(),
        }
    }
}

/// A lock that a panic elsewhere does not take from everybody else.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
