//! The stub's screen: composes rows, and writes only those that differ from what stands there.
//!
//! ```text
//! you: hello                    what was said, the newest at the bottom
//! stub: done
//! ────────────────────────────
//! > a draft                     the composer: `>` in its first row, `|` in the others
//! | of two lines
//!  ada · session 1f3e… · idle   the status, always the last row
//! ```

use std::io::{self, Write as _};
use std::os::fd::AsFd as _;

use nix::sys::termios::Termios;
use unicode_width::UnicodeWidthChar as _;

use super::composer::Composer;
use super::conversation::{Conversation, QUESTION};
use crate::terminal;

/// The composer grows to this, then shows its first rows, with the tag in front, and its last.
const COMPOSER_ROWS_MAX: usize = 8;

/// For a terminal that has no size yet.
const SIZE: (u16, u16) = (80, 24);

/// What is to be seen.
pub struct View<'a> {
    /// What was said.
    pub conversation: &'a Conversation,
    /// What is written.
    pub composer: &'a Composer,
    /// The last row.
    pub status: &'a str,
}

/// The terminal, as long as it is ours.
#[derive(Debug)]
pub struct Picture {
    found: Termios,
    rows: Vec<String>,
    cursor: Option<(usize, usize)>,
    size: (u16, u16),
    /// A fault: what stands before each row, and after all that is drawn.
    stray: String,
}

impl Picture {
    /// Takes the terminal: raw, alternate screen, bracketed paste. With `lone_escapes` it prints
    /// escape bytes that begin nothing.
    pub fn open(lone_escapes: u8) -> io::Result<Self> {
        let found = terminal::modes(io::stdin().as_fd())?;
        let stray = "\x1b".repeat(usize::from(lone_escapes));
        let picture = Self { found, rows: Vec::new(), cursor: None, size: SIZE, stray };
        picture.enter()?;
        Ok(picture)
    }

    fn enter(&self) -> io::Result<()> {
        terminal::set_modes(io::stdin().as_fd(), &terminal::raw(&self.found))?;
        write(b"\x1b[?1049h\x1b[?2004h\x1b[2J")
    }

    /// Somebody else had the terminal: everything is drawn anew.
    pub fn forget(&mut self) -> io::Result<()> {
        self.rows.clear();
        self.enter()
    }

    /// Gives the terminal back as it was found.
    pub fn close(&self) {
        // At the very end; who took the terminal away has also taken what could be done about it.
        let _gone = write(&[b"\x1b[?2004l\x1b[?1049l", self.stray.as_bytes()].concat());
        let _gone = terminal::set_modes(io::stdin().as_fd(), &self.found);
    }

    /// Draws what differs.
    pub fn draw(&mut self, view: &View<'_>) -> io::Result<()> {
        let size = terminal::size(io::stdin().as_fd()).unwrap_or(SIZE);
        if size != self.size {
            self.size = size;
            self.rows.clear();
        }
        let (rows, cursor) = compose(view, size.0.into(), size.1.into());
        let mut out = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            if self.rows.get(at) != Some(row) {
                write!(out, "{}\x1b[{};1H{row}\x1b[0m\x1b[K", self.stray, at + 1)?;
            }
        }
        // Nothing is written when nothing differs: whoever watches costs nothing either.
        if !out.is_empty() || self.cursor != Some(cursor) {
            write!(out, "\x1b[{};{}H", cursor.1 + 1, cursor.0 + 1)?;
            let stray = self.stray.as_bytes();
            write(&[b"\x1b[?25l", out.as_slice(), b"\x1b[?25h", stray].concat())?;
        }
        (self.rows, self.cursor) = (rows, Some(cursor));
        Ok(())
    }
}

fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// All rows of the screen, and where the cursor stands.
fn compose(view: &View<'_>, columns: usize, rows: usize) -> (Vec<String>, (usize, usize)) {
    let mut below = vec!["─".repeat(columns)];
    if view.conversation.asks() {
        below.push(fit(&format!("May I {QUESTION}?"), columns));
        below.push(fit("  1. Yes (y, Enter)   2. No (n, Esc)", columns));
    }
    let above_composer = below.len();
    let (composer, (column, row)) = compose_composer(view.composer, columns);
    below.extend(composer);
    let status = fit(&format!(" {}", view.status), columns);
    below.push(format!("\x1b[7m{status}{}", " ".repeat(columns.saturating_sub(width(&status)))));
    let above = rows.saturating_sub(below.len());
    let mut said: Vec<String> = Vec::new();
    for line in view.conversation.newest_first() {
        if said.len() >= above {
            break;
        }
        said.extend(wrap(line, columns).into_iter().rev());
    }
    said.truncate(above);
    said.resize(above, String::new());
    said.reverse();
    said.extend(below);
    // A terminal that is too low keeps the last rows: composer and status.
    let cut = said.len().saturating_sub(rows);
    let cursor_row = (above + above_composer + row).saturating_sub(cut);
    (said.split_off(cut), (column.min(columns.saturating_sub(1)), cursor_row))
}

/// The rows of the composer, and where the cursor stands in them.
fn compose_composer(composer: &Composer, columns: usize) -> (Vec<String>, (usize, usize)) {
    let inner = columns.saturating_sub(2).max(1);
    let mut lines = wrap(composer.text(), inner);
    let before = wrap(composer.before_cursor(), inner);
    let column = 2 + before.last().map_or(0, |line| width(line));
    let mut row = before.len() - 1;
    if lines.len() > COMPOSER_ROWS_MAX {
        let half = COMPOSER_ROWS_MAX / 2;
        let hidden = lines.len() - 2 * half + 1;
        lines.splice(half..half + hidden, [fit(&format!("… {hidden} more rows …"), inner)]);
        row = if row < half { row } else { row.saturating_sub(hidden - 1).max(half) };
    }
    let mark = |at: usize| if at == 0 { '>' } else { '|' };
    let marked = lines.iter().enumerate().map(|(at, line)| format!("{} {line}", mark(at)));
    (marked.map(|line| line.trim_end().to_owned()).collect(), (column, row))
}

/// Lines of at most so many columns; at least one.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for character in text.chars().flat_map(visible) {
        let wide = character.width().unwrap_or(0);
        if character == '\n' || used + wide > columns {
            lines.push(String::new());
            used = 0;
        }
        if let (false, Some(line)) = (character == '\n', lines.last_mut()) {
            line.push(character);
            used += wide;
        }
    }
    lines
}

/// A tab is four blanks, and a control character is shown, never sent to the terminal.
fn visible(character: char) -> impl Iterator<Item = char> {
    let (shown, times) = match character {
        '\t' => (' ', 4),
        '\n' => ('\n', 1),
        control if control.is_control() => ('·', 1),
        shown => (shown, 1),
    };
    std::iter::repeat_n(shown, times)
}

fn fit(text: &str, columns: usize) -> String {
    wrap(text, columns).swap_remove(0)
}

fn width(text: &str) -> usize {
    text.chars().filter_map(|character| character.width()).sum()
}

#[cfg(test)]
mod tests {
    use super::{Composer, Conversation, View, compose, wrap};

    fn seen(text: &str, columns: usize, rows: usize) -> (Vec<String>, (usize, usize)) {
        let (conversation, mut composer) = (Conversation::new(0), Composer::default());
        assert!(composer.write(text));
        let view = View { conversation: &conversation, composer: &composer, status: "ada" };
        compose(&view, columns, rows)
    }

    #[test]
    fn the_first_row_of_the_composer_alone_begins_with_its_mark() {
        let (rows, cursor) = seen("[m-1] > a\n> b", 20, 6);
        assert_eq!(rows[2..5], ["─".repeat(20), "> [m-1] > a".to_owned(), "| > b".to_owned()]);
        assert_eq!(cursor, (5, 4));
        assert_eq!(seen("", 20, 6).0[4], ">");
    }

    #[test]
    fn a_long_text_keeps_its_beginning_in_sight() {
        let (rows, cursor) = seen(&"[m-1] 日本\n".repeat(5000), 40, 20);
        assert_eq!(rows.len(), 20);
        assert!(rows.contains(&"> [m-1] 日本".to_owned()), "{rows:?}");
        assert!(rows.iter().any(|row| row.contains("more rows")), "{rows:?}");
        assert_eq!(cursor, (2, 18));
    }

    #[test]
    fn wide_characters_and_controls_never_pass_the_edge() {
        assert_eq!(wrap("日本語", 5), ["日本", "語"]);
        assert_eq!(wrap("a\x1b[2J\tb", 80), ["a·[2J    b"]);
        for (columns, rows) in [(1, 1), (3, 2), (20, 3)] {
            assert_eq!(seen("日本語 text", columns, rows).0.len(), rows);
        }
    }
}
