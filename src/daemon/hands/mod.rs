//! What the effects work with: the places, the tmux connection, the guests; it decides nothing.

mod last_words;
mod link;
mod under_way;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::sync::{OwnedMutexGuard, mpsc, oneshot, watch};
use tokio::task::AbortHandle;

use super::Snapshot;
use super::guests::Guests;
use super::lock::lock;
use super::report::Report;
use super::starts::Starts;
use super::strain::Strain;
use crate::fleet::{AgentName, Observation, SessionId};
use crate::host::tmux::Tmux;
use crate::places::Places;
use link::Link;
use under_way::UnderWay;

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
    /// The connection to our tmux server, for whoever finds or loses it; others ask for `tmux`.
    pub link: Link,
    /// First processes of panes whose end is waited for.
    pub watched: UnderWay<u32>,
    /// Lives whose screen is read because nothing else speaks for them.
    pub looked_at: UnderWay<SessionId>,
    /// Lives that are being examined, since they answer nothing.
    pub examined: UnderWay<SessionId>,
    /// Held by whoever gives a window its size.
    pub sizing: tokio::sync::Mutex<()>,
    reports: mpsc::Sender<Report>,
    /// The trace of each session's start, which goes into the agent's environment, and of each
    /// message that goes out; by their ids.
    traces: Mutex<HashMap<String, String>>,
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
            link: Link::default(),
            watched: UnderWay::default(),
            looked_at: UnderWay::default(),
            examined: UnderWay::default(),
            sizing: tokio::sync::Mutex::new(()),
            reports,
            traces: Mutex::default(),
            followers: Mutex::default(),
            places_taken: Mutex::default(),
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
        self.link.open()
    }

    /// Notes the trace of a session's start or of a message until the one who does it has taken it.
    pub fn note_trace(&self, id: &str, traceparent: String) {
        lock(&self.traces).insert(id.to_owned(), traceparent);
    }

    /// The trace of a session's start or of a message, once.
    pub fn take_trace(&self, id: &str) -> Option<String> {
        lock(&self.traces).remove(id)
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
}
