//! What the effects work with: the places, the tmux connection, the guests; it decides nothing.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::Snapshot;
use super::guests::Guests;
use super::lock::lock;
use super::report::Report;
use super::starts::Starts;
use super::strain::Strain;
use crate::fleet::{AgentName, Observation, SessionId};
use crate::host::tmux::Tmux;
use crate::places::Places;
use crate::protocol::NOTE_MARK;

/// The last lines of a dead agent's pane that its event keeps.
pub const LAST_WORDS: usize = 40;

/// Our own note below them: an empty row, and a sentence with the path of a program that is not
/// there fills some rows of a narrow pane.
const NOTE_ROWS_MAX: usize = 8;

/// An exit is told without its last words rather than late.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(1);

/// The connection to our tmux server.
enum Link {
    /// We have just begun.
    NotLookedFor,
    /// Here it is.
    Open(Tmux),
    /// There is none now.
    Lost,
}

impl Link {
    fn open(&self) -> Option<Tmux> {
        match self {
            Self::Open(tmux) => Some(tmux.clone()),
            Self::NotLookedFor | Self::Lost => None,
        }
    }
}

/// The hands.
pub struct Hands {
    /// Where everything lies.
    pub places: Places,
    /// The installed `mosaic`, for panes, hooks and MCP servers.
    pub mosaic: PathBuf,
    /// How many files an agent may have open: what we might before we raised it for ourselves.
    pub files: Option<u64>,
    /// Everybody who is connected.
    pub guests: Guests,
    /// The last snapshot.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Whether a limit of the host is reached.
    pub strain: Arc<Strain>,
    /// Lives whose GO is being worked out.
    pub starts: Starts,
    /// Held by whoever gives a window its size.
    pub sizing: tokio::sync::Mutex<()>,
    reports: mpsc::Sender<Report>,
    tmux: watch::Sender<Link>,
    tmux_state: Mutex<String>,
    /// The trace of each session's start, which goes into the agent's environment, and of each
    /// message that goes out; by their ids.
    traces: Mutex<HashMap<String, String>>,
    watched: Mutex<HashSet<u32>>,
    /// Lives whose screen is read because nothing else speaks for them.
    looked_at: Mutex<HashSet<SessionId>>,
    /// Lives that are being examined, since they answer nothing.
    examined: Mutex<HashSet<SessionId>>,
    followers: Mutex<HashMap<AgentName, AbortHandle>>,
    /// Who makes or closes a pane of an agent; one entry for each agent that had a pane.
    places_taken: Mutex<HashMap<AgentName, Arc<tokio::sync::Mutex<()>>>>,
}

impl Hands {
    /// Hands that report to this queue.
    pub fn new(
        places: Places,
        mosaic: PathBuf,
        files: Option<u64>,
        snapshots: watch::Receiver<Arc<Snapshot>>,
        reports: mpsc::Sender<Report>,
    ) -> Self {
        Self {
            places,
            mosaic,
            files,
            guests: Guests::default(),
            starts: Starts::default(),
            snapshots,
            strain: Strain::new(reports.clone()),
            sizing: tokio::sync::Mutex::new(()),
            reports,
            tmux: watch::Sender::new(Link::NotLookedFor),
            tmux_state: Mutex::new("it was not looked for yet".to_owned()),
            traces: Mutex::new(HashMap::new()),
            watched: Mutex::new(HashSet::new()),
            looked_at: Mutex::new(HashSet::new()),
            examined: Mutex::new(HashSet::new()),
            followers: Mutex::new(HashMap::new()),
            places_taken: Mutex::new(HashMap::new()),
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
        self.tmux.borrow().open()
    }

    /// The same, once our tmux server was looked for: a death can be told before that.
    async fn tmux_when_looked_for(&self) -> Option<Tmux> {
        let mut link = self.tmux.subscribe();
        let looked_for = link.wait_for(|link| !matches!(link, Link::NotLookedFor)).await;
        looked_for.ok().and_then(|link| link.open())
    }

    /// Puts the connection in place, or takes it away.
    pub fn set_tmux(&self, tmux: Option<Tmux>) {
        self.tmux.send_replace(tmux.map_or(Link::Lost, Link::Open));
    }

    /// `running`, or why our tmux server is out of reach.
    pub fn tmux_state(&self) -> String {
        lock(&self.tmux_state).clone()
    }

    /// Says it.
    pub fn say_tmux(&self, state: String) {
        *lock(&self.tmux_state) = state;
    }

    /// Notes the trace of a session's start or of a message until the one who does it has taken it.
    pub fn note_trace(&self, id: &str, traceparent: String) {
        lock(&self.traces).insert(id.to_owned(), traceparent);
    }

    /// The trace of a session's start or of a message, once.
    pub fn take_trace(&self, id: &str) -> Option<String> {
        lock(&self.traces).remove(id)
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

    /// Whether nobody examines this life yet.
    pub fn begin_examination(&self, session: &SessionId) -> bool {
        lock(&self.examined).insert(session.clone())
    }

    /// Nobody does any more.
    pub fn end_examination(&self, session: &SessionId) {
        lock(&self.examined).remove(session);
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

    /// Waits until nobody else makes or closes a pane of this agent: the next one is made when the
    /// last one is gone, and is not the last one found again while it leaves.
    pub async fn take_place(&self, agent: &AgentName) -> OwnedMutexGuard<()> {
        let place = Arc::clone(lock(&self.places_taken).entry(agent.clone()).or_default());
        place.lock_owned().await
    }

    /// The last lines of an agent's own in its pane; none when tmux does not say in time.
    pub async fn last_words(&self, agent: &AgentName) -> Vec<String> {
        let snapshot = self.snapshots.borrow().clone();
        let pane = snapshot.fleet.agent(agent).and_then(|agent| agent.pane.clone());
        let Some(pane) = pane else { return Vec::new() };
        let lines = async {
            let tmux = self.tmux_when_looked_for().await?;
            tmux.last_lines(&pane.id, LAST_WORDS + NOTE_ROWS_MAX).await.ok()
        };
        match timeout(LAST_WORDS_WITHIN, lines).await {
            Ok(Some(lines)) => its_own(lines, agent),
            Ok(None) | Err(_) => Vec::new(),
        }
    }
}

/// Without the note that pane-exec writes below a life that is over: whether it stands there
/// already depends on who was quicker.
fn its_own(mut lines: Vec<String>, agent: &AgentName) -> Vec<String> {
    let note = format!("{NOTE_MARK}{agent} ");
    let among = lines.len().saturating_sub(NOTE_ROWS_MAX);
    if let Some(at) = lines[among..].iter().rposition(|line| line.starts_with(&note)) {
        lines.truncate(among + at);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.drain(..lines.len().saturating_sub(LAST_WORDS));
    lines
}
