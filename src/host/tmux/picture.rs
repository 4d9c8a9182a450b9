//! What a watched pane shows, in a terminal emulator of ours; all its watchers are served from it.
//!
//! tmux's own screen is the truth. The emulator begins as a copy of it, takes what the pane prints,
//! and is held against it again whenever the pane has printed and is calm, or goes on for long: what
//! an emulator does not know stands wrong for a moment at most. While nothing is printed, nothing
//! is asked.

use std::time::Duration;

use tokio::time::Instant;

use super::paint::Painted;
use crate::terminal::emulator::{Cell, Emulator, Letters, Row, Screen};

/// What a program writes at once comes in pieces; so long they are waited for.
const TOGETHER: Duration = Duration::from_millis(1);

/// From one frame to the next: quicker than an eye.
const FRAME_EVERY: Duration = Duration::from_millis(16);

/// A pane that has printed nothing for so long is calm.
const CALM_AFTER: Duration = Duration::from_millis(150);

/// One that is never calm is checked this often.
const CHECK_WITHIN: Duration = Duration::from_secs(1);

/// How much a pane may print in `FLOOD_WINDOW` before it floods: three full screens of 200 by 50 in
/// colours. Reading a flood byte by byte costs tmux more than the pane itself does; nobody can.
const FLOOD_BYTES: usize = 64 * 1024;

/// Over which time that is counted, and how long a flood is not read.
const FLOOD_WINDOW: Duration = Duration::from_millis(100);

/// What brings those who have the last frame to this one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The whole screen.
    Whole(Painted),
    /// Bytes for the terminal that shows the last frame.
    Part(Vec<u8>),
}

/// What a pane shows.
pub(super) struct Picture {
    emulator: Option<Emulator>,
    title: String,
    /// The version of the tmux that shows it.
    tmux: String,
    /// The last frame.
    told: Option<(Screen, String)>,
    told_at: Instant,
    frame_at: Option<Instant>,
    /// When it is to be held against tmux's screen, and until when at the latest.
    check: Option<(Instant, Instant)>,
    /// The beginning of the window, and how much was printed in it.
    printed: (Instant, usize),
    /// A flood is not read until then.
    rests_until: Option<Instant>,
    /// Something was printed that the emulator has not taken.
    has_gap: bool,
}

impl Picture {
    /// Nothing yet: a snapshot has to come.
    pub fn new(now: Instant) -> Self {
        Self {
            emulator: None,
            title: String::new(),
            tmux: String::new(),
            told: None,
            told_at: now,
            frame_at: None,
            check: None,
            printed: (now, 0),
            rests_until: None,
            has_gap: false,
        }
    }

    /// Whether it shows what the pane shows.
    pub fn is_current(&self) -> bool {
        self.emulator.is_some() && !self.has_gap
    }

    /// Whether a flood is not read for now.
    pub fn rests(&self) -> bool {
        self.rests_until.is_some()
    }

    /// Takes what the pane printed; true when that begins a flood, which is not to be read then.
    pub fn output(&mut self, bytes: &[u8], now: Instant) -> bool {
        let Some(emulator) = self.emulator.as_mut().filter(|_| !self.has_gap) else {
            return false;
        };
        emulator.process(bytes);
        if let Some(title) = emulator.take_title() {
            self.title = title;
        }
        self.frame_at = self.frame_at.or(Some((now + TOGETHER).max(self.told_at + FRAME_EVERY)));
        let latest = self.check.map_or(now + CHECK_WITHIN, |(_, latest)| latest);
        self.check = Some(((now + CALM_AFTER).min(latest), latest));
        if now > self.printed.0 + FLOOD_WINDOW {
            self.printed = (now, 0);
        }
        self.printed.1 += bytes.len();
        if self.printed.1 <= FLOOD_BYTES {
            return false;
        }
        self.has_gap = true;
        self.rests_until = Some(now + FLOOD_WINDOW);
        self.check = None;
        true
    }

    /// A snapshot is asked for: what it will contain needs no further one.
    pub fn is_asked(&mut self) {
        self.check = None;
        self.rests_until = None;
    }

    /// Takes a snapshot, and what was printed while it came. An emulator that shows the same is
    /// kept: it knows in which colours the program writes, and where it will return to.
    pub fn snapshot(&mut self, painted: &Painted, after: &[Vec<u8>], now: Instant) {
        if self.rests() {
            // It was asked for before the flood: what is dropped now comes after it.
            return;
        }
        let letters = Letters::of(&painted.tmux);
        let mut fresh = Emulator::new(painted.columns, painted.rows, letters);
        self.tmux.clone_from(&painted.tmux);
        fresh.process(&painted.bytes);
        after.iter().for_each(|bytes| fresh.process(bytes));
        // A title that came after the snapshot has been heard already.
        if self.emulator.is_none() || after.is_empty() {
            self.title.clone_from(&painted.title);
        }
        let is_right = self.is_current()
            && self.emulator.as_ref().is_some_and(|old| is_same(old.screen(), fresh.screen()));
        if !is_right {
            self.emulator = Some(fresh);
        }
        self.has_gap = false;
        self.printed = (now, 0);
        if !after.is_empty() {
            self.check = Some((now + CALM_AFTER, now + CHECK_WITHIN));
        }
        self.frame_at = Some(now);
    }

    /// The next frame, and the title where that is another one; nothing when nothing changed.
    pub fn frame(&mut self, now: Instant) -> (Option<Frame>, Option<String>) {
        self.frame_at = None;
        let Some(screen) = self.emulator.as_ref().map(Emulator::screen) else {
            return (None, None);
        };
        let frame = match &self.told {
            Some((told, _))
                if told.size() == screen.size() && told.is_alternate() == screen.is_alternate() =>
            {
                let bytes = screen.painted_over(told);
                (!bytes.is_empty()).then_some(Frame::Part(bytes))
            }
            _ => Some(Frame::Whole(self.drawn(screen, &self.title))),
        };
        let is_named = self.told.as_ref().map_or("", |(_, title)| title) != self.title;
        if frame.is_some() || is_named {
            self.told = Some((screen.clone(), self.title.clone()));
            self.told_at = now;
        }
        (frame, is_named.then(|| self.title.clone()))
    }

    /// The last frame as a whole.
    pub fn whole(&self) -> Option<Painted> {
        self.told.as_ref().map(|(screen, title)| self.drawn(screen, title))
    }

    /// Whether a frame is due.
    pub fn has_frame(&self, now: Instant) -> bool {
        self.frame_at.is_some_and(|at| at <= now)
    }

    /// Whether a snapshot is due.
    pub fn needs_snapshot(&self, now: Instant) -> bool {
        let check = self.check.map(|(at, _)| at);
        [check, self.rests_until].into_iter().flatten().any(|at| at <= now)
    }

    /// When the next of them is due.
    pub fn due(&self) -> Option<Instant> {
        let check = self.check.map(|(at, _)| at);
        [self.frame_at, check, self.rests_until].into_iter().flatten().min()
    }

    fn drawn(&self, screen: &Screen, title: &str) -> Painted {
        let (columns, rows) = screen.size();
        let (title, tmux) = (title.to_owned(), self.tmux.clone());
        Painted { columns, rows, bytes: screen.painted(), title, tmux }
    }
}

/// Whether a screen shows what tmux read out. tmux 3.3a does not tell whether a paste would be
/// bracketed.
fn is_same(one: &Screen, read: &Screen) -> bool {
    let mode = |screen: &Screen| {
        let modes = screen.modes();
        let keys = (modes.shows_cursor, modes.has_application_cursor, modes.mouse);
        (screen.size(), screen.cursor(), screen.is_alternate(), keys)
    };
    mode(one) == mode(read) && one.rows().zip(read.rows()).all(|(one, read)| is_same_row(one, read))
}

/// A row is read out as its letters, from which nobody can tell where half a wide letter was written
/// over: such a row has more or fewer letters than places, and its end is not compared. Nor does
/// tmux 3.3a tell on which ground a row was erased behind its last letter.
fn is_same_row(one: &Row, read: &Row) -> bool {
    let letters = |row: &Row| -> Vec<Cell> {
        let mut cells: Vec<Cell> =
            row.cells().iter().filter(|cell| cell.columns() > 0).copied().collect();
        while cells.last().is_some_and(|cell| cell.is_blank() && cell.pen.has_bare_blanks()) {
            cells.pop();
        }
        cells
    };
    let (ours, theirs) = (letters(one), letters(read));
    let common = ours.len().min(theirs.len());
    let (is_as_long, compared) = match one.is_whole() {
        true => (ours.len() == theirs.len(), common),
        false => (true, common.saturating_sub(1)),
    };
    is_as_long && ours.iter().zip(&theirs).take(compared).all(|(one, other)| one.looks_like(other))
}
