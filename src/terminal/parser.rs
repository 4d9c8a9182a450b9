//! The parser of what a program writes to its terminal, however its bytes come.

/// vte's, which loses a letter when a chunk ends within the one before it: the rest of a letter that
/// came in part is kept back until it is whole.
#[derive(Default)]
pub struct Parser {
    parser: vte::Parser,
    /// The beginning of a letter, at most three bytes.
    held: Vec<u8>,
}

impl Parser {
    /// Takes the next bytes.
    pub fn advance(&mut self, performer: &mut impl vte::Perform, bytes: &[u8]) {
        let mut rest = bytes;
        while !self.held.is_empty() && !rest.is_empty() {
            self.held.push(rest[0]);
            rest = &rest[1..];
            if !is_begun(&self.held) {
                self.parser.advance(performer, &self.held);
                self.held.clear();
            }
        }
        let whole = rest.len() - begun(rest);
        self.parser.advance(performer, &rest[..whole]);
        self.held.extend_from_slice(&rest[whole..]);
    }
}

/// Whether bytes are a letter that has begun, and nothing else.
fn is_begun(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.valid_up_to() == 0 && error.error_len().is_none())
}

/// How many bytes at the end are a letter that has only begun.
fn begun(bytes: &[u8]) -> usize {
    let most = bytes.len().min(3);
    (1..=most).rev().find(|count| is_begun(&bytes[bytes.len() - count..])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Parser;

    #[derive(Default)]
    struct Printed(String);

    impl vte::Perform for Printed {
        fn print(&mut self, letter: char) {
            self.0.push(letter);
        }
    }

    #[test]
    fn a_letter_may_come_in_any_pieces() {
        let text = "a\u{74d}A\u{1290}`\u{1f574}x\u{ff}".as_bytes();
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let (mut parser, mut printed) = (Parser::default(), Printed::default());
                for piece in [&text[..first], &text[first..second], &text[second..]] {
                    parser.advance(&mut printed, piece);
                }
                assert_eq!(printed.0.as_bytes(), text, "cut at {first} and {second}");
            }
        }
    }

    #[test]
    fn what_is_no_letter_is_shown_as_such() {
        let (mut parser, mut printed) = (Parser::default(), Printed::default());
        for piece in [&b"\xe1"[..], b"a\xe1\x88", b"\xf0\x9f", b"bc"] {
            parser.advance(&mut printed, piece);
        }
        assert_eq!(printed.0.replace('\u{fffd}', "?"), "?a??bc");
    }
}
