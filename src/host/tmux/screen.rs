//! The text that a pane shows; reading it changes nothing.

use super::commands::{Shown, capture};
use super::line::Line;
use super::{Tmux, TmuxError};

impl Tmux {
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

    async fn capture(
        &self,
        attempt: &str,
        pane: &str,
        shown: Shown,
    ) -> Result<Vec<String>, TmuxError> {
        let blocks = self.connection.must(attempt, Line::of(capture(pane, shown))).await?;
        let text = |line: &Vec<u8>| String::from_utf8_lossy(line).trim_end().to_owned();
        let mut lines: Vec<String> =
            blocks.iter().flat_map(|block| &block.lines).map(text).collect();
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        Ok(lines)
    }
}
