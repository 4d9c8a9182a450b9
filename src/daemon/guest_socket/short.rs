//! How much is kept of what guests say: it goes into the journal, and into lines of tables.

/// Sentences for people that go into the journal: as much as a line of a table shows.
pub const DETAIL_CHARS_MAX: usize = 500;

/// A runtime's own names for itself, its turns and what it can.
pub const WORD_CHARS_MAX: usize = 100;

/// As much of a text as fits.
pub fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(most.saturating_sub(1)).collect();
            format!("{kept}…")
        }
    }
}
