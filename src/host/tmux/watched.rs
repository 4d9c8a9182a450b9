//! Who looks at which pane, and what they have seen of it; waits for nobody.
//!
//! ```text
//! waiting ── snapshot ──▶ live ── too slow ──▶ behind ── has room ──▶ waiting
//!    ▲ paused, resized ────┘
//! ```

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

use super::paint::Painted;
use super::picture::{Frame, Picture};
use crate::fleet::Pane;

/// How many pieces of a pane's bytes a watcher may be behind: some 2.5 KiB each, so a few hundred
/// KiB, many screens. Whoever is further behind is better off with a fresh screen.
const PIECES_MAX: usize = 128;

/// How many frames a watcher may be behind: an eighth of a second; each is a whole screen at most.
const FRAMES_MAX: usize = 8;

/// What a watcher wants to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// What the pane shows: frames, drawn for all from one emulator. A flood is seen ten times a
    /// second.
    Frames,
    /// What the pane prints: every byte, for as long as the watcher keeps up.
    Bytes,
}

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
        /// The version of the tmux whose letters they are: which join, and how wide they are.
        tmux: String,
    },
    /// Bytes that bring that terminal to what the pane shows now.
    Output(Vec<u8>),
    /// The program has named its window.
    Title(String),
    /// Nothing more comes, and why. The end of the channel says the same, without a reason.
    Gone(String),
}

impl WatchPiece {
    pub(super) fn screen(painted: &Painted) -> Self {
        let Painted { columns, rows, bytes, title: _, tmux } = painted;
        let (paint, tmux) = (bytes.clone(), tmux.clone());
        Self::Screen { columns: *columns, rows: *rows, paint, tmux }
    }
}

/// A new watcher.
#[derive(Debug)]
pub(super) struct WatchAsked {
    /// The pane.
    pub pane: String,
    /// Its window.
    pub window: String,
    /// What it wants to have.
    pub look: Look,
    pieces: mpsc::Sender<WatchPiece>,
}

impl WatchAsked {
    /// A watcher of this pane, and where its pieces come.
    pub(super) fn new(pane: &Pane, look: Look) -> (Self, mpsc::Receiver<WatchPiece>) {
        let places = match look {
            Look::Frames => FRAMES_MAX,
            Look::Bytes => PIECES_MAX,
        };
        let (pieces, watched) = mpsc::channel(places);
        (Self { pane: pane.id.clone(), window: pane.window.clone(), look, pieces }, watched)
    }
}

/// What our view is asked.
#[derive(Debug)]
pub(super) enum ViewAsked {
    /// Somebody wants to look.
    Watch(WatchAsked),
    /// We have changed what this pane shows: tmux tells nobody.
    Cleared(String),
}

/// A pane that is looked at.
pub(super) struct Watched {
    /// Its window.
    pub window: String,
    /// Who looks; never nobody.
    pub watchers: Vec<Watcher>,
    /// What it shows, while somebody wants frames.
    pub picture: Option<Picture>,
}

/// One who looks.
#[derive(Debug)]
pub(super) struct Watcher {
    /// Its number.
    pub id: u64,
    /// What it wants to have.
    pub look: Look,
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
    /// Needs a screen: the snapshot of this number or a later one; for frames any.
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
    /// A pane that nobody has looked at before.
    pub fn new(window: String) -> Self {
        Self { window, watchers: Vec::new(), picture: None }
    }

    /// Gives the next frame to all who have the last one.
    pub fn flush(&mut self, pane: &str, events: &mut JoinSet<Event>) {
        let Some((frame, title)) = self.picture.as_mut().map(|held| held.frame(Instant::now()))
        else {
            return;
        };
        let piece = frame.map(|frame| match frame {
            Frame::Whole(painted) => WatchPiece::screen(&painted),
            Frame::Part(bytes) => WatchPiece::Output(bytes),
        });
        for piece in piece.into_iter().chain(title.map(WatchPiece::Title)) {
            let frames = |watcher: &&mut Watcher| watcher.look == Look::Frames;
            for watcher in self.watchers.iter_mut().filter(frames) {
                watcher.give(pane, piece.clone(), events);
            }
        }
    }

    /// Gives a whole screen to some who have none, when it is the present one; false when there is
    /// none such.
    pub fn show(
        &mut self,
        pane: &str,
        whom: impl Fn(&Watcher) -> bool,
        events: &mut JoinSet<Event>,
    ) -> bool {
        if !self.picture.as_ref().is_some_and(Picture::is_current) {
            return false;
        }
        self.flush(pane, events);
        let Some(whole) = self.picture.as_ref().and_then(Picture::whole) else {
            return false;
        };
        let has_none = |watcher: &&mut Watcher| watcher.look == Look::Frames && whom(watcher);
        for watcher in self.watchers.iter_mut().filter(has_none) {
            watcher.stand = Stand::Live;
            watcher.give(pane, WatchPiece::screen(&whole), events);
            if !whole.title.is_empty() {
                watcher.give(pane, WatchPiece::Title(whole.title.clone()), events);
            }
        }
        true
    }

    /// Takes what the pane printed. True when it begins a flood that nobody wants whole: it is not
    /// to be read for a while.
    pub fn output(&mut self, pane: &str, bytes: &[u8], events: &mut JoinSet<Event>) -> bool {
        let mut is_wanted = false;
        for watcher in self.watchers.iter_mut().filter(|watcher| watcher.look == Look::Bytes) {
            is_wanted = true;
            watcher.give(pane, WatchPiece::Output(bytes.to_vec()), events);
        }
        let floods = self.picture.as_mut().is_some_and(|held| held.output(bytes, Instant::now()));
        floods && !is_wanted
    }

    /// Whether a flood of it is not read for now, by our own doing.
    pub fn rests(&self) -> bool {
        self.picture.as_ref().is_some_and(Picture::rests)
    }

    /// Drops what is kept for frames where nobody wants them any more.
    pub fn settle(&mut self) {
        if !self.watchers.iter().any(|watcher| watcher.look == Look::Frames) {
            self.picture = None;
        }
    }

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
        let (pieces, look) = (asked.pieces.clone(), asked.look);
        Self { id, look, pieces, stand: Stand::Behind, leaves }
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
            drop(pieces.reserve_many(pieces.max_capacity() - 1).await);
            event
        }));
    }
}
