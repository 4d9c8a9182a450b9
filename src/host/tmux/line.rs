//! Command lines for tmux, quoted so that every byte arrives as it is; sends nothing.

use std::borrow::Cow;

/// One command of a line.
#[derive(Debug, Clone)]
pub struct Step {
    /// The command, quoted.
    pub text: Vec<u8>,
    /// Whether its reply holds what a pane shows, which may look like the end of a reply.
    pub shows_pane: bool,
}

impl Step {
    /// A command of these words, the first of which is its name.
    pub fn of(words: &[Cow<'_, str>]) -> Self {
        let mut text = Vec::new();
        for (at, word) in words.iter().enumerate() {
            if at == 0 {
                text.extend_from_slice(word.as_bytes());
            } else {
                text.push(b' ');
                quote(&mut text, word.as_bytes());
            }
        }
        Self { text, shows_pane: false }
    }
}

/// One line for tmux: commands that run one after the other with nothing in between.
#[derive(Debug, Clone, Default)]
pub struct Line {
    steps: Vec<Step>,
}

impl Line {
    /// A line of one command.
    pub fn of(command: Step) -> Self {
        Self::default().then(command)
    }

    /// The same line with one command more; when one fails, tmux drops those after it.
    pub fn then(mut self, command: Step) -> Self {
        self.steps.push(command);
        self
    }

    /// A line of text that is quoted already.
    #[cfg(test)]
    pub fn raw(text: Vec<u8>) -> Self {
        Self { steps: vec![Step { text, shows_pane: false }] }
    }

    /// Its commands.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The line as an argument of another command.
    pub(super) fn nested(&self) -> String {
        let texts: Vec<&[u8]> = self.steps.iter().map(|step| step.text.as_slice()).collect();
        String::from_utf8(texts.join(&b" ; "[..])).expect("quoting keeps text what it was")
    }
}

/// Appends one word in the quoting of tmux's command language; takes every byte but NUL.
pub fn quote(text: &mut Vec<u8>, word: &[u8]) {
    text.push(b'"');
    for &byte in word {
        match byte {
            b'"' | b'\\' | b'$' | b'`' | b'~' => text.extend([b'\\', byte]),
            // The last is in no text, and the end of everything to tmux's parser.
            0..=31 | 127 | 255 => text.extend(octal(byte)),
            _ => text.push(byte),
        }
    }
    text.push(b'"');
}

/// `\ooo`.
fn octal(byte: u8) -> [u8; 4] {
    [b'\\', b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]
}

/// Takes back the `\ooo` with which tmux writes control bytes and backslashes.
pub fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.get(..3).filter(|d| d.iter().all(|d| (b'0'..=b'7').contains(d)));
        match digits {
            Some(digits) if byte == b'\\' => {
                let value = digits.iter().fold(0u16, |value, d| value * 8 + u16::from(d - b'0'));
                bytes.push(value.to_le_bytes()[0]);
                rest = &after[3..];
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::{octal, unescape};

    proptest! {
        #[test]
        fn what_tmux_escapes_is_taken_back(bytes in any::<Vec<u8>>()) {
            let escape = |&byte: &u8| match byte {
                0..=31 | b'\\' => octal(byte).to_vec(),
                _ => vec![byte],
            };
            let written: Vec<u8> = bytes.iter().flat_map(escape).collect();
            assert_eq!(unescape(&written), bytes);
        }
    }
}
