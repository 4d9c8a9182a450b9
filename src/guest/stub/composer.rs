//! The line, or lines, that a person or a paste writes before Enter.

/// Twice the longest message, so that a draft and a message fit; more is refused as a whole.
pub const TEXT_BYTES_MAX: usize = 128 * 1024;

/// What is written and where the cursor stands.
#[derive(Debug, Default)]
pub struct Composer {
    text: String,
    cursor: usize,
}

impl Composer {
    /// What is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor.
    pub fn before_cursor(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Writes at the cursor; `false` when it does not fit, and nothing was written.
    pub fn write(&mut self, text: &str) -> bool {
        let fits = self.text.len() + text.len() <= TEXT_BYTES_MAX;
        if fits {
            self.text.insert_str(self.cursor, text);
            self.cursor += text.len();
        }
        fits
    }

    /// Deletes to the left.
    pub fn backspace(&mut self) {
        if let Some(last) = self.before_cursor().chars().next_back() {
            self.cursor -= last.len_utf8();
            self.text.remove(self.cursor);
        }
    }

    /// Deletes to the right.
    pub fn delete(&mut self) {
        if self.cursor < self.text.len() {
            self.text.remove(self.cursor);
        }
    }

    /// One character to the left.
    pub fn left(&mut self) {
        self.cursor -= self.before_cursor().chars().next_back().map_or(0, char::len_utf8);
    }

    /// One character to the right.
    pub fn right(&mut self) {
        self.cursor += self.text[self.cursor..].chars().next().map_or(0, char::len_utf8);
    }

    /// To the start.
    pub fn home(&mut self) {
        self.cursor = 0;
    }

    /// To the end.
    pub fn end(&mut self) {
        self.cursor = self.text.len();
    }

    /// Empties it and gives what was written.
    pub fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Composer, TEXT_BYTES_MAX};

    #[test]
    fn editing_keeps_to_whole_characters() {
        let mut composer = Composer::default();
        assert!(composer.write("aü日"));
        composer.left();
        composer.backspace();
        composer.right();
        assert!(composer.write("z"));
        composer.home();
        composer.delete();
        assert_eq!((composer.before_cursor(), composer.text()), ("", "日z"));
        composer.left();
        composer.end();
        composer.right();
        composer.delete();
        assert_eq!(composer.take(), "日z");
        assert_eq!(composer.text(), "");
    }

    #[test]
    fn what_does_not_fit_is_refused_as_a_whole() {
        let mut composer = Composer::default();
        assert!(composer.write("draft"));
        assert!(!composer.write(&"x".repeat(TEXT_BYTES_MAX)));
        assert_eq!(composer.text(), "draft");
    }
}
