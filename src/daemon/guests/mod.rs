//! The socket of panes, runtimes, MCP servers and hooks: frames in, observations out.

mod connection;
mod counted;
mod heard;
mod pace;
mod receipts;
mod spool;

pub use heard::exited;
pub use spool::follow_spool;

use counted::Counted;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::sleep;

use super::hands::{Hands, lock};
use super::heartbeats::{Challenges, Rhythm};
use crate::fleet::{AgentName, Observation};
use crate::protocol::ToGuest;

/// Frames that wait for one guest: more than it is ever told at once; one that reads nothing
/// any more is cut off rather than kept in memory.
const OUTGOING_MAX: usize = 64;

/// Guests at once: a thousand agents have a pane, a runtime and a hook each.
const CONNECTIONS_MAX: usize = 4096;

/// When accepting fails (out of file descriptors), nothing tells when it works again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Everybody who is connected.
#[derive(Debug, Default)]
pub struct Guests {
    next: AtomicU64,
    present: Mutex<HashMap<u64, Guest>>,
    /// The turn of the last text that was submitted to each agent.
    turns: Mutex<HashMap<AgentName, String>>,
    /// What was counted of each agent's channels.
    counted: Counted,
}

#[derive(Debug)]
struct Guest {
    outgoing: mpsc::Sender<ToGuest>,
    /// Told when its connection has to end.
    cut: Arc<Notify>,
    challenges: Arc<Challenges>,
    /// How it is challenged, once that is otherwise than at the start.
    rhythm: watch::Sender<Rhythm>,
    /// The agent whose pane it is, and what its hello came to.
    pane: Option<(AgentName, Observation)>,
}

impl Guests {
    fn join(&self, outgoing: mpsc::Sender<ToGuest>) -> (u64, Arc<Notify>) {
        let connection = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let cut = Arc::new(Notify::new());
        let guest = Guest {
            outgoing,
            cut: Arc::clone(&cut),
            challenges: Arc::default(),
            rhythm: watch::Sender::new(Rhythm::default()),
            pane: None,
        };
        lock(&self.present).insert(connection, guest);
        (connection, cut)
    }

    fn leave(&self, connection: u64) {
        lock(&self.present).remove(&connection);
    }

    fn is_pane(&self, connection: u64, agent: &AgentName, hello: Observation) {
        if let Some(guest) = lock(&self.present).get_mut(&connection) {
            guest.pane = Some((agent.clone(), hello));
        }
    }

    /// Says something to a guest; false when it is gone or reads nothing any more.
    pub fn say(&self, connection: u64, frame: ToGuest) -> bool {
        let mut present = lock(&self.present);
        let Some(guest) = present.get(&connection) else { return false };
        let said = guest.outgoing.try_send(frame).is_ok();
        if !said {
            guest.cut.notify_one();
            present.remove(&connection);
        }
        said
    }

    /// Ends a connection once what was said to it has gone out.
    pub fn send_away(&self, connection: u64) {
        if let Some(guest) = lock(&self.present).remove(&connection) {
            guest.cut.notify_one();
        }
    }

    /// Says something to the first process of an agent's pane; false when it is not connected.
    pub fn say_to_pane(&self, agent: &AgentName, frame: ToGuest) -> bool {
        self.pane(agent).is_some_and(|connection| self.say(connection, frame))
    }

    /// The hello of an agent's pane, when its process is this one: it may have come before anybody
    /// knew the pane.
    pub fn hello_of_pane(&self, agent: &AgentName) -> Option<Observation> {
        let connection = self.pane(agent)?;
        lock(&self.present).get(&connection)?.pane.as_ref().map(|(_, hello)| hello.clone())
    }

    /// The challenges of a connection.
    pub fn challenges(&self, connection: u64) -> Option<Arc<Challenges>> {
        lock(&self.present).get(&connection).map(|guest| Arc::clone(&guest.challenges))
    }

    /// The rhythm of a connection's challenges, whenever it becomes another one.
    pub fn rhythm(&self, connection: u64) -> Option<watch::Receiver<Rhythm>> {
        lock(&self.present).get(&connection).map(|guest| guest.rhythm.subscribe())
    }

    /// Has a connection challenged in another rhythm.
    pub fn change_rhythm(&self, connection: u64, rhythm: Rhythm) {
        if let Some(guest) = lock(&self.present).get(&connection) {
            guest.rhythm.send_replace(rhythm);
        }
    }

    fn pane(&self, agent: &AgentName) -> Option<u64> {
        let present = lock(&self.present);
        let is_its = |guest: &Guest| guest.pane.as_ref().is_some_and(|(name, _)| name == agent);
        present.iter().filter(|(_, guest)| is_its(guest)).map(|(connection, _)| *connection).max()
    }

    /// Whether a text was submitted into the turn that the text before it began: it waits there.
    fn same_turn(&self, agent: &AgentName, turn: Option<String>) -> bool {
        let Some(turn) = turn else { return false };
        lock(&self.turns).insert(agent.clone(), turn.clone()) == Some(turn)
    }

    fn present(&self) -> usize {
        lock(&self.present).len()
    }
}

/// Takes guests until the supervisor leaves.
pub async fn serve(hands: Arc<Hands>, listener: UnixListener, mut leaving: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            _ = leaving.wait_for(|leaving| *leaving) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) if hands.guests.present() < CONNECTIONS_MAX => {
                let (hands, leaving) = (Arc::clone(&hands), leaving.clone());
                tokio::spawn(connection::run(hands, stream, leaving));
            }
            Ok(_) => tracing::warn!("a guest was turned away: {CONNECTIONS_MAX} are connected"),
            Err(error) => {
                hands.strain.failed("accept a guest", &error);
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
