//! What stands on a terminal, and what moves it. Each rule is that of tmux (`screen-write.c` of
//! 3.3a), also where it is odd: what tmux shows is the truth.

mod cursor;
mod joining;
mod places;
mod scrolling;
mod tabs;

use std::sync::Arc;

use super::cell::{Cell, Row};
use super::modes::Modes;
use super::pen::{Colour, Pen};
pub(super) use joining::would_join;

/// What DECSC keeps.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Saved {
    pub pen: Pen,
    pub sets: Sets,
    pub cursor: (usize, usize),
    pub has_origin: bool,
}

/// Which letters the two character sets have: plain ones or lines and corners.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sets {
    pub lines: [bool; 2],
    pub at: usize,
}

/// Whether the cursor comes back to where it was before the alternate screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AlternateCursor {
    /// It does.
    Own,
    /// It stays where it is.
    Shared,
}

/// What stands on a terminal. A copy is cheap: rows are shared until one of both writes to them.
#[derive(Debug, Clone)]
pub struct Screen {
    columns: usize,
    rows: Vec<Arc<Row>>,
    /// Column and row; a column behind the last where the next letter wraps.
    cursor: (usize, usize),
    /// The first and last row of what scrolls.
    region: (usize, usize),
    tabs: Vec<bool>,
    /// The screen below the alternate one.
    below: Option<Vec<Arc<Row>>>,
    /// The cursor and the pen of before the alternate screen.
    left_at: Option<(usize, usize)>,
    left_with: Pen,
    pub(super) modes: Modes,
    pub(super) pen: Pen,
    pub(super) sets: Sets,
    pub(super) saved: Saved,
    /// The next letter joins the one before.
    joins: bool,
}

/// So many rows that are one, until somebody writes to one of them.
fn shared(row: Row, count: usize) -> Vec<Arc<Row>> {
    let row = Arc::new(row);
    std::iter::repeat_n(row, count).collect()
}

impl Screen {
    /// An empty one; at least one place.
    pub(super) fn new(columns: u16, rows: u16) -> Self {
        let (columns, rows) = (usize::from(columns.max(1)), usize::from(rows.max(1)));
        let mut screen = Self {
            columns,
            rows: shared(Row::blank(columns, Pen::default()), rows),
            cursor: (0, 0),
            region: (0, rows - 1),
            tabs: Vec::new(),
            below: None,
            left_at: None,
            left_with: Pen::default(),
            modes: Modes::default(),
            pen: Pen::default(),
            sets: Sets::default(),
            saved: Saved::default(),
            joins: false,
        };
        screen.reset_tabs();
        screen
    }

    // === what is there ===

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        // Made of such numbers.
        let of = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        (of(self.columns), of(self.rows.len()))
    }

    /// Column and row of the cursor; the column is behind the last where the next letter wraps.
    pub fn cursor(&self) -> (u16, u16) {
        let of = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        (of(self.cursor.0), of(self.cursor.1))
    }

    /// What a program has asked of its terminal.
    pub fn modes(&self) -> Modes {
        self.modes
    }

    /// Whether this is the screen for programs that draw on all of it.
    pub fn is_alternate(&self) -> bool {
        self.below.is_some()
    }

    /// Its rows from the top.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().map(AsRef::as_ref)
    }

    /// What is seen at a place.
    pub fn cell(&self, column: u16, row: u16) -> Option<Cell> {
        self.rows.get(usize::from(row))?.seen(column.into())
    }

    #[cfg(test)]
    /// Its text: a line for each row, without blanks at the ends, nor empty rows at the end.
    pub fn text(&self) -> String {
        let line = |row: &Row| {
            let text: String = row.cells().iter().map(Cell::text).collect();
            text.trim_end().to_owned()
        };
        let lines: Vec<String> = self.rows().map(line).collect();
        lines.join("\n").trim_end().to_owned()
    }

    /// Whether the row is the very one of the other screen, so that nothing need be compared.
    pub(super) fn shares_row(&self, other: &Self, row: usize) -> bool {
        matches!((self.rows.get(row), other.rows.get(row)), (Some(one), Some(other)) if Arc::ptr_eq(one, other))
    }

    pub(super) fn row(&self, row: usize) -> &Row {
        &self.rows[row]
    }

    /// A blank as the pen leaves one.
    fn ground(&self) -> Pen {
        Pen::ground(self.pen.paper)
    }

    // === letters ===

    /// Writes a letter that takes so many columns where the cursor is.
    pub(super) fn put(&mut self, letter: char, columns: u8) {
        let is_in_run = letter.is_ascii() && self.modes.wraps && !self.modes.inserts;
        if letter == '\u{200d}' {
            self.joins = true;
            return;
        }
        // Letters that come in a run are not looked at so closely.
        let joins = !is_in_run && std::mem::take(&mut self.joins);
        if joins {
            self.join('\u{200d}');
        }
        if columns == 0 || joins {
            return self.join(letter);
        }
        let width = usize::from(columns);
        let (column, _) = self.cursor;
        let is_beyond = column + width > self.columns;
        if is_beyond && !self.modes.wraps && width > 1 && column != self.columns {
            return;
        }
        if self.modes.inserts && column < self.columns {
            self.insert_places(width, Pen::default());
        }
        if self.modes.wraps && is_beyond {
            self.wrap();
        }
        let (column, row) = self.cursor;
        if column + width > self.columns {
            return;
        }
        let cell = Cell::letter(letter, columns, self.pen);
        Arc::make_mut(&mut self.rows[row]).write(column, cell, is_in_run);
        let last = self.columns - usize::from(!self.modes.wraps);
        self.cursor.0 = if column + width <= last { column + width } else { last };
    }

    fn wrap(&mut self) {
        Arc::make_mut(&mut self.rows[self.cursor.1]).is_wrapped = true;
        self.line_feed(Colour::Default);
        self.cursor.0 = 0;
    }

    fn join(&mut self, mark: char) {
        let (column, row) = self.cursor;
        let before = &self.rows[row].cells()[..column.min(self.columns)];
        if let Some(at) = before.iter().rposition(|cell| cell.columns() != 0) {
            // A mark for which there is no room is left out.
            let _fits = Arc::make_mut(&mut self.rows[row]).cells_mut()[at].join(mark);
        }
    }

    // === all of it ===

    pub(super) fn reset(&mut self) {
        self.reset_tabs();
        (self.pen, self.sets, self.modes) = (Pen::default(), Sets::default(), Modes::default());
        self.saved = Saved::default();
        self.region = (0, self.rows.len() - 1);
        self.erase_in_screen(2);
        self.cursor = (0, 0);
    }

    /// To the alternate screen.
    pub(super) fn enter_alternate(&mut self, cursor: AlternateCursor) {
        if self.below.is_some() {
            return;
        }
        if cursor == AlternateCursor::Own {
            self.left_at = Some(self.cursor);
        }
        let blank = shared(Row::blank(self.columns, Pen::default()), self.rows.len());
        let rows = std::mem::replace(&mut self.rows, blank);
        self.below = Some(rows);
        self.left_with = self.pen;
    }

    pub(super) fn leave_alternate(&mut self, cursor: AlternateCursor) {
        // Also where it was left already.
        if let Some(cursor) = self.left_at.filter(|_| cursor == AlternateCursor::Own) {
            (self.cursor, self.pen) = (cursor, self.left_with);
        }
        if let Some(rows) = self.below.take() {
            self.rows = rows;
        }
        self.cursor = (self.cursor.0.min(self.columns - 1), self.cursor.1.min(self.rows.len() - 1));
    }
}
