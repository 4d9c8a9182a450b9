//! Signs checkpoints, in a thread of its own: no append ever waits for one.
//!
//! ```text
//! writer ── leaves, once they are durable ──▶ tree ──▶ signer: sign, add to the file outside
//!    ▲                                                   │
//!    └───── rows, for the next transaction ◀─────────────┘
//! ```

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use ed25519_dalek::SigningKey;

use super::checkpoint::{Checkpoint, origin};
use super::checkpoints::Checkpoints;
use super::tree::{Hash, Tree};
use crate::clock;

/// When a checkpoint is due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// With so many unsigned events.
    pub events: u64,
    /// So long after the first unsigned event.
    pub after: Duration,
}

impl Default for Pace {
    /// What is unsigned can be cut off unseen. A note is about as long as an event, so that one
    /// in ten seconds doubles a quiet journal at most, and one in a thousand costs a busy one
    /// nothing.
    fn default() -> Self {
        Self { events: 1000, after: Duration::from_secs(10) }
    }
}

/// What the writer and the signer share.
#[derive(Debug, Clone, Default)]
pub(super) struct Signing(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
struct State {
    tree: Tree,
    origin: String,
    signed: u64,
    /// Signed, and not yet in the table.
    rows: Vec<Checkpoint>,
    pace: Pace,
    ending: bool,
}

impl State {
    fn unsigned(&self) -> u64 {
        self.tree.size() - self.signed
    }
}

impl Signing {
    /// One over what a journal holds already; `rows` are checkpoints that its table lacks.
    pub fn of(tree: Tree, origin: String, signed: u64, rows: Vec<Checkpoint>, pace: Pace) -> Self {
        let signed = signed.min(tree.size());
        let state = State { tree, origin, signed, rows, pace, ending: false };
        Self(Arc::new((Mutex::new(state), Condvar::new())))
    }

    /// Takes the leaves of events that are durable now, and the id of the first of them.
    pub fn take(&self, leaves: &[Hash], first_id: &str) {
        let mut state = self.state();
        if state.tree.size() == 0 {
            state.origin = origin(first_id);
        }
        let (before, enough) = (state.unsigned(), state.pace.events);
        leaves.iter().for_each(|leaf| state.tree.push(*leaf));
        // The signer sleeps through everything else.
        if before == 0 || (before < enough && state.unsigned() >= enough) {
            self.0.1.notify_one();
        }
    }

    /// The rows that the table lacks.
    pub fn rows(&self) -> Vec<Checkpoint> {
        self.state().rows.clone()
    }

    /// So many of them are in the table now.
    pub fn stored(&self, count: usize) {
        self.state().rows.drain(..count);
    }

    /// Nothing more comes.
    pub fn end(&self) {
        self.state().ending = true;
        self.0.1.notify_one();
    }

    /// Starts the thread; it ends after [`Self::end`], with everything signed that it can.
    pub fn start(
        &self,
        journal: &Path,
        key: SigningKey,
        checkpoints: Checkpoints,
    ) -> std::io::Result<JoinHandle<()>> {
        let signer =
            Signer { signing: self.clone(), key, checkpoints, journal: journal.to_owned() };
        std::thread::Builder::new().name("journal-signer".to_owned()).spawn(move || signer.run())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No holder of it can panic with a tree that is half grown.
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a checkpoint is due, and tells of what; `None` when nothing more comes.
    fn due(&self) -> Option<(String, u64, Hash)> {
        let (_, wake) = &*self.0;
        let nothing = |state: &mut State| state.unsigned() == 0 && !state.ending;
        let waited = wake.wait_while(self.state(), nothing);
        let state = waited.unwrap_or_else(PoisonError::into_inner);
        let few = |state: &mut State| state.unsigned() < state.pace.events && !state.ending;
        let after = state.pace.after;
        let waited = wake.wait_timeout_while(state, after, few);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let due = (state.origin.clone(), state.tree.size(), state.tree.root());
        (state.unsigned() > 0).then_some(due)
    }
}

struct Signer {
    signing: Signing,
    key: SigningKey,
    checkpoints: Checkpoints,
    journal: PathBuf,
}

impl Signer {
    fn run(mut self) {
        let mut is_failing = false;
        while let Some((origin, size, root)) = self.signing.due() {
            let at_ms = clock::now().wall_ms;
            let follows = self.checkpoints.follows();
            let checkpoint = Checkpoint::sign(&self.key, &origin, (size, root), at_ms, follows);
            let added = self.checkpoints.add(&checkpoint);
            let mut state = self.signing.state();
            match added {
                Ok(()) => {
                    state.signed = size;
                    state.rows.push(checkpoint);
                    is_failing = false;
                }
                Err(error) => {
                    let path = self.journal.display();
                    if !is_failing {
                        tracing::warn!(%path, %error, "write a checkpoint; it is tried again");
                    }
                    is_failing = true;
                    if state.ending {
                        return;
                    }
                    // With a full disk this would turn without a pause: the next one is due later.
                    let (_, wake) = &*self.signing.0;
                    let after = state.pace.after;
                    let waited = wake.wait_timeout_while(state, after, |state| !state.ending);
                    drop(waited.unwrap_or_else(PoisonError::into_inner));
                }
            }
        }
    }
}
