//! A screen as cells with what stands in them and how it looks; it knows no file formats.

use super::colour::{INK, PAPER, Rgb, between, rgb};
use crate::terminal::emulator::{self, Colour, Emulator, Letters, Pen, Trait, Underline};

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look(Pen);

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
        if self.0.has(Trait::Dim) { between(ink, paper) } else { ink }
    }

    /// The colour behind them.
    pub fn paper(self) -> Rgb {
        self.colours().1
    }

    /// The colour of the line under them.
    pub fn line(self) -> Rgb {
        rgb(self.0.line, self.ink())
    }

    /// The line under them.
    pub fn underline(self) -> Underline {
        self.0.underline
    }

    /// Whether they are bold, lean or are struck through.
    pub fn has(self, which: Trait) -> bool {
        self.0.has(which)
    }

    fn colours(self) -> (Rgb, Rgb) {
        // A bold letter in one of the eight dark colours is one in its light one.
        let ink = match self.0.ink {
            Colour::Index(number @ 0..=7) if self.has(Trait::Bold) => Colour::Index(number + 8),
            ink @ (Colour::Default | Colour::Index(_) | Colour::Rgb(..)) => ink,
        };
        let (ink, paper) = (rgb(ink, INK), rgb(self.0.paper, PAPER));
        if self.has(Trait::Inverse) { (paper, ink) } else { (ink, paper) }
    }

    /// Whether a line goes through a blank in it, or under or above it.
    pub fn has_lines(self) -> bool {
        self.underline() != Underline::None || self.has(Trait::Struck) || self.has(Trait::Overline)
    }
}

impl Picture {
    /// What these bytes paint on a terminal of this size, with the letters of that tmux.
    pub fn of(columns: u16, rows: u16, letters: Letters, paint: &[u8]) -> Self {
        let mut emulator = Emulator::new(columns, rows, letters);
        emulator.process(paint);
        let screen = emulator.screen();
        let row = |row: u16| (0..columns).filter_map(|column| cell(screen, column, row)).collect();
        let (column_at, row_at) = screen.cursor();
        // One that hangs behind the last column stands on it.
        let at = (column_at.min(columns.saturating_sub(1)), row_at);
        let cursor = screen.modes().shows_cursor.then_some(at);
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
        let is_seen = |cell: &Cell| cell.text != " " || !cell.look.0.is_unseen();
        let last = self.cells.iter().rposition(|row| row.iter().any(is_seen));
        for row in self.cells.iter().take(last.map_or(1, |last| last + 1)) {
            let end = row.iter().rposition(is_seen).map_or(0, |last| last + 1);
            let mut look = None;
            for cell in &row[..end] {
                if look != Some(cell.look) {
                    look = Some(cell.look);
                    cell.look.0.sgr(&mut text);
                }
                text.push_str(&cell.text);
            }
            text.push_str(if end > 0 { "\x1b[0m\n" } else { "\n" });
        }
        text
    }
}

fn cell(screen: &emulator::Screen, column: u16, row: u16) -> Option<Cell> {
    let cell = screen.cell(column, row).filter(|cell| cell.columns() > 0)?;
    let is_seen = !cell.pen.has(Trait::Hidden);
    let text = if is_seen { cell.text().to_owned() } else { " ".to_owned() };
    Some(Cell { column, width: cell.columns().into(), text, look: Look(cell.pen) })
}
