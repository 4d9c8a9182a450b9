//! A screen as cells with what stands in them and how it looks; it knows no file formats.

use std::fmt::Write as _;
use std::num::NonZeroU16;

use vt100::Color;

use super::colour::{INK, PAPER, Rgb, between, rgb};

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an attribute of a terminal")]
pub struct Look {
    ink: Color,
    paper: Color,
    /// Letters are bold.
    pub bold: bool,
    dim: bool,
    /// Letters lean.
    pub italic: bool,
    /// A line stands under them.
    pub underline: bool,
    inverse: bool,
}

/// A cell in which something begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its column.
    pub column: u16,
    /// How many columns it takes: one or two.
    pub width: u16,
    /// A letter and the marks over it; a space where nothing stands.
    pub text: String,
    /// How it looks.
    pub look: Look,
}

/// A screen.
#[derive(Debug)]
pub struct Picture {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
    /// Its rows from the top, each with its cells from the left.
    pub cells: Vec<Vec<Cell>>,
    /// Column and row of the cursor, where it is shown.
    pub cursor: Option<(u16, u16)>,
}

impl Look {
    /// The colour of the letters.
    pub fn ink(self) -> Rgb {
        let (ink, paper) = self.colours();
        if self.dim { between(ink, paper) } else { ink }
    }

    /// The colour behind them.
    pub fn paper(self) -> Rgb {
        self.colours().1
    }

    fn colours(self) -> (Rgb, Rgb) {
        // A bold letter in one of the eight dark colours is one in its light one.
        let ink = match self.ink {
            Color::Idx(number @ 0..=7) if self.bold => Color::Idx(number + 8),
            ink @ (Color::Default | Color::Idx(_) | Color::Rgb(..)) => ink,
        };
        let (ink, paper) = (rgb(ink, INK), rgb(self.paper, PAPER));
        if self.inverse { (paper, ink) } else { (ink, paper) }
    }

    /// Whether a space in it cannot be seen.
    fn is_unseen(self) -> bool {
        self.paper == Color::Default && !self.inverse && !self.underline
    }

    fn sgr(self, out: &mut String) {
        out.push_str("\x1b[0");
        let switches = [
            (self.bold, 1),
            (self.dim, 2),
            (self.italic, 3),
            (self.underline, 4),
            (self.inverse, 7),
        ];
        for (_, number) in switches.into_iter().filter(|(is_on, _)| *is_on) {
            let _always = write!(out, ";{number}");
        }
        for (colour, plane) in [(self.ink, 38), (self.paper, 48)] {
            let _always = match colour {
                Color::Default => Ok(()),
                Color::Idx(number @ 0..=7) => write!(out, ";{}", plane - 8 + u16::from(number)),
                Color::Idx(number) => write!(out, ";{plane};5;{number}"),
                Color::Rgb(red, green, blue) => write!(out, ";{plane};2;{red};{green};{blue}"),
            };
        }
        out.push('m');
    }
}

impl Picture {
    /// What these bytes paint on a terminal of this size.
    pub fn of(columns: u16, rows: u16, paint: &[u8]) -> Self {
        let at_least_one = |count: u16| NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN);
        let mut parser = vt100::Parser::new(at_least_one(rows), at_least_one(columns), 0);
        parser.process(paint);
        let screen = parser.screen();
        let row = |row: u16| (0..columns).filter_map(|column| cell(screen, row, column)).collect();
        let (row_at, column_at) = screen.cursor_position();
        // One that hangs behind the last column stands on it.
        let at = (column_at.min(columns.saturating_sub(1)), row_at);
        let cursor = (!screen.hide_cursor()).then_some(at);
        Self { columns, rows, cells: (0..rows).map(row).collect(), cursor }
    }

    /// The text, without blanks at the ends of rows and at the end of it.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.cells {
            let line: String = row.iter().map(|cell| cell.text.as_str()).collect();
            text.push_str(line.trim_end());
            text.push('\n');
        }
        let end = text.trim_end().len();
        text.truncate(end);
        text.push('\n');
        text
    }

    /// The text with its colours; a terminal is as it was behind each row.
    pub fn ansi(&self) -> String {
        let mut text = String::new();
        let is_seen = |cell: &Cell| cell.text != " " || !cell.look.is_unseen();
        let last = self.cells.iter().rposition(|row| row.iter().any(is_seen));
        for row in self.cells.iter().take(last.map_or(1, |last| last + 1)) {
            let end = row.iter().rposition(is_seen).map_or(0, |last| last + 1);
            let mut look = None;
            for cell in &row[..end] {
                if look != Some(cell.look) {
                    look = Some(cell.look);
                    cell.look.sgr(&mut text);
                }
                text.push_str(&cell.text);
            }
            text.push_str(if end > 0 { "\x1b[0m\n" } else { "\n" });
        }
        text
    }
}

fn cell(screen: &vt100::Screen, row: u16, column: u16) -> Option<Cell> {
    let cell = screen.cell(row, column)?;
    if cell.is_wide_continuation() {
        return None;
    }
    let is_clean = |letter: char| !letter.is_control();
    let text: String = cell.contents().chars().filter(|letter| is_clean(*letter)).collect();
    Some(Cell {
        column,
        width: if cell.is_wide() { 2 } else { 1 },
        text: if text.is_empty() { " ".to_owned() } else { text },
        look: Look {
            ink: cell.fgcolor(),
            paper: cell.bgcolor(),
            bold: cell.bold(),
            dim: cell.dim(),
            italic: cell.italic(),
            underline: cell.underline(),
            inverse: cell.inverse(),
        },
    })
}
