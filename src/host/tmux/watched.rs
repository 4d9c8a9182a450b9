//! Who looks at which pane, and what they have seen of it; waits for nobody.
//!
//! ```text
//! waiting ── snapshot ──▶ live ── too slow ──▶ behind ── has room ──▶ waiting
//!    ▲ paused, resized ────┘
//! ```

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

use crate::fleet::Pane;

/// How many pieces a watcher may be behind: some 2.5 KiB each, so a few hundred KiB, many
/// screens. Whoever is further behind is better off with a fresh screen.
const PIECES_MAX: usize = 128;

/// What a watcher gets, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchPiece {
    /// The whole screen anew.
    Screen {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
        /// The bytes that paint it on a terminal of that size, whatever that showed before.
        paint: Vec<u8>,
    },
    /// Live bytes of the pane.
    Output(Vec<u8>),
    /// Nothing more comes, and why. The end of the channel says the same, without a reason.
    Gone(String),
}

/// A new watcher.
#[derive(Debug)]
pub(super) struct WatchAsked {
    /// The pane.
    pub pane: String,
    /// Its window.
    pub window: String,
    pieces: mpsc::Sender<WatchPiece>,
}

impl WatchAsked {
    /// A watcher of this pane, and where its pieces come.
    pub(super) fn new(pane: &Pane) -> (Self, mpsc::Receiver<WatchPiece>) {
        let (pieces, watched) = mpsc::channel(PIECES_MAX);
        (Self { pane: pane.id.clone(), window: pane.window.clone(), pieces }, watched)
    }
}

/// A pane that is looked at.
#[derive(Debug)]
pub(super) struct Watched {
    /// Its window.
    pub window: String,
    /// Who looks; never nobody.
    pub watchers: Vec<Watcher>,
}

/// One who looks.
#[derive(Debug)]
pub(super) struct Watcher {
    /// Its number.
    pub id: u64,
    /// What it sees now.
    pub stand: Stand,
    pieces: mpsc::Sender<WatchPiece>,
    /// The task that tells when the other end is dropped; it holds a sender of its own.
    leaves: AbortHandle,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.leaves.abort();
    }
}

/// What a watcher sees now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// Needs a screen: the snapshot of this number or a later one.
    Waiting(u64),
    /// Gets output as it comes.
    Live,
    /// Did not keep up; gets a screen when it has taken what it was sent.
    Behind,
}

/// What a watcher of a pane did.
#[derive(Debug)]
pub(super) enum Event {
    /// It dropped its end.
    Left(String, u64),
    /// It has taken what it was sent.
    CaughtUp(String, u64),
}

impl Watched {
    /// Tells everybody that nothing more comes.
    pub fn gone(&self, reason: &str) {
        for watcher in &self.watchers {
            // A live one has room, its last place is never given to anything else; one that is
            // behind sees the end of the channel.
            drop(watcher.pieces.try_send(WatchPiece::Gone(reason.to_owned())));
        }
    }
}

impl Watcher {
    /// A watcher that has seen nothing yet; that it left comes among the events.
    pub fn new(id: u64, asked: &WatchAsked, events: &mut JoinSet<Event>) -> Self {
        let (pieces, left) = (asked.pieces.clone(), Event::Left(asked.pane.clone(), id));
        let leaves = events.spawn(async move {
            pieces.closed().await;
            left
        });
        Self { id, pieces: asked.pieces.clone(), stand: Stand::Behind, leaves }
    }

    /// Whether it sees, or will see, something that may be old now.
    pub fn is_shown(&self) -> bool {
        matches!(self.stand, Stand::Live | Stand::Waiting(_))
    }

    /// Gives it a piece, or marks it as behind. The last place is kept for its end.
    pub fn give(&mut self, pane: &str, piece: WatchPiece, events: &mut JoinSet<Event>) {
        if self.stand != Stand::Live {
            return;
        }
        if self.pieces.capacity() > 1 && self.pieces.try_send(piece).is_ok() {
            return;
        }
        self.stand = Stand::Behind;
        let (pieces, event) = (self.pieces.clone(), Event::CaughtUp(pane.to_owned(), self.id));
        drop(events.spawn(async move {
            // Fails only when the watcher has left, which is told anyway.
            drop(pieces.reserve_many(PIECES_MAX - 1).await);
            event
        }));
    }
}
