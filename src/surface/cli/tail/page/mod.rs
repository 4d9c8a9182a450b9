//! A terminal that never scrolls anything away: what was written, as lines that it would have shown.
//!
//! Rows that are still on the screen may be written again; a line is given out when that is over: it
//! has scrolled away, or, while the program writes line after line, its end was written.

mod perform;
mod screen;

use std::collections::VecDeque;

use super::line::{Line, Style};
use crate::terminal::parser::Parser;
use screen::Screen;

/// What a terminal has whose size nobody told.
const SIZE: (usize, usize) = (120, 40);

/// The terminal.
pub struct Page {
    parser: Parser,
    screen: Screen,
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
        Self { parser: Parser::default(), screen }
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
