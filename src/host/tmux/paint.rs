//! A snapshot of a pane as the bytes that paint it on a terminal of its size; asks nobody.

use super::commands::{Output, Shown, allow_output, capture, say_of};
use super::framing::Block;
use super::line::{Line, unescape};
use crate::terminal::emulator::GRAPHICS;

/// The state of a pane that its text does not show; the first field tells whose it is.
const STATE_FORMAT: &str = "S #{pane_id} #{version} #{pane_width} #{pane_height} #{cursor_x} #{cursor_y} \
    #{alternate_on} #{alternate_saved_x} #{alternate_saved_y} #{scroll_region_upper} \
    #{scroll_region_lower} #{wrap_flag} #{insert_flag} #{origin_flag} #{cursor_flag} \
    #{keypad_cursor_flag} #{keypad_flag} #{mouse_standard_flag} #{mouse_button_flag} \
    #{mouse_all_flag} #{mouse_utf8_flag} #{mouse_sgr_flag} \
    #{?#{==:#{pane_title},#{host}},,#{pane_title}}";

/// How many fields stand before the title, which goes to the end of the line.
const FIELDS_BEFORE_TITLE: usize = 23;

/// A painted screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Painted {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What the program calls its window; empty when it has not said.
    pub title: String,
    /// The version of the tmux whose letters they are: which join, and how wide they are.
    pub tmux: String,
}

/// How many commands `snapshot` consists of.
const SNAPSHOT_BLOCKS: usize = 5;

/// The line that reads a pane's whole screen. Its commands run with nothing read from the pane
/// in between, and its reply stands in the same stream as the pane's output: what came before
/// the reply is in the snapshot, what comes after is not.
pub fn snapshot(pane: &str) -> Line {
    Line::of(allow_output(pane, Output::Continued))
        .then(say_of(pane, STATE_FORMAT))
        .then(capture(pane, Shown::Rows))
        .then(capture(pane, Shown::RowsBelow))
        .then(capture(pane, Shown::Unfinished))
}

/// Paints the replies to `snapshot`; says why when the pane cannot be shown.
pub fn paint(pane: &str, blocks: &[Block]) -> Result<Painted, String> {
    let state = blocks.get(1).and_then(|block| block.lines.first());
    let state = state.map(|line| String::from_utf8_lossy(line).into_owned());
    let state = state.as_deref().unwrap_or_default();
    let mut state: Vec<&str> = state.splitn(FIELDS_BEFORE_TITLE + 1, ' ').collect();
    let title = if state.len() > FIELDS_BEFORE_TITLE { state.pop() } else { None };
    if state.get(1) != Some(&pane) {
        return Err(format!("pane {pane} is gone"));
    }
    let tmux = state.get(2).copied().unwrap_or_default().to_owned();
    let numbers: Vec<u16> =
        state[3.min(state.len())..].iter().map(|text| text.parse().unwrap_or(0)).collect();
    let (Ok(numbers), [_, _, main, saved, pending]) = (numbers.try_into(), blocks) else {
        let said: Vec<_> = blocks.iter().flat_map(|block| &block.lines).take(4).collect();
        return Err(format!("cannot read pane {pane}: {said:?} is not {SNAPSHOT_BLOCKS} replies"));
    };
    let state = PaneState::of(numbers);
    let mut bytes = b"\x1bc".to_vec();
    if state.is_alternate {
        // It keeps the size that the pane had when the alternate screen came.
        let rows = saved.lines.len().min(state.rows.into());
        put_rows(&mut bytes, &saved.lines[..rows]);
        put_cursor(&mut bytes, state.saved);
        bytes.extend_from_slice(b"\x1b[?1049h");
    }
    put_rows(&mut bytes, &main.lines);
    put_state(&mut bytes, &state, &main.lines);
    bytes.extend(unescape(&pending.lines.join(&b'\n')));
    let title = title.unwrap_or_default().to_owned();
    Ok(Painted { columns: state.columns, rows: state.rows, bytes, title, tmux })
}

/// `STATE_FORMAT`, read.
#[expect(clippy::struct_excessive_bools, reason = "each is a mode of a terminal")]
struct PaneState {
    columns: u16,
    rows: u16,
    cursor: (u16, u16),
    is_alternate: bool,
    saved: (u16, u16),
    scroll_region: (u16, u16),
    wraps: bool,
    inserts: bool,
    has_origin: bool,
    /// Modes that are off in a new terminal, and whether they are on.
    modes: [(&'static [u8], bool); 7],
    shows_cursor: bool,
}

impl PaneState {
    fn of(numbers: [u16; 20]) -> Self {
        let [columns, rows, x, y, alternate, saved_x, saved_y, upper, lower, numbers @ ..] =
            numbers;
        let [wrap, insert, origin, cursor, keypad_cursor, keypad, mouse @ ..] = numbers;
        let [standard, button, all, utf8, sgr] = mouse.map(|flag| flag != 0);
        Self {
            columns,
            rows,
            cursor: (x, y),
            is_alternate: alternate != 0,
            saved: (saved_x, saved_y),
            scroll_region: (upper, lower),
            wraps: wrap != 0,
            inserts: insert != 0,
            has_origin: origin != 0,
            modes: [
                (b"\x1b[?1h", keypad_cursor != 0),
                (b"\x1b=", keypad != 0),
                (b"\x1b[?1000h", standard),
                (b"\x1b[?1002h", button),
                (b"\x1b[?1003h", all),
                (b"\x1b[?1005h", utf8),
                (b"\x1b[?1006h", sgr),
            ],
            shows_cursor: cursor != 0,
        }
    }
}

/// Paints rows from the top; an attribute that is on at the end of a row is on in the next.
///
/// A row may have more letters than places, where half a wide one was written over: it is cut.
fn put_rows(bytes: &mut Vec<u8>, rows: &[Vec<u8>]) {
    put_rows_to(bytes, rows, b"");
}

/// Before the last row comes what is said; it may move the cursor within that row.
fn put_rows_to(bytes: &mut Vec<u8>, rows: &[Vec<u8>], before_last: &[u8]) {
    bytes.extend_from_slice(b"\x1b[?7l\x1b[0m");
    let mut is_graphic = false;
    for (number, row) in rows.iter().enumerate() {
        bytes.extend_from_slice(format!("\x1b[{};1H", number + 1).as_bytes());
        if number + 1 == rows.len() {
            bytes.extend_from_slice(before_last);
        }
        put_row(bytes, row, &mut is_graphic);
    }
    bytes.extend_from_slice(b"\x1b[0m\x1b[?7h");
}

/// Lines and corners come as letters between shift out and shift in; not every terminal knows.
fn put_row(bytes: &mut Vec<u8>, row: &[u8], is_graphic: &mut bool) {
    let mut in_escape = false;
    // Since 3.4 links are captured too: `ESC ] 8 ; … ESC \`.
    let mut in_link = false;
    let mut before = 0;
    for &byte in row {
        let opens = before == 0x1b && byte == b']';
        let closes = before == 0x1b && byte == b'\\';
        in_link = (in_link || opens) && !closes;
        before = byte;
        match byte {
            0x0e => *is_graphic = true,
            0x0f => *is_graphic = false,
            b'`'..=b'~' if *is_graphic && !in_escape && !in_link => {
                let letter = GRAPHICS.chars().nth(usize::from(byte - b'`')).unwrap_or(' ');
                bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => {
                // A capture holds no other escape sequence but `ESC [ … m`.
                in_escape = byte == 0x1b || (in_escape && byte != b'm' && !in_link && !closes);
                bytes.push(byte);
            }
        }
    }
}

/// Rows as the bytes that paint them on an empty terminal that has room for all.
pub fn paint_rows(rows: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"\x1bc".to_vec();
    put_rows(&mut bytes, rows);
    bytes
}

fn put_cursor(bytes: &mut Vec<u8>, (x, y): (u16, u16)) {
    bytes.extend_from_slice(format!("\x1b[{};{}H", u32::from(y) + 1, u32::from(x) + 1).as_bytes());
}

/// Scroll region, cursor and modes. The region and the origin move the cursor, so it comes later.
fn put_state(bytes: &mut Vec<u8>, state: &PaneState, rows: &[Vec<u8>]) {
    let (upper, lower) = state.scroll_region;
    let region = format!("\x1b[{};{}r", u32::from(upper) + 1, u32::from(lower) + 1);
    bytes.extend_from_slice(region.as_bytes());
    for (mode, is_on) in state.modes {
        if is_on {
            bytes.extend_from_slice(mode);
        }
    }
    let (x, y) = state.cursor;
    let is_inside = (upper..=lower).contains(&y);
    if x >= state.columns && (is_inside || !state.has_origin) {
        // It hangs behind the last column and wraps at the next letter: only writing the row to
        // its end brings a terminal there.
        let mut before_last = b"\x1b[?7h".to_vec();
        if state.has_origin {
            before_last.extend_from_slice(b"\x1b[?6h");
            put_cursor(&mut before_last, (0, y.saturating_sub(upper)));
        }
        put_rows_to(bytes, rows.get(..=usize::from(y)).unwrap_or(rows), &before_last);
    } else if state.has_origin && is_inside {
        bytes.extend_from_slice(b"\x1b[?6h");
        put_cursor(bytes, (x, y.saturating_sub(upper)));
    } else {
        // Outside of the region no sequence brings a cursor there while the origin is inside.
        put_cursor(bytes, (x, y));
    }
    if !state.wraps {
        bytes.extend_from_slice(b"\x1b[?7l");
    }
    if state.inserts {
        bytes.extend_from_slice(b"\x1b[4h");
    }
    if !state.shows_cursor {
        bytes.extend_from_slice(b"\x1b[?25l");
    }
}
