//! The text that a pane shows; reading it changes nothing.

use super::commands::{Shown, capture, say_of};
use super::connection::unreadable;
use super::line::Line;
use super::paint::paint_rows;
use super::{Tmux, TmuxError};
use crate::terminal::emulator::{Emulator, Letters, Trait};

/// What scrolled off a pane, and what it shows, as one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrolled {
    /// Columns.
    pub columns: u16,
    /// How many rows the pane shows: the last of the picture.
    pub rows: u16,
    /// How many rows of history are above them.
    pub above: u16,
    /// The bytes that paint it on an empty terminal with that many columns and rows.
    pub paint: Vec<u8>,
    /// The version of the tmux whose letters they are: which join, and how wide they are.
    pub tmux: String,
}

impl Tmux {
    /// The last rows of history, `count` at most, and what the pane shows.
    pub async fn scrolled(&self, pane: &str, count: u16) -> Result<Scrolled, TmuxError> {
        let attempt = format!("read the history of pane {pane}");
        let line = Line::of(say_of(pane, "H #{pane_width} #{pane_height} #{version}"))
            .then(capture(pane, Shown::RowsAfter(count.into())));
        let blocks = self.connection.must(&attempt, line).await?;
        let size = blocks.first().and_then(|block| block.lines.first());
        let size = String::from_utf8_lossy(size.map_or(b"", Vec::as_slice)).into_owned();
        let size: Vec<&str> = size.split(' ').collect();
        let size = match size[..] {
            ["H", columns, rows, tmux] => {
                columns.parse().ok().zip(rows.parse().ok()).zip(Some(tmux))
            }
            _ => None,
        };
        let (Some(((columns, rows), tmux)), Some(shown)) = (size, blocks.get(1)) else {
            return Err(unreadable(&attempt, &blocks));
        };
        let above = shown.lines.len().saturating_sub(usize::from(rows));
        let above = u16::try_from(above).unwrap_or(u16::MAX).min(count);
        let (paint, tmux) = (paint_rows(&shown.lines), tmux.to_owned());
        Ok(Scrolled { columns, rows, above, paint, tmux })
    }

    /// The visible text, a line for each row; blanks at the ends of rows and empty rows at the
    /// bottom are left out.
    pub async fn screen(&self, pane: &str) -> Result<Vec<String>, TmuxError> {
        self.capture(&format!("read the screen of pane {pane}"), pane, Shown::Text).await
    }

    /// The last lines of history and screen together, `count` at most, from the last one that is
    /// not blank backwards.
    pub async fn last_lines(&self, pane: &str, count: usize) -> Result<Vec<String>, TmuxError> {
        let attempt = format!("read the end of pane {pane}");
        let mut lines = self.capture(&attempt, pane, Shown::TextAfter(count)).await?;
        lines.drain(..lines.len().saturating_sub(count));
        let blank = lines.iter().take_while(|line| line.is_empty()).count();
        lines.drain(..blank);
        Ok(lines)
    }

    /// Whether the letter in a column and row of what a pane shows, from 0, is dim.
    pub async fn is_dim(&self, pane: &str, at: (usize, usize)) -> Result<bool, TmuxError> {
        let Scrolled { columns, rows, paint, tmux, .. } = self.scrolled(pane, 0).await?;
        let mut emulator = Emulator::new(columns, rows, Letters::of(&tmux));
        emulator.process(&paint);
        let (Ok(column), Ok(row)) = (u16::try_from(at.0), u16::try_from(at.1)) else {
            return Ok(false);
        };
        let letter = emulator.screen().cell(column, row);
        Ok(letter.is_some_and(|letter| letter.pen.has(Trait::Dim)))
    }

    async fn capture(
        &self,
        attempt: &str,
        pane: &str,
        shown: Shown,
    ) -> Result<Vec<String>, TmuxError> {
        let blocks = self.connection.must(attempt, Line::of(capture(pane, shown))).await?;
        Ok(blocks.first().map(|block| visible(&block.lines)).unwrap_or_default())
    }
}

/// Captured rows as text, without blanks at their ends and empty rows at the bottom.
pub(super) fn visible(rows: &[Vec<u8>]) -> Vec<String> {
    let text = |row: &Vec<u8>| String::from_utf8_lossy(row).trim_end().to_owned();
    let mut lines: Vec<String> = rows.iter().map(text).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}
