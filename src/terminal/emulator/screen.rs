//! What stands on a terminal, and what moves it. Each rule is that of tmux (`screen-write.c` of
//! 3.3a), also where it is odd: what tmux shows is the truth.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::cell::{Cell, Row};
use super::pen::{Colour, Pen};

/// From one tab stop to the next.
const TAB: usize = 8;

/// Which buttons and moves of a mouse a program is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mouse {
    /// None.
    #[default]
    Off,
    /// Buttons.
    Buttons,
    /// Moves too while a button is down.
    Drags,
    /// All moves.
    Moves,
}

/// What a program has asked of its terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mode of a terminal")]
pub struct Modes {
    /// The cursor is shown.
    pub shows_cursor: bool,
    /// Cursor keys send the sequences for programs.
    pub has_application_cursor: bool,
    /// Pastes are marked.
    pub brackets_pastes: bool,
    /// What is told of the mouse.
    pub mouse: Mouse,
    /// In the form that has no limit.
    pub has_wide_mouse: bool,
    pub(super) wraps: bool,
    pub(super) inserts: bool,
    pub(super) has_origin: bool,
}

impl Default for Modes {
    fn default() -> Self {
        Self {
            shows_cursor: true,
            has_application_cursor: false,
            brackets_pastes: false,
            mouse: Mouse::Off,
            has_wide_mouse: false,
            wraps: true,
            inserts: false,
            has_origin: false,
        }
    }
}

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

    // === the cursor ===

    pub(super) fn go_to(&mut self, column: Option<usize>, row: Option<usize>, minds_origin: bool) {
        let (top, bottom) = self.region;
        let row = row.map(|row| match minds_origin && self.modes.has_origin {
            true if row > bottom - top => bottom,
            true => row + top,
            false => row,
        });
        let column = column.map_or(self.cursor.0, |column| column.min(self.columns - 1));
        self.cursor = (column, row.map_or(self.cursor.1, |row| row.min(self.rows.len() - 1)));
    }

    pub(super) fn up(&mut self, count: usize) {
        let (column, row) = self.cursor;
        let least = if row < self.region.0 { 0 } else { self.region.0 };
        self.cursor = (column.min(self.columns - 1), row.saturating_sub(count).max(least));
    }

    pub(super) fn down(&mut self, count: usize) {
        let (column, row) = self.cursor;
        let most = if row > self.region.1 { self.rows.len() - 1 } else { self.region.1 };
        self.cursor = (column.min(self.columns - 1), (row + count).min(most));
    }

    pub(super) fn right(&mut self, count: usize) {
        self.cursor.0 = (self.cursor.0 + count).min(self.columns - 1);
    }

    pub(super) fn left(&mut self, count: usize) {
        let column = self.cursor.0.min(self.columns - 1);
        // From behind the last column one step leads onto it.
        let count = count - usize::from(self.cursor.0 == self.columns && count > 0);
        self.cursor.0 = column.saturating_sub(count);
    }

    pub(super) fn back(&mut self) {
        let (column, row) = self.cursor;
        if column > 0 {
            self.cursor.0 = column - 1;
        } else if row > 0 && self.rows[row - 1].is_wrapped {
            self.cursor = (self.columns - 1, row - 1);
        }
    }

    pub(super) fn carriage_return(&mut self) {
        self.cursor.0 = 0;
    }

    pub(super) fn save(&mut self) {
        let (cursor, has_origin) = (self.cursor, self.modes.has_origin);
        self.saved = Saved { pen: self.pen, sets: self.sets, cursor, has_origin };
    }

    pub(super) fn restore(&mut self) {
        let Saved { pen, sets, cursor, has_origin } = self.saved;
        (self.pen, self.sets, self.modes.has_origin) = (pen, sets, has_origin);
        self.go_to(Some(cursor.0), Some(cursor.1), false);
    }

    // === tab stops ===

    fn reset_tabs(&mut self) {
        self.tabs = (0..self.columns).map(|at| at > 0 && at % TAB == 0).collect();
    }

    pub(super) fn tab(&mut self) {
        let last = self.columns - 1;
        if self.cursor.0 < last {
            let next = (self.cursor.0 + 1..last).find(|at| self.tabs[*at]);
            self.cursor.0 = next.unwrap_or(last);
        }
    }

    pub(super) fn tab_back(&mut self, count: usize) {
        for _ in 0..count.min(self.columns) {
            let column = self.cursor.0.min(self.columns - 1);
            self.cursor.0 = (1..column).rev().find(|at| self.tabs[*at]).unwrap_or(0);
        }
    }

    pub(super) fn set_tab(&mut self, is_stop: bool) {
        if let Some(stop) = self.tabs.get_mut(self.cursor.0) {
            *stop = is_stop;
        }
    }

    pub(super) fn clear_tabs(&mut self) {
        self.tabs.fill(false);
    }

    // === rows ===

    fn ground(&self) -> Pen {
        Pen::ground(self.pen.paper)
    }

    pub(super) fn set_region(&mut self, top: usize, bottom: usize) {
        let last = self.rows.len() - 1;
        let (top, bottom) = (top.min(last), bottom.min(last));
        if top < bottom {
            self.region = (top, bottom);
            self.cursor = (0, 0);
        }
    }

    /// To the next row of what is written in this paper.
    pub(super) fn line_feed(&mut self, paper: Colour) {
        if self.cursor.1 == self.region.1 {
            self.scroll_up(self.region.0..=self.region.1, 1, Pen::ground(paper));
        } else if self.cursor.1 < self.rows.len() - 1 {
            self.cursor.1 += 1;
        }
    }

    pub(super) fn reverse_line_feed(&mut self) {
        if self.cursor.1 == self.region.0 {
            self.scroll_down(self.region.0..=self.region.1, 1, self.ground());
        } else if self.cursor.1 > 0 {
            self.cursor.1 -= 1;
        }
    }

    pub(super) fn scroll(&mut self, is_up: bool, count: usize) {
        let (region, ground) = (self.region.0..=self.region.1, self.ground());
        if is_up {
            self.scroll_up(region, count, ground);
        } else {
            self.scroll_down(region, count, ground);
        }
    }

    fn scroll_up(&mut self, region: RangeInclusive<usize>, count: usize, ground: Pen) {
        let rows = &mut self.rows[region];
        let count = count.min(rows.len());
        rows.rotate_left(count);
        let from = rows.len() - count;
        rows[from..].fill(Arc::new(Row::blank(self.columns, ground)));
    }

    fn scroll_down(&mut self, region: RangeInclusive<usize>, count: usize, ground: Pen) {
        let rows = &mut self.rows[region];
        let count = count.min(rows.len());
        rows.rotate_right(count);
        rows[..count].fill(Arc::new(Row::blank(self.columns, ground)));
    }

    /// What rows are moved by a row that is put in or taken out where the cursor is.
    fn moved(&self) -> RangeInclusive<usize> {
        let row = self.cursor.1;
        let is_inside = (self.region.0..=self.region.1).contains(&row);
        row..=if is_inside { self.region.1 } else { self.rows.len() - 1 }
    }

    pub(super) fn insert_rows(&mut self, count: usize) {
        self.scroll_down(self.moved(), count, self.ground());
    }

    pub(super) fn delete_rows(&mut self, count: usize) {
        self.scroll_up(self.moved(), count, self.ground());
    }

    // === places ===

    fn insert_places(&mut self, count: usize, ground: Pen) {
        let (column, row) = self.cursor;
        Arc::make_mut(&mut self.rows[row]).insert(column, count, ground);
    }

    pub(super) fn insert(&mut self, count: usize) {
        if self.cursor.0 < self.columns {
            self.insert_places(count.min(self.columns - self.cursor.0), self.ground());
        }
    }

    pub(super) fn delete(&mut self, count: usize) {
        let ((column, row), ground) = (self.cursor, self.ground());
        if column < self.columns {
            let count = count.min(self.columns - column);
            Arc::make_mut(&mut self.rows[row]).delete(column, count, ground);
        }
    }

    pub(super) fn erase(&mut self, count: usize) {
        let column = self.cursor.0;
        if column < self.columns {
            self.erase_places(column, (column + count).min(self.columns));
        }
    }

    fn erase_places(&mut self, from: usize, to: usize) {
        let (row, ground) = (self.cursor.1, self.ground());
        Arc::make_mut(&mut self.rows[row]).erase(from..to, ground);
    }

    pub(super) fn erase_in_row(&mut self, how: u16) {
        let column = self.cursor.0;
        match how {
            0 if column < self.columns => self.erase_places(column, self.columns),
            1 => self.erase_places(0, (column + 1).min(self.columns)),
            2 => self.erase_places(0, self.columns),
            _ => {}
        }
    }

    pub(super) fn erase_in_screen(&mut self, how: u16) {
        let (row, blank) = (self.cursor.1, Row::blank(self.columns, self.ground()));
        match how {
            0 => self.rows[row + 1..].fill(Arc::new(blank)),
            1 => self.rows[..row].fill(Arc::new(blank)),
            2 => self.rows.fill(Arc::new(blank)),
            _ => {}
        }
        if how < 2 {
            self.erase_in_row(how);
        }
    }

    pub(super) fn fill_with(&mut self, letter: char) {
        let cell = Cell::letter(letter, 1, Pen::default());
        let mut row = Row::blank(self.columns, Pen::default());
        row.cells_mut().fill(cell);
        self.rows.fill(Arc::new(row));
        (self.cursor, self.region) = ((0, 0), (0, self.rows.len() - 1));
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

    /// To the alternate screen; some come back to where the cursor was.
    pub(super) fn enter_alternate(&mut self, keeps_cursor: bool) {
        if self.below.is_some() {
            return;
        }
        if keeps_cursor {
            self.left_at = Some(self.cursor);
        }
        let blank = shared(Row::blank(self.columns, Pen::default()), self.rows.len());
        let rows = std::mem::replace(&mut self.rows, blank);
        self.below = Some(rows);
        self.left_with = self.pen;
    }

    pub(super) fn leave_alternate(&mut self, keeps_cursor: bool) {
        // Also where it was left already.
        if let Some(cursor) = self.left_at.filter(|_| keeps_cursor) {
            (self.cursor, self.pen) = (cursor, self.left_with);
        }
        if let Some(rows) = self.below.take() {
            self.rows = rows;
        }
        self.cursor = (self.cursor.0.min(self.columns - 1), self.cursor.1.min(self.rows.len() - 1));
    }
}
