//! Which letters join the one before, as tmux has it since 3.4 (`screen_write_combine`).

use std::sync::Arc;

use super::Screen;
use crate::terminal::emulator::widths::is_modifier;

/// Joins what comes next to the letter before it.
const JOINER: char = '\u{200d}';

/// Has the letter before it drawn as a picture.
const PICTURE_SELECTOR: char = '\u{fe0f}';

/// Whether a letter that is no mark joins the one before it: a skin tone or half a flag whatever is
/// not plain, any other what ends in a joiner.
pub(in crate::terminal::emulator) fn would_join(letter: char, before: &str) -> bool {
    if is_modifier(letter) { before.len() > 1 } else { before.ends_with(JOINER) }
}

impl Screen {
    /// Whether the letter needs no place of its own: it has joined the one before the cursor, or
    /// means nothing without one.
    pub(in crate::terminal::emulator) fn joins(&mut self, letter: char, columns: u8) -> bool {
        let is_mark = columns == 0 || matches!(letter, JOINER | PICTURE_SELECTOR);
        let (column, row) = self.cursor;
        if letter.is_ascii() || column == 0 {
            return is_mark;
        }
        let cells = self.rows[row].cells();
        let is_half = |at: usize| cells[at].columns() == 0;
        let at = if column > 1 && is_half(column - 1) { column - 2 } else { column - 1 };
        let mut before = cells[at];
        if usize::from(before.columns()) != column - at {
            return is_mark;
        }
        // A mark for which there is no room is left out.
        if !(is_mark || would_join(letter, before.text())) || !before.join(letter) {
            return is_mark;
        }
        let is_widened =
            before.columns() == 1 && (letter == PICTURE_SELECTOR || is_modifier(letter));
        let is_last = column == self.columns;
        let cells = Arc::make_mut(&mut self.rows[row]).cells_mut();
        if is_widened {
            before.widen();
            if let Some(half) = cells.get_mut(column) {
                *half = super::Cell::half();
            }
            // Where there is no place for it, it takes one behind the last, and the cursor comes back.
            self.cursor.0 = if is_last { column - 1 } else { column + 1 };
        }
        cells[at] = before;
        true
    }
}
