//! What stands on the terminal: a heading, as many rows as fit, a line below. It draws changes only.

use unicode_width::UnicodeWidthChar as _;

use super::super::output::{Paint, Tone};
use super::super::table::Page;

/// A terminal and what stands on it.
pub struct Board {
    columns: usize,
    rows: usize,
    /// The first row of the table that is shown.
    top: usize,
    /// The last page had so many more rows than fit.
    more: usize,
    /// What stands there, line by line; nothing is known before the first drawing.
    drawn: Option<Vec<String>>,
}

impl Board {
    /// An empty terminal of this size: nothing on it is trusted.
    pub fn new((columns, rows): (u16, u16)) -> Self {
        Self { columns: columns.into(), rows: rows.into(), top: 0, more: 0, drawn: None }
    }

    /// Columns that a table may take.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Moves the rows by so many.
    pub fn scroll(&mut self, by: i32) {
        let steps = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
        self.top = if by < 0 { self.top.saturating_sub(steps) } else { self.top + steps };
        self.top = self.top.min(self.more);
    }

    /// The bytes that make the terminal show this; none when it does already.
    pub fn draw(&mut self, page: Page, notice: Option<String>, paint: Paint) -> Vec<u8> {
        let lines = self.lines(page, notice, paint);
        let mut out = String::new();
        let before = self.drawn.take().unwrap_or_else(|| {
            out.push_str("\x1b[?25l\x1b[2J");
            Vec::new()
        });
        for (at, line) in lines.iter().enumerate() {
            if before.get(at).map_or("", String::as_str) != line {
                let row = at + 1;
                out.extend(["\x1b[", &row.to_string(), ";1H", line.as_str(), "\x1b[K"]);
            }
        }
        self.drawn = Some(lines);
        out.into_bytes()
    }

    /// Exactly as many lines as the terminal has.
    fn lines(&mut self, page: Page, notice: Option<String>, paint: Paint) -> Vec<String> {
        let Page { lines, unknown, summary } = page;
        let mut lines = lines.into_iter();
        let heading = lines.next();
        let rows = lines.len();
        let mut below = unknown;
        match notice {
            Some(notice) => below.push(paint.tone(Tone::Bad, &notice)),
            None => below.extend(summary),
        }
        // The heading and what stands below always stay.
        let room = self.rows.saturating_sub(1 + below.len());
        self.more = rows.saturating_sub(room);
        self.top = self.top.min(self.more);
        if self.more > 0
            && let Some(last) = below.last_mut()
        {
            let to = self.top + room.min(rows);
            *last = format!("rows {}-{to} of {rows}, arrows move; {last}", self.top + 1);
        }
        let mut shown: Vec<String> = heading.into_iter().collect();
        shown.extend(lines.skip(self.top).take(room));
        shown.extend(below);
        shown.resize(self.rows.max(1), String::new());
        shown.iter().map(|line| cropped(line, self.columns)).collect()
    }
}

/// The part of a painted line that fits; a colour that begins in it ends in it.
fn cropped(line: &str, columns: usize) -> String {
    let (mut out, mut used, mut is_escape, mut is_cut) = (String::new(), 0, false, false);
    for c in line.chars() {
        if is_escape || c == '\x1b' {
            is_escape = c != 'm';
            out.push(c);
            continue;
        }
        used += c.width().unwrap_or(0);
        is_cut |= used > columns;
        if !is_cut {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::super::output::Paint;
    use super::super::super::table::Page;
    use super::{Board, cropped};

    fn page(rows: usize) -> Page {
        let rows = (0..rows).map(|at| format!("row {at}"));
        let lines = std::iter::once("HEAD".to_owned()).chain(rows).collect();
        Page { lines, unknown: Vec::new(), summary: vec!["sum".to_owned()] }
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).expect("what is drawn is text")
    }

    #[test]
    fn what_stands_there_already_is_not_drawn_again() {
        let mut board = Board::new((20, 6));
        assert!(text(board.draw(page(2), None, Paint::Plain)).contains("row 1"));
        assert!(board.draw(page(2), None, Paint::Plain).is_empty());
        let third = text(board.draw(page(3), None, Paint::Plain));
        assert_eq!(third, "\x1b[4;1Hrow 2\x1b[K\x1b[5;1Hsum\x1b[K");
    }

    #[test]
    fn rows_that_do_not_fit_are_counted_and_reached_by_scrolling_and_no_further() {
        let mut board = Board::new((60, 5));
        let first = text(board.draw(page(10), None, Paint::Plain));
        assert!(first.contains("row 2") && !first.contains("row 3"), "{first:?}");
        assert!(first.contains("rows 1-3 of 10, arrows move; sum"), "{first:?}");
        board.scroll(99);
        let last = text(board.draw(page(10), None, Paint::Plain));
        assert!(last.contains("row 9") && last.contains("rows 8-10 of 10"), "{last:?}");
        board.scroll(i32::MIN);
        assert!(text(board.draw(page(10), None, Paint::Plain)).contains("rows 1-3"));
    }

    #[test]
    fn a_line_is_cropped_by_width_and_keeps_its_colours() {
        assert_eq!(cropped("\x1b[31mab\x1b[0mcd", 3), "\x1b[31mab\x1b[0mc");
        assert_eq!(cropped("\x1b[31mabcd\x1b[0m", 2), "\x1b[31mab\x1b[0m");
        assert_eq!(cropped("\u{4e16}\u{754c}x", 3), "\u{4e16}");
    }
}
