//! A terminal that never scrolls anything away: what was written, as lines that it would have shown.
//!
//! Rows that are still on the screen may be written again; a line is given out when that is over: it
//! has scrolled away, or, while the program writes line after line, its end was written.

use std::collections::VecDeque;

use unicode_width::UnicodeWidthChar as _;
use vte::{Params, Parser};

use super::line::{Cell, Line, Style};

/// A row has at most this many marks over one letter: more are a mistake or an attack.
const MARKS_MAX: usize = 8;

/// What a terminal has whose size nobody told.
const SIZE: (usize, usize) = (120, 40);

/// The terminal.
pub struct Page {
    parser: Parser,
    screen: Screen,
}

/// What it shows, and what has left it.
#[expect(clippy::struct_excessive_bools, reason = "each is a mode of its own")]
pub(super) struct Screen {
    columns: usize,
    rows: usize,
    /// The rows from the top, as many as were touched.
    pub(super) lines: VecDeque<Line>,
    /// The main screen, while a program draws on the other one.
    main: Option<(VecDeque<Line>, usize, usize)>,
    row: usize,
    column: usize,
    style: Style,
    saved: (usize, usize),
    /// The rows that scroll; all of them when it is as large as the screen.
    region: (usize, usize),
    /// Whether the program goes up and down on the screen: then a row is not over at its end.
    is_drawn: bool,
    /// Whether the cursor has gone to the top: a screen that is cleared now was shown until then.
    is_at_home: bool,
    /// Whether lines are given out at their end, where that is certain.
    is_followed: bool,
    out: Vec<Line>,
    is_graphic: bool,
}

impl Page {
    /// A terminal; with `is_followed`, a line is given out as soon as it is over.
    pub fn new(is_followed: bool) -> Self {
        let screen = Screen {
            columns: SIZE.0,
            rows: SIZE.1,
            lines: VecDeque::new(),
            main: None,
            row: 0,
            column: 0,
            style: Style::default(),
            saved: (0, 0),
            region: (0, SIZE.1),
            is_drawn: false,
            is_at_home: false,
            is_followed,
            out: Vec::new(),
            is_graphic: false,
        };
        Self { parser: Parser::new(), screen }
    }

    /// It has this size from here on.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let screen = &mut self.screen;
        (screen.columns, screen.rows) = (usize::from(columns).max(1), usize::from(rows).max(1));
        screen.region = (0, screen.rows);
        while screen.lines.len() > screen.rows {
            screen.scroll_away();
            screen.row = screen.row.saturating_sub(1);
        }
        screen.row = screen.row.min(screen.rows - 1);
        screen.column = screen.column.min(screen.columns);
    }

    /// Takes what was written; the lines that are over now.
    pub fn write(&mut self, bytes: &[u8]) -> Vec<Line> {
        self.parser.advance(&mut self.screen, bytes);
        std::mem::take(&mut self.screen.out)
    }

    /// Gives out what stands on the screen as if it were over, down to the last row that is not
    /// empty. What is not changed afterwards is not given out again.
    pub fn flush(&mut self) -> Vec<Line> {
        self.screen.give_all();
        std::mem::take(&mut self.screen.out)
    }

    /// The same for all rows above the one that is being written.
    pub fn flush_above(&mut self) -> Vec<Line> {
        if self.screen.is_drawn {
            self.screen.give_all();
        } else {
            let row = self.screen.row;
            self.screen.give(row);
        }
        std::mem::take(&mut self.screen.out)
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        let cells = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        (cells(self.screen.columns), cells(self.screen.rows))
    }

    /// Whether the program draws on the screen that keeps no lines.
    pub fn is_full_screen(&self) -> bool {
        self.screen.main.is_some()
    }
}

impl Screen {
    fn give_all(&mut self) {
        let end = self.lines.iter().rposition(|line| !line.is_blank()).map_or(0, |last| last + 1);
        self.give(end);
    }

    /// Gives out the first rows that were not given out as they are now.
    fn give(&mut self, rows: usize) {
        for line in self.lines.iter_mut().take(rows) {
            if !line.is_given() {
                self.out.push(line.clone());
                line.give();
            }
        }
    }

    /// The row of the cursor; rows above it that were never touched are there then, too.
    fn line(&mut self) -> &mut Line {
        while self.lines.len() <= self.row {
            self.lines.push_back(Line::default());
        }
        &mut self.lines[self.row]
    }

    fn put(&mut self, letter: char) {
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
    fn feed(&mut self) {
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

    fn scroll_up(&mut self, top: usize, bottom: usize) {
        if top == 0 && self.main.is_none() {
            self.scroll_away();
        } else if top < self.lines.len() {
            self.lines.remove(top);
        }
        let at = (bottom - 1).min(self.lines.len());
        self.lines.insert(at, Line::default());
    }

    /// The first row leaves the screen for good.
    fn scroll_away(&mut self) {
        if let Some(first) = self.lines.pop_front()
            && !first.is_given()
        {
            self.out.push(first);
        }
    }

    /// Where the program goes to another row, or takes away what stood below, it draws.
    fn go(&mut self, row: usize, column: usize) {
        let row = row.min(self.rows - 1);
        if (row, column) == (0, 0) && self.row > 0 {
            self.is_at_home = true;
        } else if row != self.row {
            self.is_drawn = true;
        }
        (self.row, self.column) = (row, column.min(self.columns - 1));
    }

    fn erase_below(&mut self) {
        let (row, column) = (self.row, self.column);
        self.line().erase(column, usize::MAX);
        if self.lines.iter().skip(row + 1).any(|line| !line.is_blank()) {
            self.is_drawn = true;
        }
        self.lines.truncate(row + 1);
    }

    fn erase_display(&mut self, what: usize) {
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

    fn clear(&mut self) {
        self.is_at_home = false;
        if self.main.is_none() && !self.is_drawn {
            self.give_all();
        }
        self.lines.clear();
        self.line();
    }

    fn insert_lines(&mut self, count: usize) {
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

    fn delete_lines(&mut self, count: usize) {
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
    fn switch(&mut self, to_other: bool) {
        if to_other && self.main.is_none() {
            let lines = std::mem::take(&mut self.lines);
            self.main = Some((lines, self.row, self.column));
            self.region = (0, self.rows);
        } else if !to_other && let Some((lines, row, column)) = self.main.take() {
            (self.lines, self.row, self.column) = (lines, row.min(self.rows - 1), column);
            self.region = (0, self.rows);
        }
    }

    fn reset(&mut self) {
        self.switch(false);
        self.is_drawn = false;
        self.clear();
        (self.row, self.column) = (0, 0);
        (self.style, self.region) = (Style::default(), (0, self.rows));
        self.is_graphic = false;
        self.line();
    }

    fn mode(&mut self, modes: &Params, is_on: bool) {
        for mode in modes.iter().flatten() {
            if matches!(mode, 47 | 1047 | 1049) {
                self.switch(is_on);
            }
        }
    }

    fn set_region(&mut self, params: &Params) {
        let top = number(params, 0, 1) - 1;
        let bottom = match number(params, 1, 0) {
            0 => self.rows,
            bottom => bottom.min(self.rows),
        };
        if top < bottom {
            self.region = (top, bottom);
            self.is_drawn |= top > 0 || bottom < self.rows;
            self.go(0, 0);
        }
    }
}

/// A parameter; 0 and none stand for the default.
fn number(params: &Params, at: usize, default: usize) -> usize {
    let given = params.iter().nth(at).and_then(|values| values.first().copied());
    given.map(usize::from).filter(|value| *value > 0).unwrap_or(default)
}

/// DEC special graphics, for `` ` `` to `~`.
const GRAPHICS: &str = "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";

impl vte::Perform for Screen {
    fn print(&mut self, letter: char) {
        let drawn = u32::from(letter).checked_sub(u32::from('`')).filter(|_| self.is_graphic);
        let drawn = drawn.and_then(|at| GRAPHICS.chars().nth(at as usize));
        self.put(drawn.unwrap_or(letter));
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            0x08 => self.column = self.column.min(self.columns).saturating_sub(1),
            b'\t' => self.column = ((self.column / 8 + 1) * 8).min(self.columns - 1),
            b'\n' | 0x0b | 0x0c => self.feed(),
            b'\r' => self.column = 0,
            0x0e => self.is_graphic = true,
            0x0f => self.is_graphic = false,
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, between: &[u8], _: bool, byte: u8) {
        match (between, byte) {
            ([], b'7') => self.saved = (self.row, self.column),
            ([], b'8') => self.go(self.saved.0, self.saved.1),
            ([], b'D') => self.feed(),
            ([], b'E') => {
                self.feed();
                self.column = 0;
            }
            ([], b'M') => {
                if self.row == self.region.0 {
                    self.insert_lines(1);
                } else {
                    self.go(self.row.saturating_sub(1), self.column);
                }
            }
            ([], b'c') => self.reset(),
            ([b'('], b'0') => self.is_graphic = true,
            ([b'('], _) => self.is_graphic = false,
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, between: &[u8], _: bool, letter: char) {
        let count = number(params, 0, 1);
        let (row, column) = (self.row, self.column);
        match (between, letter) {
            ([], 'A') => self.go(row.saturating_sub(count), column),
            ([], 'B' | 'e') => self.go(row + count, column),
            ([], 'C' | 'a') => self.go(row, column + count),
            ([], 'D') => self.go(row, column.min(self.columns).saturating_sub(count)),
            ([], 'E') => self.go(row + count, 0),
            ([], 'F') => self.go(row.saturating_sub(count), 0),
            ([], 'G' | '`') => self.go(row, count - 1),
            ([], 'd') => self.go(count - 1, column),
            ([], 'H' | 'f') => self.go(count - 1, number(params, 1, 1) - 1),
            ([], 'J') => self.erase_display(number(params, 0, 0)),
            ([], 'K') => match number(params, 0, 0) {
                0 => self.line().erase(column, usize::MAX),
                1 => self.line().erase(0, column + 1),
                _ => self.line().erase(0, usize::MAX),
            },
            ([], 'L') => self.insert_lines(count),
            ([], 'M') => self.delete_lines(count),
            ([], 'P') => self.line().delete(column, count),
            ([], 'X') => self.line().erase(column, column + count),
            ([], '@') => {
                let most = self.columns;
                self.line().insert(column, count, most);
            }
            ([], 'S') => {
                for _ in 0..count.min(self.rows) {
                    self.scroll_up(self.region.0, self.region.1);
                }
                self.is_drawn = true;
            }
            ([], 's') => self.saved = (row, column),
            ([], 'u') => self.go(self.saved.0, self.saved.1),
            ([], 'r') => self.set_region(params),
            ([], 'm') => self.style.change(params),
            ([b'?'], 'h') => self.mode(params, true),
            ([b'?'], 'l') => self.mode(params, false),
            _ => {}
        }
    }
}
