//! What a watched pane shows, in a terminal emulator of ours; all its watchers are served from it.
//!
//! tmux's own screen is the truth. The emulator begins as a copy of it, takes what the pane prints,
//! and is held against it again whenever the pane has printed and is calm, or goes on for long: what
//! an emulator does not know stands wrong for a moment at most. While nothing is printed, nothing
//! is asked.

use std::num::NonZeroU16;
use std::time::Duration;

use tokio::time::Instant;
use vt100::{Callbacks, Parser, Screen};

use super::paint::Painted;

/// What a program writes at once comes in pieces; so long they are waited for.
const TOGETHER: Duration = Duration::from_millis(1);

/// From one frame to the next: quicker than an eye.
const FRAME_EVERY: Duration = Duration::from_millis(16);

/// A pane that has printed nothing for so long is calm.
const CALM_AFTER: Duration = Duration::from_millis(150);

/// One that is never calm is checked this often.
const CHECK_WITHIN: Duration = Duration::from_secs(1);

/// After something that no emulator of ours knows.
const CHECK_SOON: Duration = Duration::from_millis(30);

/// How much a pane may print in `FLOOD_WINDOW` before it floods: three full screens of 200 by 50 in
/// colours. Reading a flood byte by byte costs tmux more than the pane itself does; nobody can.
const FLOOD_BYTES: usize = 64 * 1024;

/// Over which time that is counted, and how long a flood is not read.
const FLOOD_WINDOW: Duration = Duration::from_millis(100);

/// What the emulator tells beside the screen.
#[derive(Debug, Default)]
struct Heard {
    title: Option<String>,
    /// Something that paints, and that the emulator does not know.
    is_odd: bool,
}

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
    emulator: Option<Parser<Heard>>,
    title: String,
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
        if let Some(title) = emulator.callbacks_mut().title.take() {
            self.title = title;
        }
        let is_odd = std::mem::take(&mut emulator.callbacks_mut().is_odd);
        self.frame_at = self.frame_at.or(Some((now + TOGETHER).max(self.told_at + FRAME_EVERY)));
        let latest = self.check.map_or(now + CHECK_WITHIN, |(_, latest)| latest);
        let latest = if is_odd { latest.min(now + CHECK_SOON) } else { latest };
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
        let (Some(rows), Some(columns)) =
            (NonZeroU16::new(painted.rows), NonZeroU16::new(painted.columns))
        else {
            return;
        };
        if self.rests() {
            // It was asked for before the flood: what is dropped now comes after it.
            return;
        }
        let mut fresh = Parser::new_with_callbacks(rows, columns, 0, Heard::default());
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
        let Some(screen) = self.emulator.as_ref().map(Parser::screen) else {
            return (None, None);
        };
        let frame = match &self.told {
            Some((told, _))
                if told.size() == screen.size()
                    && told.alternate_screen() == screen.alternate_screen() =>
            {
                let bytes = screen.state_diff(told).into_bytes();
                (!bytes.is_empty()).then_some(Frame::Part(bytes))
            }
            _ => Some(Frame::Whole(whole(screen, &self.title))),
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
        self.told.as_ref().map(|(screen, title)| whole(screen, title))
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
}

fn whole(screen: &Screen, title: &str) -> Painted {
    let (rows, columns) = screen.size();
    let mut bytes = b"\x1bc".to_vec();
    if screen.alternate_screen() {
        bytes.extend_from_slice(b"\x1b[?1049h");
    }
    bytes.extend_from_slice(screen.state_formatted().as_bytes());
    Painted { columns: columns.get(), rows: rows.get(), bytes, title: title.to_owned() }
}

/// Whether two screens look the same. tmux 3.3a does not tell whether a paste would be bracketed.
fn is_same(one: &Screen, other: &Screen) -> bool {
    let (rows, columns) = one.size();
    let mode = |screen: &Screen| {
        (
            screen.cursor_position(),
            screen.hide_cursor(),
            screen.alternate_screen(),
            screen.application_cursor(),
            screen.mouse_protocol_mode(),
        )
    };
    one.size() == other.size()
        && mode(one) == mode(other)
        && (0..rows.get()).all(|row| {
            (0..columns.get()).all(|column| {
                match (one.cell(row, column), other.cell(row, column)) {
                    (Some(one), Some(other)) => is_same_cell(one, other),
                    (one, other) => one.is_none() && other.is_none(),
                }
            })
        })
}

/// A cell that nothing was written to looks like a blank, and the pen of a blank cannot be seen.
fn is_same_cell(one: &vt100::Cell, other: &vt100::Cell) -> bool {
    fn text(cell: &vt100::Cell) -> &str {
        if cell.has_contents() { cell.contents() } else { " " }
    }
    let ground = |cell: &vt100::Cell| (cell.bgcolor(), cell.inverse(), cell.underline());
    let pen = |cell: &vt100::Cell| (cell.fgcolor(), cell.bold(), cell.dim(), cell.italic());
    let is_blank = text(one) == " " && !one.inverse() && !one.underline();
    text(one) == text(other)
        && one.is_wide() == other.is_wide()
        && one.is_wide_continuation() == other.is_wide_continuation()
        && ground(one) == ground(other)
        && (is_blank || pen(one) == pen(other))
}

impl Callbacks for Heard {
    fn set_window_title(&mut self, _: &mut Screen, title: &[u8]) {
        self.title = Some(String::from_utf8_lossy(title).into_owned());
    }

    /// Character sets other than the plain one, tab stops, a line feed by escape.
    fn unhandled_escape(&mut self, _: &mut Screen, first: Option<u8>, _: Option<u8>, last: u8) {
        self.is_odd |= !matches!((first, last), (Some(b'('..=b'+'), b'B') | (None, b'\\'));
    }

    /// Reports, colours that no terminal here shows, and modes that paint nothing are not odd.
    fn unhandled_csi(
        &mut self,
        _: &mut Screen,
        first: Option<u8>,
        _: Option<u8>,
        parameters: &[&[u16]],
        last: char,
    ) {
        self.is_odd |= match (first, last) {
            (Some(b'?'), 'h' | 'l') => {
                parameters.iter().any(|mode| matches!(mode, [3 | 7 | 1047 | 1048]))
            }
            (None, 'm' | 'c' | 'n' | 'q' | 't' | 'x') | (Some(_), _) => false,
            (None, _) => true,
        };
    }
}
