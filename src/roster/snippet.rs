//! The lines of a roster around a mistake, with a mark below its place, for people.

use unicode_width::UnicodeWidthChar as _;

use super::Mistake;
use super::mistake::is_unprintable;

/// Characters of a line that are shown before and after the place.
const AROUND: usize = 70;

/// The line before, the line itself, and a caret below the place.
pub fn snippet(text: &[u8], mistake: &Mistake) -> String {
    let text = String::from_utf8_lossy(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text));
    let lines: Vec<&str> = text.split('\n').collect();
    let number = mistake.line.clamp(1, lines.len());
    let margin = number.to_string().len();
    let column = mistake.column.max(1) - 1;
    let start = column.saturating_sub(AROUND);
    let shown = |line: &str| -> String {
        let visible = line.trim_end().chars().skip(start).take(2 * AROUND);
        visible.map(|c| if c == '\t' || is_unprintable(c) { ' ' } else { c }).collect()
    };
    let mut snippet = String::new();
    if number > 1 && !lines[number - 2].trim().is_empty() {
        snippet = format!("{:>margin$} | {}\n", number - 1, shown(lines[number - 2]));
    }
    let line = shown(lines[number - 1]);
    let before: usize = line.chars().take(column - start).map(|c| c.width().unwrap_or(0)).sum();
    snippet + &format!("{number} | {line}\n{:margin$} | {:before$}^\n", "", "")
}
