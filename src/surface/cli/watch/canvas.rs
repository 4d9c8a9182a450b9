//! A terminal emulator for the agent's screen, and what of it fits ours. It draws only changes.

use std::num::NonZeroU16;

use unicode_width::UnicodeWidthChar as _;

/// Cells: columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cells {
    /// Across.
    pub columns: u16,
    /// Down.
    pub rows: u16,
}

/// The agent's screen, behind the window that our terminal is.
pub struct Canvas {
    /// What the agent shows; nothing before the first screen.
    agent: Option<vt100::Parser>,
    /// Our terminal; its last row is the status line.
    ours: Cells,
    /// The first column and row of the agent's screen that are shown.
    at: (u16, u16),
    /// Whether the view goes where the agent's cursor goes: until somebody moves it.
    follows: bool,
    /// What stands on our terminal, row by row.
    drawn: Vec<String>,
    /// The status line that stands there, and where the cursor was left.
    below: String,
}

impl Canvas {
    /// An empty one.
    pub fn new(ours: Cells) -> Self {
        let (drawn, below) = (Vec::new(), String::new());
        Self { agent: None, ours, at: (0, 0), follows: true, drawn, below }
    }

    /// The whole screen anew.
    pub fn screen(&mut self, size: Cells, paint: &[u8]) {
        let (Some(rows), Some(columns)) =
            (NonZeroU16::new(size.rows), NonZeroU16::new(size.columns))
        else {
            return;
        };
        let mut parser = vt100::Parser::new(rows, columns, 0);
        parser.process(paint);
        self.agent = Some(parser);
        self.keep_up();
    }

    /// Live bytes; without a screen they have no place.
    pub fn output(&mut self, bytes: &[u8]) {
        if let Some(agent) = &mut self.agent {
            agent.process(bytes);
            self.keep_up();
        }
    }

    /// Our terminal has another size: nothing on it can be trusted.
    pub fn resize(&mut self, ours: Cells) {
        self.ours = ours;
        self.drawn.clear();
        self.below.clear();
        self.keep_up();
    }

    /// Moves the view, as far as there is something to see; from then on it stays there.
    pub fn pan(&mut self, columns: i32, rows: i32) {
        self.follows = false;
        self.shift(columns, rows);
    }

    /// Has the view go where the agent's cursor goes again.
    pub fn follow(&mut self) {
        self.follows = true;
        self.at.0 = 0;
        self.keep_up();
    }

    /// Whether the view goes where the agent's cursor goes.
    pub fn follows(&self) -> bool {
        self.follows
    }

    /// Keeps the view inside the screen, and where it follows, the row of the cursor in view.
    /// Columns stay: lines are read from their start.
    fn keep_up(&mut self) {
        if let Some(agent) = self.agent.as_ref().filter(|_| self.follows) {
            let (row, _) = agent.screen().cursor_position();
            let first = (row + 1).saturating_sub(self.view_rows());
            self.at.1 = self.at.1.clamp(first, row.max(first));
        }
        self.shift(0, 0);
    }

    fn shift(&mut self, columns: i32, rows: i32) {
        let size = self.size().unwrap_or(Cells { columns: 0, rows: 0 });
        let moved = |at: u16, by: i32, of: u16, view: u16| {
            let last = i32::from(of.saturating_sub(view));
            u16::try_from((i32::from(at) + by).clamp(0, last)).unwrap_or(0)
        };
        self.at = (
            moved(self.at.0, columns, size.columns, self.ours.columns),
            moved(self.at.1, rows, size.rows, self.view_rows()),
        );
    }

    /// The size of the agent's screen.
    pub fn size(&self) -> Option<Cells> {
        let (rows, columns) = self.agent.as_ref()?.screen().size();
        Some(Cells { columns: columns.get(), rows: rows.get() })
    }

    /// Where the view is, when it does not show all.
    pub fn cropped(&self) -> Option<(u16, u16)> {
        let size = self.size()?;
        let fits = size.columns <= self.ours.columns && size.rows <= self.view_rows();
        (!fits).then_some(self.at)
    }

    /// What brings our terminal from what it shows to what it should; empty when it does.
    pub fn draw(&mut self, status: &str) -> Vec<u8> {
        let rows = self.visible();
        let changed = rows.iter().enumerate().filter(|(at, row)| self.drawn.get(*at) != Some(row));
        let out: String = changed
            .map(|(at, row)| format!("\x1b[{};1H\x1b[0m\x1b[2K{row}\x1b[0m", at + 1))
            .collect();
        let status = fitted(status, usize::from(self.ours.columns));
        let cursor = self.cursor();
        let below = format!("\x1b[{};1H\x1b[0;7m{status}\x1b[0m{cursor}", self.ours.rows);
        if out.is_empty() && below == self.below {
            return Vec::new();
        }
        self.drawn = rows;
        self.below.clone_from(&below);
        format!("\x1b[?25l{out}{below}").into_bytes()
    }

    fn view_rows(&self) -> u16 {
        self.ours.rows.saturating_sub(1)
    }

    fn visible(&self) -> Vec<String> {
        let count = usize::from(self.view_rows());
        let mut rows: Vec<String> = match &self.agent {
            Some(agent) => agent
                .screen()
                .rows_formatted(self.at.0, self.ours.columns)
                .skip(usize::from(self.at.1))
                .take(count)
                .collect(),
            None => Vec::new(),
        };
        rows.resize(count, String::new());
        rows
    }

    /// The agent's cursor, where it is in view.
    fn cursor(&self) -> String {
        let Some(screen) = self.agent.as_ref().map(vt100::Parser::screen) else {
            return String::new();
        };
        let (row, column) = screen.cursor_position();
        match (row.checked_sub(self.at.1), column.checked_sub(self.at.0)) {
            (Some(row), Some(column))
                if !screen.hide_cursor()
                    && row < self.view_rows()
                    && column < self.ours.columns =>
            {
                format!("\x1b[{};{}H\x1b[?25h", row + 1, column + 1)
            }
            _ => String::new(),
        }
    }
}

/// A text in exactly so many columns.
fn fitted(text: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if used + width > columns {
            break;
        }
        out.push(c);
        used += width;
    }
    out.push_str(&" ".repeat(columns - used));
    out
}

#[cfg(test)]
mod tests {
    use super::{Canvas, Cells};

    /// What a terminal of this size shows after our bytes; the status line is padded.
    fn shown(size: Cells, bytes: &[&[u8]]) -> String {
        let rows = size.rows.try_into().unwrap();
        let mut ours = vt100::Parser::new(rows, size.columns.try_into().unwrap(), 0);
        bytes.iter().for_each(|bytes| ours.process(bytes));
        ours.screen().contents().trim_end().to_owned()
    }

    #[test]
    fn a_small_screen_is_shown_whole() {
        let ours = Cells { columns: 30, rows: 6 };
        let mut canvas = Canvas::new(ours);
        canvas.screen(Cells { columns: 20, rows: 3 }, b"one\r\ntwo");
        assert_eq!(canvas.cropped(), None);
        let first = canvas.draw("ada healthy");
        assert_eq!(shown(ours, &[&first]), "one\ntwo\n\n\n\nada healthy");
        canvas.output(b"\r\nthree");
        let second = canvas.draw("ada healthy");
        assert_eq!(shown(ours, &[&first, &second]), "one\ntwo\nthree\n\n\nada healthy");
        assert!(!String::from_utf8_lossy(&second).contains("two"), "only what changed is drawn");
        assert!(canvas.draw("ada healthy").is_empty(), "nothing changed, nothing is drawn");
    }

    #[test]
    fn a_large_screen_is_cropped_and_the_view_moves_no_further_than_its_edge() {
        let ours = Cells { columns: 4, rows: 3 };
        let mut canvas = Canvas::new(ours);
        canvas.screen(Cells { columns: 8, rows: 4 }, b"abcdefgh\r\n12345678\r\nABCDEFGH\r\n!");
        canvas.pan(-100, -100);
        assert_eq!(canvas.cropped(), Some((0, 0)));
        assert_eq!(shown(ours, &[&canvas.draw("s")]), "abcd\n1234\ns");
        canvas.pan(2, 1);
        assert_eq!(canvas.cropped(), Some((2, 1)));
        assert_eq!(shown(ours, &[&canvas.draw("s")]), "3456\nCDEF\ns");
        canvas.pan(100, 100);
        assert_eq!(canvas.cropped(), Some((4, 2)));
    }

    #[test]
    fn the_view_goes_where_the_cursor_goes_until_somebody_moves_it() {
        let ours = Cells { columns: 4, rows: 3 };
        let mut canvas = Canvas::new(ours);
        canvas.screen(Cells { columns: 4, rows: 5 }, b"1\r\n2\r\n3\r\n4");
        assert_eq!(shown(ours, &[&canvas.draw("s")]), "3\n4\ns");
        canvas.output(b"\r\n5");
        let later = canvas.draw("s");
        assert_eq!(shown(ours, &[&later]), "4\n5\ns");
        canvas.output(b"\x1b[4;1H");
        canvas.draw("s");
        assert_eq!(canvas.cropped(), Some((0, 3)), "it moves no more than it must");
        canvas.output(b"\x1b[H");
        canvas.draw("s");
        assert_eq!(canvas.cropped(), Some((0, 0)));
        canvas.pan(0, 1);
        canvas.output(b"\x1b[5;1H");
        canvas.draw("s");
        assert_eq!(canvas.cropped(), Some((0, 1)), "it was put there");
        canvas.follow();
        canvas.draw("s");
        assert_eq!(canvas.cropped(), Some((0, 3)));
    }

    #[test]
    fn the_status_line_never_wraps() {
        let ours = Cells { columns: 5, rows: 2 };
        let mut canvas = Canvas::new(ours);
        assert_eq!(shown(ours, &[&canvas.draw("ada 世界")]), "\nada");
        canvas.resize(Cells { columns: 6, rows: 2 });
        assert!(!canvas.draw("ada 世界").is_empty());
    }
}
