//! A terminal emulator for the agent's screen, and what of it fits ours. It draws only changes.

#[cfg(test)]
mod tests;
mod view;

use unicode_width::UnicodeWidthChar as _;

use crate::terminal::emulator::{Emulator, Letters, Screen};
use view::View;

/// Cells: columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cells {
    /// Across.
    pub columns: u16,
    /// Down.
    pub rows: u16,
}

impl Cells {
    /// The size of a screen.
    fn of(screen: &Screen) -> Self {
        let (columns, rows) = screen.size();
        Self { columns, rows }
    }
}

/// The agent's screen, behind the window that our terminal is.
pub struct Canvas {
    /// What the agent shows; nothing before the first screen.
    agent: Option<Emulator>,
    /// What scrolled off it, and it, while somebody looks back.
    back: Option<Back>,
    /// Lines that stand over everything.
    note: Option<&'static str>,
    /// What of it our terminal shows.
    view: View,
    /// What stands on our terminal, row by row.
    drawn: Vec<String>,
    /// The status line that stands there, and where the cursor was left.
    below: String,
}

/// A look at what scrolled off.
struct Back {
    picture: Emulator,
    /// Where the live view was.
    live: View,
}

impl Canvas {
    /// An empty one.
    pub fn new(ours: Cells) -> Self {
        let (drawn, below) = (Vec::new(), String::new());
        let (agent, back, note) = (None, None, None);
        Self { agent, back, note, view: View::new(ours), drawn, below }
    }

    /// The whole screen anew.
    pub fn screen(&mut self, size: Cells, letters: Letters, paint: &[u8]) {
        let mut agent = Emulator::new(size.columns, size.rows, letters);
        agent.process(paint);
        self.agent = Some(agent);
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
        self.view.resize(ours);
        self.forget();
        self.keep_up();
    }

    /// Moves the view, as far as there is something to see; from then on it stays there.
    pub fn pan(&mut self, columns: i32, rows: i32) {
        self.view.stay();
        self.shift(columns, rows);
    }

    /// Has the view go where the agent's cursor goes again.
    pub fn follow(&mut self) {
        self.view.follow();
        self.keep_up();
    }

    /// Whether the view goes where the agent's cursor goes.
    pub fn follows(&self) -> bool {
        self.view.follows()
    }

    /// Shows what scrolled off, from its last page but one on.
    pub fn look_back(&mut self, size: Cells, rows_of_screen: u16, letters: Letters, paint: &[u8]) {
        let mut picture = Emulator::new(size.columns, size.rows, letters);
        picture.process(paint);
        let live = self.view;
        self.back = Some(Back { picture, live });
        self.view.stay_below(size.rows.saturating_sub(rows_of_screen));
        self.page(-1);
    }

    /// Back to what the agent shows now.
    pub fn live(&mut self) {
        if let Some(Back { live, .. }) = self.back.take() {
            self.view.back_to(live);
            self.keep_up();
        }
    }

    /// Moves by pages. Past the end of what scrolled off it is live again.
    pub fn page(&mut self, pages: i32) {
        let rows = i32::from(self.view.rows().saturating_sub(1).max(1));
        if pages > 0 && self.behind() == Some((0, self.above())) {
            return self.live();
        }
        self.shift(0, pages.saturating_mul(rows));
    }

    /// To the first row that is kept.
    pub fn top(&mut self) {
        self.shift(0, i32::from(u16::MAX).saturating_neg());
    }

    /// How many rows below the view there are still, and how many above the screen altogether,
    /// while somebody looks back.
    pub fn behind(&self) -> Option<(u16, u16)> {
        self.back.as_ref()?;
        let last = self.size()?.rows.saturating_sub(self.view.rows());
        Some((last.saturating_sub(self.view.at().1), self.above()))
    }

    fn above(&self) -> u16 {
        let rows = |emulator: &Emulator| emulator.screen().size().1;
        let all = self.back.as_ref().map_or(0, |back| rows(&back.picture));
        all.saturating_sub(self.agent.as_ref().map_or(0, rows))
    }

    /// Puts lines over everything, or takes them away.
    pub fn note(&mut self, lines: Option<&'static str>) {
        self.note = lines;
    }

    /// Whether lines stand over everything.
    pub fn has_note(&self) -> bool {
        self.note.is_some()
    }

    /// What is looked at.
    fn shown(&self) -> Option<&Screen> {
        let back = self.back.as_ref().map(|back| &back.picture);
        back.or(self.agent.as_ref()).map(Emulator::screen)
    }

    /// Nothing that stands on our terminal can be trusted.
    pub fn forget(&mut self) {
        self.drawn.clear();
        self.below.clear();
    }

    fn keep_up(&mut self) {
        let mut view = self.view;
        view.keep_up(self.shown());
        self.view = view;
    }

    fn shift(&mut self, columns: i32, rows: i32) {
        self.view.shift(self.size(), (columns, rows));
    }

    /// The size of what is looked at.
    pub fn size(&self) -> Option<Cells> {
        self.shown().map(Cells::of)
    }

    /// Which sides there is more on, as arrows.
    pub fn more(&self) -> String {
        self.size().map_or_else(String::new, |size| self.view.more(size))
    }

    /// Where the view is, when it does not show all.
    pub fn cropped(&self) -> Option<(u16, u16)> {
        let size = self.size()?;
        (!self.view.shows_all(size)).then_some(self.view.at())
    }

    /// What brings our terminal from what it shows to what it should; empty when it does.
    pub fn draw(&mut self, status: &str) -> Vec<u8> {
        let rows = self.visible();
        let changed = rows.iter().enumerate().filter(|(at, row)| self.drawn.get(*at) != Some(row));
        let out: String = changed
            .map(|(at, row)| format!("\x1b[{};1H\x1b[0m\x1b[2K{row}\x1b[0m", at + 1))
            .collect();
        let status = fitted(status, usize::from(self.view.columns()));
        let cursor = self.cursor();
        let below = format!("\x1b[{};1H\x1b[0;7m{status}\x1b[0m{cursor}", self.view.status_row());
        if out.is_empty() && below == self.below {
            return Vec::new();
        }
        self.drawn = rows;
        self.below.clone_from(&below);
        format!("\x1b[?25l{out}{below}").into_bytes()
    }

    fn visible(&self) -> Vec<String> {
        let count = usize::from(self.view.rows());
        let mut rows: Vec<String> = match (self.note, self.shown()) {
            (Some(note), _) => {
                let columns = usize::from(self.view.columns());
                note.lines().map(|line| fitted(line, columns)).take(count).collect()
            }
            (None, Some(screen)) => {
                let (column, row) = self.view.at();
                (row..screen.size().1)
                    .take(count)
                    .map(|row| screen.painted_row(row, column, self.view.columns()))
                    .collect()
            }
            (None, None) => Vec::new(),
        };
        if self.note.is_none() {
            self.border(&mut rows);
        }
        rows.resize(count, String::new());
        rows
    }

    /// Where our terminal is the larger one, the agent's screen has an edge.
    fn border(&self, rows: &mut Vec<String>) {
        let Some(size) = self.size() else { return };
        let has_right = size.columns < self.view.columns();
        if has_right {
            for row in &mut *rows {
                // What a row does not say is blank: the edge is put at its place.
                *row = format!("{row}\x1b[0m\x1b[{}G\x1b[2m│", size.columns + 1);
            }
        }
        if size.rows < self.view.rows() {
            let mut edge = "─".repeat(usize::from(size.columns.min(self.view.columns())));
            if has_right {
                edge.push('┘');
            }
            rows.push(format!("\x1b[2m{edge}"));
        }
    }

    /// The agent's cursor, where it is in view.
    fn cursor(&self) -> String {
        let live = self.agent.as_ref().filter(|_| self.back.is_none() && self.note.is_none());
        let Some(screen) = live.map(Emulator::screen) else {
            return String::new();
        };
        let place = self.view.place(screen.cursor()).filter(|_| screen.modes().shows_cursor);
        place.map_or_else(String::new, |(column, row)| {
            format!("\x1b[{};{}H\x1b[?25h", row + 1, column + 1)
        })
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
