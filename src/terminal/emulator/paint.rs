//! A screen as the bytes that paint it, and what has changed since another as fewer of them.
//!
//! Behind a letter that not every terminal gives the same width, the cursor is put where it belongs:
//! no row shifts, whatever the terminal that is painted on believes.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

use super::cell::{Cell, Row};
use super::modes::{Modes, Mouse};
use super::pen::Pen;
use super::screen::{Screen, would_join};

/// What writes into a row.
struct Brush<'a> {
    out: &'a mut String,
    pen: Option<Pen>,
    /// Where the next letter comes, as far as every terminal agrees.
    at: Option<usize>,
}

impl Brush<'_> {
    fn put(&mut self, at: usize, cell: &Cell) {
        if self.at != Some(at) {
            let _always = write!(self.out, "\x1b[{}G", at + 1);
        }
        let pen = if cell.is_blank() { cell.pen.of_a_blank() } else { cell.pen };
        self.wear(pen);
        if cell.columns() == 2 && !is_wide_for_all(cell.text()) {
            // Who takes it for narrower sees its ground, and nothing of what was there before.
            let _always = write!(self.out, "  \x1b[{}G", at + 1);
        }
        self.out.push_str(cell.text());
        self.at = cell.text().is_ascii().then_some(at + 1);
    }

    fn wear(&mut self, pen: Pen) {
        if self.pen != Some(pen) {
            pen.sgr(self.out);
            self.pen = Some(pen);
        }
    }
}

/// Whether every terminal gives it two columns; of what was put together, each thinks otherwise.
fn is_wide_for_all(text: &str) -> bool {
    let mut letters = text.chars();
    let first = letters.next();
    letters.next().is_none() && first.is_some_and(|letter| letter.width() == Some(2))
}

impl Screen {
    /// The bytes that paint it on a terminal of its size, whatever that showed before.
    pub fn painted(&self) -> Vec<u8> {
        let mut out = "\x1bc".to_owned();
        if self.is_alternate() {
            out.push_str("\x1b[?1049h");
        }
        let (columns, rows) = self.size();
        self.rest(&Self::new(columns, rows), &mut out);
        out.into_bytes()
    }

    /// The bytes that bring a terminal which shows an earlier screen of the same size to this one;
    /// empty where nothing has changed.
    pub fn painted_over(&self, before: &Self) -> Vec<u8> {
        let mut out = String::new();
        self.rest(before, &mut out);
        out.into_bytes()
    }

    fn rest(&self, before: &Self, out: &mut String) {
        let length = out.len();
        for row in 0..usize::from(self.size().1) {
            if !self.shares_row(before, row) {
                changes(self.row(row), before.row(row), row, out);
            }
        }
        let has_written = out.len() > length;
        if has_written || self.cursor() != before.cursor() {
            self.put_cursor(out);
        }
        switches(self.modes(), before.modes(), out);
    }

    fn put_cursor(&self, out: &mut String) {
        let (columns, _) = self.size();
        let (column, row) = self.cursor();
        let _always = write!(out, "\x1b[{};{}H", row + 1, column.min(columns - 1) + 1);
        if column >= columns {
            // Only writing the last column brings a cursor behind it.
            let last = usize::from(columns) - 1;
            let row = self.row(row.into());
            let at = last - usize::from(row.seen(last).is_some_and(|cell| cell.columns() == 0));
            if let Some(cell) = row.seen(at) {
                Brush { out, pen: None, at: None }.put(at, &cell);
            }
        }
    }

    /// A part of a row: columns from one on, as they stand on a terminal from its first column on.
    pub fn painted_row(&self, row: u16, from: u16, columns: u16) -> String {
        let mut out = String::new();
        let Some(row) = self.rows().nth(row.into()) else { return out };
        let (from, columns) = (usize::from(from), usize::from(columns));
        let seen = |at: usize| row.seen(from + at);
        let end = (0..columns).rev().find(|at| seen(*at).is_some_and(|cell| !cell.is_unseen()));
        let mut brush = Brush { out: &mut out, pen: None, at: Some(0) };
        for at in 0..end.map_or(0, |end| end + 1) {
            let Some(cell) = seen(at) else { break };
            match cell.columns() {
                // Its first half stands before the part.
                0 if at == 0 => brush.put(at, &Cell::blank(cell.pen)),
                0 => {}
                2 if at + 1 == columns => brush.put(at, &Cell::blank(cell.pen)),
                _ => brush.put(at, &cell),
            }
        }
        out
    }
}

/// Whether a letter stands beside one that it would have joined, had it come behind it.
fn has_neighbours_that_would_join(row: &Row) -> bool {
    let letters = || row.cells().iter().filter(|cell| cell.columns() > 0);
    letters().zip(letters().skip(1)).any(|(one, other)| {
        let first = other.text().chars().next().filter(|letter| !letter.is_ascii());
        first.is_some_and(|first| would_join(first, one.text()))
    })
}

/// What has changed in a row; what is only blank behind the last letter is erased at once.
fn changes(row: &Row, before: &Row, at: usize, out: &mut String) {
    let columns = row.cells().len();
    let seen = |row: &Row, column: usize| row.seen(column).unwrap_or_else(Cell::half);
    let differs = |column: &usize| seen(row, *column) != seen(before, *column);
    let Some(first) = (0..columns).find(differs) else { return };
    let last = (first..columns).rfind(differs).unwrap_or(first);
    let _always = write!(out, "\x1b[{}d", at + 1);
    if has_neighbours_that_would_join(row) {
        // Each comes beside a blank, so that none joins the letter before it.
        let mut brush = Brush { out, pen: None, at: None };
        brush.wear(Pen::default());
        brush.out.push_str("\x1b[1G\x1b[K");
        for column in (0..columns).rev() {
            let cell = seen(row, column);
            if cell.columns() > 0 && !cell.is_unseen() {
                brush.put(column, &cell);
            }
        }
        return;
    }
    let end = seen(row, columns - 1);
    let is_bare = |cell: &Cell| {
        cell.is_blank()
            && cell.pen.has_bare_blanks()
            && end.is_blank()
            && cell.pen.of_a_blank() == end.pen.of_a_blank()
    };
    let bare = (first..columns).rev().take_while(|column| is_bare(&seen(row, *column))).last();
    let erased = bare.filter(|bare| bare + 1 < last);
    let mut brush = Brush { out, pen: None, at: None };
    // Half a letter never differs alone: what goes with it is written too.
    for column in (first..erased.unwrap_or(last + 1)).filter(differs) {
        let cell = seen(row, column);
        if cell.columns() > 0 {
            brush.put(column, &cell);
        }
    }
    if let Some(erased) = erased {
        let _always = write!(brush.out, "\x1b[{}G", erased + 1);
        brush.wear(Pen::ground(end.pen.of_a_blank().paper));
        brush.out.push_str("\x1b[K");
    }
}

/// Modes that are other ones now.
fn switches(now: Modes, before: Modes, out: &mut String) {
    let mouse = |modes: Modes, which: Mouse| modes.mouse == which;
    let switches = [
        (1, now.has_application_cursor, before.has_application_cursor),
        (1000, mouse(now, Mouse::Buttons), mouse(before, Mouse::Buttons)),
        (1002, mouse(now, Mouse::Drags), mouse(before, Mouse::Drags)),
        (1003, mouse(now, Mouse::Moves), mouse(before, Mouse::Moves)),
        (1006, now.has_wide_mouse, before.has_wide_mouse),
        (2004, now.brackets_pastes, before.brackets_pastes),
        (25, now.shows_cursor, before.shows_cursor),
    ];
    // What is turned off comes first: one kind of mouse ends the other.
    for is_on in [false, true] {
        for (mode, _, _) in
            switches.iter().filter(|(_, now, before)| now != before && *now == is_on)
        {
            let _always = write!(out, "\x1b[?{mode}{}", if is_on { 'h' } else { 'l' });
        }
    }
}
