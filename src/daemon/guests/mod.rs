//! Everybody who is connected to the guests' socket, and what was counted of them.

mod challenges;
mod counted;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::{Notify, mpsc, watch};

use super::lock::lock;
use crate::fleet::{AgentName, Observation};
use crate::protocol::{ToGuest, encode};
pub use challenges::{Came, Challenges, Rhythm};
use counted::Counted;
pub use counted::is_told;

/// Frames that wait for one guest: more than it is ever told at once; one that reads nothing
/// any more is cut off rather than kept in memory.
pub const OUTGOING_MAX: usize = 64;

/// Everybody who is connected.
#[derive(Debug, Default)]
pub struct Guests {
    next: AtomicU64,
    present: Mutex<HashMap<u64, Guest>>,
    /// What was counted of each agent's channels.
    counted: Counted,
}

#[derive(Debug)]
struct Guest {
    outgoing: mpsc::Sender<Vec<u8>>,
    /// Told when its connection has to end.
    cut: Arc<Notify>,
    challenges: Arc<Challenges>,
    /// How it is challenged, once that is otherwise than at the start.
    rhythm: watch::Sender<Rhythm>,
    /// The agent whose pane it is, and what its hello came to.
    pane: Option<(AgentName, Observation)>,
    /// Where that waits for its own output, while nobody brings it.
    tap: Option<String>,
    /// Its process.
    pid: u32,
}

impl Guests {
    /// Takes one more; its number, and what tells when its connection has to end.
    pub fn join(&self, outgoing: mpsc::Sender<Vec<u8>>, pid: u32) -> (u64, Arc<Notify>) {
        let connection = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let cut = Arc::new(Notify::new());
        let guest = Guest {
            outgoing,
            cut: Arc::clone(&cut),
            challenges: Arc::default(),
            rhythm: watch::Sender::new(Rhythm::default()),
            pane: None,
            tap: None,
            pid,
        };
        lock(&self.present).insert(connection, guest);
        (connection, cut)
    }

    /// The process at the other end of a connection.
    pub fn pid(&self, connection: u64) -> Option<u32> {
        lock(&self.present).get(&connection).map(|guest| guest.pid)
    }

    /// It is gone.
    pub fn leave(&self, connection: u64) {
        lock(&self.present).remove(&connection);
    }

    /// It is the first process of this agent's pane, and this is what its hello came to.
    pub fn is_pane(&self, connection: u64, agent: &AgentName, hello: Observation) {
        if let Some(guest) = lock(&self.present).get_mut(&connection) {
            guest.pane = Some((agent.clone(), hello));
        }
    }

    /// It waits there for its own output; or has it.
    pub fn waits_at(&self, connection: u64, tap: Option<String>) {
        if let Some(guest) = lock(&self.present).get_mut(&connection) {
            guest.tap = tap;
        }
    }

    /// Where the first process of an agent's pane waits for its own output, while nobody brings it.
    pub fn tap_of_pane(&self, agent: &AgentName) -> Option<String> {
        let connection = self.pane(agent)?;
        lock(&self.present).get(&connection)?.tap.clone()
    }

    /// Says something to a guest; false when it is gone or reads nothing any more.
    pub fn say(&self, connection: u64, frame: ToGuest) -> bool {
        // Encoded here, so that what waits for a guest is as small as it can be.
        let Ok(line) = encode(&frame) else { return false };
        let mut present = lock(&self.present);
        let Some(guest) = present.get(&connection) else { return false };
        let said = guest.outgoing.try_send(line).is_ok();
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

    /// How many there are.
    pub fn present(&self) -> usize {
        lock(&self.present).len()
    }
}
