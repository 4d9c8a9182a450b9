//! What the terminal shows, row by row, and which lines are over.

use std::collections::VecDeque;

use unicode_width::UnicodeWidthChar as _;

use super::super::line::{Cell, Line, Style};

/// A row has at most this many marks over one letter: more are a mistake or an attack.
const MARKS_MAX: usize = 8;

/// What it shows, and what has left it.
#[expect(clippy::struct_excessive_bools, reason = "each is a mode of its own")]
pub(super) struct Screen {
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// The rows from the top, as many as were touched.
    pub(super) lines: VecDeque<Line>,
    /// The main screen, while a program draws on the other one.
    pub(super) main: Option<(VecDeque<Line>, usize, usize)>,
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) style: Style,
    pub(super) saved: (usize, usize),
    /// The rows that scroll; all of them when it is as large as the screen.
    pub(super) region: (usize, usize),
    /// Whether the program goes up and down on the screen: then a row is not over at its end.
    pub(super) is_drawn: bool,
    /// Whether the cursor has gone to the top: a screen that is cleared now was shown until then.
    pub(super) is_at_home: bool,
    /// Whether lines are given out at their end, where that is certain.
    pub(super) is_followed: bool,
    pub(super) out: Vec<Line>,
    pub(super) is_graphic: bool,
}

impl Screen {
    pub(super) fn give_all(&mut self) {
        let end = self.lines.iter().rposition(|line| !line.is_blank()).map_or(0, |last| last + 1);
        self.give(end);
    }

    /// Gives out the first rows that were not given out as they are now.
    pub(super) fn give(&mut self, rows: usize) {
        for line in self.lines.iter_mut().take(rows) {
            if !line.is_given() {
                self.out.push(line.clone());
                line.give();
            }
        }
    }

    /// The row of the cursor; rows above it that were never touched are there then, too.
    pub(super) fn line(&mut self) -> &mut Line {
        while self.lines.len() <= self.row {
            self.lines.push_back(Line::default());
        }
        &mut self.lines[self.row]
    }

    pub(super) fn put(&mut self, letter: char) {
        self.is_drawn |= std::mem::take(&mut self.is_at_home);
        // What controls a terminal is no letter.
        let Some(width) = letter.width() else { return };
        if width == 0 {
            let column = self.column;
            if let Some(before) = column.checked_sub(1) {
                self.line().add_mark(before, letter, MARKS_MAX);
            }
            return;
        }
        if self.column + width > self.columns {
            self.line().is_wrapped = true;
            self.feed();
            self.column = 0;
        }
        let (column, style) = (self.column, self.style);
        self.line().put(column, Cell::of(letter, style), width);
        self.column += width;
    }

    /// One row down.
    pub(super) fn feed(&mut self) {
        let (top, bottom) = self.region;
        if self.is_followed && !self.is_drawn && self.main.is_none() && !self.line().is_wrapped {
            // Rows that are one line over several are given out together.
            let row = self.row;
            self.give(row + 1);
        }
        if self.row + 1 == bottom {
            self.scroll_up(top, bottom);
        } else {
            self.row = (self.row + 1).min(self.rows - 1);
        }
        self.line();
    }

    pub(super) fn scroll_up(&mut self, top: usize, bottom: usize) {
        if top == 0 && self.main.is_none() {
            self.scroll_away();
        } else if top < self.lines.len() {
            self.lines.remove(top);
        }
        let at = (bottom - 1).min(self.lines.len());
        self.lines.insert(at, Line::default());
    }

    /// The first row leaves the screen for good.
    pub(super) fn scroll_away(&mut self) {
        if let Some(first) = self.lines.pop_front()
            && !first.is_given()
        {
            self.out.push(first);
        }
    }

    /// Where the program goes to another row, or takes away what stood below, it draws.
    pub(super) fn go(&mut self, row: usize, column: usize) {
        let row = row.min(self.rows - 1);
        if (row, column) == (0, 0) && self.row > 0 {
            self.is_at_home = true;
        } else if row != self.row {
            self.is_drawn = true;
        }
        (self.row, self.column) = (row, column.min(self.columns - 1));
    }

    pub(super) fn erase_below(&mut self) {
        let (row, column) = (self.row, self.column);
        self.line().erase(column, usize::MAX);
        if self.lines.iter().skip(row + 1).any(|line| !line.is_blank()) {
            self.is_drawn = true;
        }
        self.lines.truncate(row + 1);
    }

    pub(super) fn erase_display(&mut self, what: usize) {
        match what {
            0 => self.erase_below(),
            1 => {
                let column = self.column;
                self.line().erase(0, column + 1);
                for line in self.lines.iter_mut().take(self.row) {
                    line.erase(0, usize::MAX);
                }
                self.is_drawn = true;
            }
            // What stood there was shown, and is gone now.
            2 | 3 => self.clear(),
            _ => {}
        }
    }

    pub(super) fn clear(&mut self) {
        self.is_at_home = false;
        if self.main.is_none() && !self.is_drawn {
            self.give_all();
        }
        self.lines.clear();
        self.line();
    }

    pub(super) fn insert_lines(&mut self, count: usize) {
        let bottom = self.region.1;
        self.line();
        for _ in 0..count.min(self.rows) {
            self.lines.insert(self.row, Line::default());
            if self.lines.len() > bottom {
                self.lines.remove(bottom);
            }
        }
        self.is_drawn = true;
    }

    pub(super) fn delete_lines(&mut self, count: usize) {
        let bottom = self.region.1;
        for _ in 0..count.min(self.rows) {
            if self.row < self.lines.len() {
                self.lines.remove(self.row);
                let at = (bottom - 1).min(self.lines.len());
                self.lines.insert(at, Line::default());
            }
        }
        self.is_drawn = true;
    }

    /// The other screen, and back; what stands there leaves no lines.
    pub(super) fn switch(&mut self, to_other: bool) {
        if to_other && self.main.is_none() {
            let lines = std::mem::take(&mut self.lines);
            self.main = Some((lines, self.row, self.column));
            self.region = (0, self.rows);
        } else if !to_other && let Some((lines, row, column)) = self.main.take() {
            (self.lines, self.row, self.column) = (lines, row.min(self.rows - 1), column);
            self.region = (0, self.rows);
        }
    }

    pub(super) fn reset(&mut self) {
        self.switch(false);
        self.is_drawn = false;
        self.clear();
        (self.row, self.column) = (0, 0);
        (self.style, self.region) = (Style::default(), (0, self.rows));
        self.is_graphic = false;
        self.line();
    }
}
