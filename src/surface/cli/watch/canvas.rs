//! A terminal emulator for the agent's screen, and what of it fits ours. It draws only changes.

use unicode_width::UnicodeWidthChar as _;

use crate::terminal::emulator::{Emulator, Screen};

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
    agent: Option<Emulator>,
    /// What scrolled off it, and it, while somebody looks back.
    back: Option<Back>,
    /// Lines that stand over everything.
    note: Option<&'static str>,
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

/// A look at what scrolled off.
struct Back {
    picture: Emulator,
    /// Where the live view was.
    live: ((u16, u16), bool),
}

impl Canvas {
    /// An empty one.
    pub fn new(ours: Cells) -> Self {
        let (drawn, below) = (Vec::new(), String::new());
        let (agent, back, note) = (None, None, None);
        Self { agent, back, note, ours, at: (0, 0), follows: true, drawn, below }
    }

    /// The whole screen anew.
    pub fn screen(&mut self, size: Cells, paint: &[u8]) {
        let mut agent = Emulator::new(size.columns, size.rows);
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
        self.ours = ours;
        self.forget();
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

    /// Shows what scrolled off, from its last page but one on.
    pub fn look_back(&mut self, size: Cells, rows_of_screen: u16, paint: &[u8]) {
        let mut picture = Emulator::new(size.columns, size.rows);
        picture.process(paint);
        let live = (self.at, self.follows);
        let above = size.rows.saturating_sub(rows_of_screen);
        self.at.1 = self.at.1.saturating_add(above);
        self.back = Some(Back { picture, live });
        self.follows = false;
        self.page(-1);
    }

    /// Back to what the agent shows now.
    pub fn live(&mut self) {
        if let Some(Back { live: (at, follows), .. }) = self.back.take() {
            (self.at, self.follows) = (at, follows);
            self.keep_up();
        }
    }

    /// Moves by pages. Past the end of what scrolled off it is live again.
    pub fn page(&mut self, pages: i32) {
        let rows = i32::from(self.view_rows().saturating_sub(1).max(1));
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
        let last = self.size()?.rows.saturating_sub(self.view_rows());
        Some((last.saturating_sub(self.at.1), self.above()))
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

    /// Keeps the view inside the screen, and where it follows, the cursor in view. Columns stay as
    /// long as it is in the first ones: lines are read from their start. A cursor that is hidden
    /// may be anywhere, and only its row counts.
    fn keep_up(&mut self) {
        if let Some(screen) = self.shown().filter(|_| self.follows) {
            let (column, row) = screen.cursor();
            let is_hidden = !screen.modes().shows_cursor;
            let first = (row + 1).saturating_sub(self.view_rows());
            self.at.1 = self.at.1.clamp(first, row.max(first));
            if column < self.ours.columns || is_hidden {
                self.at.0 = 0;
            } else {
                let first = (column + 1).saturating_sub(self.ours.columns);
                self.at.0 = self.at.0.clamp(first, column.max(first));
            }
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

    /// The size of what is looked at.
    pub fn size(&self) -> Option<Cells> {
        let (columns, rows) = self.shown()?.size();
        Some(Cells { columns, rows })
    }

    /// Which sides there is more on, as arrows.
    pub fn more(&self) -> String {
        let Some(size) = self.size() else { return String::new() };
        let sides = [
            (self.at.0 > 0, '←'),
            (self.at.1 > 0, '↑'),
            (u32::from(self.at.1) + u32::from(self.view_rows()) < u32::from(size.rows), '↓'),
            (u32::from(self.at.0) + u32::from(self.ours.columns) < u32::from(size.columns), '→'),
        ];
        sides.into_iter().filter_map(|(is_more, side)| is_more.then_some(side)).collect()
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
        let mut rows: Vec<String> = match (self.note, self.shown()) {
            (Some(note), _) => {
                let columns = usize::from(self.ours.columns);
                note.lines().map(|line| fitted(line, columns)).take(count).collect()
            }
            (None, Some(screen)) => (self.at.1..screen.size().1)
                .take(count)
                .map(|row| screen.painted_row(row, self.at.0, self.ours.columns))
                .collect(),
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
        let has_right = size.columns < self.ours.columns;
        if has_right {
            for row in &mut *rows {
                // What a row does not say is blank: the edge is put at its place.
                *row = format!("{row}\x1b[0m\x1b[{}G\x1b[2m│", size.columns + 1);
            }
        }
        if size.rows < self.view_rows() {
            let mut edge = "─".repeat(usize::from(size.columns.min(self.ours.columns)));
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
        let (column, row) = screen.cursor();
        match (row.checked_sub(self.at.1), column.checked_sub(self.at.0)) {
            (Some(row), Some(column))
                if screen.modes().shows_cursor
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
    use super::{Canvas, Cells, Emulator};

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
        let below = "────────────────────┘";
        let top = |one: &str, two: &str, three: &str| {
            let rows = [one, two, three].map(|row| format!("{row:20}│"));
            format!("{}\n{below}\n\nada healthy", rows.join("\n"))
        };
        assert_eq!(shown(ours, &[&first]), top("one", "two", ""));
        canvas.output(b"\r\nthree");
        let second = canvas.draw("ada healthy");
        assert_eq!(shown(ours, &[&first, &second]), top("one", "two", "three"));
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
    fn a_cursor_far_to_the_right_is_followed_and_the_sides_with_more_are_told() {
        let mut canvas = Canvas::new(Cells { columns: 4, rows: 2 });
        canvas.screen(Cells { columns: 10, rows: 1 }, b"abcdefgh");
        assert_eq!((canvas.cropped(), canvas.more().as_str()), (Some((5, 0)), "←→"));
        canvas.output(b"\r");
        assert_eq!((canvas.cropped(), canvas.more().as_str()), (Some((0, 0)), "→"));
        canvas.output(b"\x1b[?25labcdefgh");
        assert_eq!(canvas.cropped(), Some((0, 0)), "a hidden cursor may be anywhere");
    }

    #[test]
    fn what_scrolled_off_is_paged_through_and_left_at_its_end() {
        let ours = Cells { columns: 4, rows: 3 };
        let mut canvas = Canvas::new(ours);
        canvas.screen(Cells { columns: 4, rows: 2 }, b"5\r\n6");
        let shows = |canvas: &mut Canvas| {
            canvas.forget();
            shown(ours, &[&canvas.draw("s")])
        };
        canvas.look_back(Cells { columns: 4, rows: 6 }, 2, b"1\r\n2\r\n3\r\n4\r\n5\r\n6");
        assert_eq!(shows(&mut canvas), "4\n5\ns");
        assert_eq!(canvas.behind(), Some((1, 4)));
        canvas.output(b"\r7");
        assert_eq!(shows(&mut canvas), "4\n5\ns", "it stands still");
        canvas.top();
        assert_eq!(shows(&mut canvas), "1\n2\ns");
        for _ in 0..4 {
            canvas.page(1);
        }
        assert_eq!(shows(&mut canvas), "5\n6\ns");
        canvas.page(1);
        assert_eq!((canvas.behind(), shows(&mut canvas).as_str()), (None, "5\n7\ns"));
        canvas.note(Some("help"));
        assert_eq!(shows(&mut canvas), "help\n\ns");
    }

    #[test]
    fn letters_are_drawn_with_all_their_looks_each_in_its_column() {
        let mut canvas = Canvas::new(Cells { columns: 12, rows: 3 });
        let said =
            "\x1b[9mold\x1b[m \x1b[5;8mx\x1b[m \x1b[4:3;58:5:1mwave\r\n\x1b[m👩\u{200d}🚀世|";
        canvas.screen(Cells { columns: 12, rows: 2 }, said.as_bytes());
        let drawn = canvas.draw("s");
        let mut terminal = Emulator::new(12, 3);
        terminal.process(&drawn);
        for (column, row) in (0..2).flat_map(|row| (0..12).map(move |column| (column, row))) {
            let (ours, agent) = (terminal.screen().cell(column, row), canvas.shown().unwrap());
            assert!(ours.unwrap().looks_like(&agent.cell(column, row).unwrap()), "{column},{row}");
        }
        // Whatever width a terminal gives them, the next letter stands where it belongs.
        let drawn = String::from_utf8(drawn).unwrap();
        assert!(drawn.contains("🚀\x1b[3G世\x1b[5G|"), "{drawn:?}");
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
