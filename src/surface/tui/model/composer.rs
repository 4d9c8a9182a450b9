//! A message while it is written: text of several lines and a cursor in it. It sends nothing.

use crate::table::width;
use crate::terminal::input::Key;
use crate::wire::SendAsked;

/// As much as the supervisor takes.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// A text and where it is written on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Composer {
    text: String,
    /// Before which byte; always a character's first.
    at: usize,
    /// Whether the supervisor has been asked to take it and has not answered yet.
    pub is_going: bool,
    /// How it is to be sent.
    pub how: How,
}

/// How a message is to be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct How {
    /// Only when the runtime is idle.
    pub waits_for_idle: bool,
    /// After the running turn was interrupted.
    pub interrupts: bool,
    /// What is expected of the receiver, one of `CLASSES`; nothing for what the supervisor thinks.
    pub class: Option<usize>,
}

/// What may be expected of the receiver of a message.
const CLASSES: [&str; 4] = ["actionable", "terminal-log", "human", "reaction"];

impl How {
    /// Takes a key that changes it; whether it does.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most keys mean nothing")]
    fn press(&mut self, key: Key) -> bool {
        match key {
            Key::Alt('w') => self.waits_for_idle = !self.waits_for_idle,
            Key::Alt('i') => self.interrupts = !self.interrupts,
            Key::Alt('c') => {
                let next = self.class.map_or(0, |class| class + 1);
                self.class = (next < CLASSES.len()).then_some(next);
            }
            _ => return false,
        }
        true
    }

    fn class(&self) -> Option<&'static str> {
        self.class.and_then(|class| CLASSES.get(class)).copied()
    }

    /// What of it is not as usual.
    pub fn said(&self) -> String {
        let mut said = Vec::new();
        if self.waits_for_idle {
            said.push("waits until idle".to_owned());
        }
        if self.interrupts {
            said.push("INTERRUPTS its turn".to_owned());
        }
        if let Some(class) = self.class() {
            said.push(format!("class {class}"));
        }
        said.join(", ")
    }
}

impl Composer {
    /// With this text, and the cursor at its end.
    #[cfg(test)]
    pub fn holding(text: String) -> Self {
        let mut composer = Self::default();
        composer.hold(text);
        composer
    }

    /// Takes another text for its own.
    pub fn hold(&mut self, text: String) {
        (self.at, self.text) = (text.len(), text);
    }

    /// What is sent.
    pub fn asked(&self) -> SendAsked {
        SendAsked {
            text: self.text.clone(),
            class: self.how.class().map(str::to_owned),
            interrupt: self.how.interrupts,
            wait_idle: self.how.waits_for_idle,
            ..SendAsked::default()
        }
    }

    /// What is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why it cannot be sent as it is.
    pub fn fault(&self) -> Option<&'static str> {
        match self.text.len() {
            0 => Some("nothing is written yet"),
            1..=TEXT_BYTES_MAX => None,
            _ => Some("longer than 64 KiB: put it into a file and send the file's path"),
        }
    }

    /// Writes this at the cursor.
    pub fn write(&mut self, text: &str) {
        self.text.insert_str(self.at, text);
        self.at += text.len();
    }

    /// Takes a key; whether it meant anything here.
    pub fn press(&mut self, key: Key) -> bool {
        if self.how.press(key) {
            return true;
        }
        match key {
            Key::Char(c) => self.write(c.encode_utf8(&mut [0; 4])),
            Key::Enter | Key::Control('j') => self.write("\n"),
            Key::Tab => self.write("\t"),
            Key::Backspace | Key::Control('h') => self.cut(self.before(), self.at),
            Key::Delete | Key::Control('d') => self.cut(self.at, self.after()),
            Key::Left | Key::Control('b') => self.at = self.before(),
            Key::Right | Key::Control('f') => self.at = self.after(),
            Key::WordLeft | Key::Alt('b') => self.at = self.word_before(),
            Key::WordRight | Key::Alt('f') => self.at = self.word_after(),
            Key::Home | Key::Control('a') => self.at = self.line_start(),
            Key::End => self.at = self.line_end(),
            Key::Control('k') => self.cut(self.at, self.line_end().max(self.after_break())),
            Key::Control('u') => self.cut(self.line_start(), self.at),
            Key::Control('w') => self.cut(self.word_before(), self.at),
            Key::Up | Key::Control('p') => self.up(),
            Key::Down | Key::Control('n') => self.down(),
            Key::PageUp => (0..10).for_each(|_| self.up()),
            Key::PageDown => (0..10).for_each(|_| self.down()),
            Key::Control(_) | Key::Alt(_) | Key::AltEnter | Key::BackTab | Key::Escape => {
                return false;
            }
        }
        true
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.at = from;
    }

    fn before(&self) -> usize {
        self.text[..self.at].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.at..].chars().next().map_or(self.at, |c| self.at + c.len_utf8())
    }

    /// At the end of a line, behind its break.
    fn after_break(&self) -> usize {
        if self.text[self.at..].starts_with('\n') { self.at + 1 } else { self.at }
    }

    fn line_start(&self) -> usize {
        self.text[..self.at].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.at..].find('\n').map_or(self.text.len(), |at| self.at + at)
    }

    fn word_before(&self) -> usize {
        let before = self.text[..self.at].trim_end();
        let blank = before.char_indices().rev().find(|(_, c)| c.is_whitespace());
        blank.map_or(0, |(at, c)| at + c.len_utf8())
    }

    fn word_after(&self) -> usize {
        let rest = &self.text[self.at..];
        let word = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
        let end = rest[word..].find(char::is_whitespace).map_or(rest.len(), |at| word + at);
        self.at + end
    }

    fn up(&mut self) {
        let start = self.line_start();
        if start > 0 {
            let columns = width(&self.text[start..self.at]);
            self.at = start - 1;
            self.at = self.place(self.line_start(), columns);
        }
    }

    fn down(&mut self) {
        let end = self.line_end();
        if end < self.text.len() {
            let columns = width(&self.text[self.line_start()..self.at]);
            self.at = self.place(end + 1, columns);
        }
    }

    /// The place in the line that begins here, so many columns in.
    fn place(&self, start: usize, columns: usize) -> usize {
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        let fits = |(at, _): &(usize, char)| width(&line[..*at]) >= columns;
        start + line.char_indices().find(fits).map_or(line.len(), |(at, _)| at)
    }

    /// The lines of a screen so wide, and the row and column of the cursor in them.
    pub fn laid(&self, columns: usize) -> (Vec<String>, (usize, usize)) {
        let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
        let mut cursor = (0, 0);
        for (at, c) in self.text.char_indices() {
            let shown = visible(c);
            let wide = width(&shown);
            if c != '\n' && used + wide > columns.max(2) {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            if at == self.at {
                cursor = (lines.len(), used);
            }
            if c == '\n' {
                lines.push(std::mem::take(&mut line));
                used = 0;
            } else {
                line.push_str(&shown);
                used += wide;
            }
        }
        if self.at == self.text.len() {
            if used >= columns.max(2) {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            cursor = (lines.len(), used);
        }
        lines.push(line);
        (lines, cursor)
    }
}

/// A character as it is shown: what would move a cursor has a picture of its own.
fn visible(c: char) -> String {
    match c {
        '\t' => "    ".to_owned(),
        '\u{0}'..='\u{1f}' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}').to_string()
        }
        '\u{7f}'..='\u{9f}' => "\u{fffd}".to_owned(),
        c => crate::table::shown(c.encode_utf8(&mut [0; 4])),
    }
}

#[cfg(test)]
mod tests {
    use super::{Composer, Key};

    fn typed(text: &str, keys: &[Key]) -> Composer {
        let mut composer = Composer::holding(text.to_owned());
        keys.iter().for_each(|key| assert!(composer.press(*key), "{key:?}"));
        composer
    }

    #[test]
    fn a_text_is_written_and_mended_anywhere_in_it() {
        let text = |text, keys: &[Key]| typed(text, keys).text().to_owned();
        assert_eq!(text("ab", &[Key::Left, Key::Char('世')]), "a世b");
        assert_eq!(text("a世b", &[Key::Left, Key::Backspace]), "ab");
        assert_eq!(text("one two", &[Key::Control('w')]), "one ");
        assert_eq!(text("one\ntwo", &[Key::Up, Key::Enter]), "one\n\ntwo");
        assert_eq!(text("one\ntwo", &[Key::Control('u')]), "one\n");
        assert_eq!(text("one\ntwo", &[Key::Up, Key::Control('k')]), "onetwo");
        assert_eq!(text("a b", &[Key::WordLeft, Key::WordLeft, Key::Delete]), " b");
        assert_eq!(
            text("long line\nx", &[Key::Home, Key::Up, Key::Down, Key::End]),
            "long line\nx"
        );
        assert_eq!(text("", &[Key::Backspace, Key::Delete, Key::Up, Key::Down]), "");
    }

    #[test]
    fn lines_wrap_at_the_width_and_the_cursor_is_where_the_next_character_goes() {
        let laid = |text: &str, columns| Composer::holding(text.to_owned()).laid(columns);
        assert_eq!(laid("abcd", 4), (vec!["abcd".to_owned(), String::new()], (1, 0)));
        assert_eq!(laid("世界x", 4), (vec!["世界".to_owned(), "x".to_owned()], (1, 1)));
        assert_eq!(laid("a\n", 4), (vec!["a".to_owned(), String::new()], (1, 0)));
        assert_eq!(laid("\x1b[31m", 9).0, ["\u{241b}[31m"]);
    }

    #[test]
    fn what_cannot_be_sent_says_why() {
        assert!(Composer::default().fault().is_some());
        assert!(Composer::holding("x".repeat(64 * 1024)).fault().is_none());
        assert!(Composer::holding("x".repeat(64 * 1024 + 1)).fault().is_some());
    }
}
