//! What is pressed while we watch. No key means anything to the agent.

/// A key that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// `q`.
    Quit,
    /// Ctrl-C.
    Interrupt,
    /// `f`: the view follows the agent's cursor again.
    Follow,
    /// An arrow: columns and rows to move the view by.
    Pan(i32, i32),
}

/// The keys in what the terminal sent; everything else means nothing.
pub fn keys(bytes: &[u8]) -> Vec<Key> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = match (*first, after) {
            (b'q' | b'Q', _) => {
                found.push(Key::Quit);
                after
            }
            (b'f' | b'F', _) => {
                found.push(Key::Follow);
                after
            }
            (3, _) => {
                found.push(Key::Interrupt);
                after
            }
            (0x1b, [b'[' | b'O', ..]) => sequence(&after[1..], &mut found),
            _ => after,
        };
    }
    found
}

/// One escape sequence; its letter is an arrow or nothing.
fn sequence<'a>(bytes: &'a [u8], found: &mut Vec<Key>) -> &'a [u8] {
    let end = bytes.iter().position(|byte| (0x40..=0x7e).contains(byte));
    let Some(end) = end else {
        return &[];
    };
    let pan = match bytes[end] {
        b'A' => Some(Key::Pan(0, -1)),
        b'B' => Some(Key::Pan(0, 1)),
        b'C' => Some(Key::Pan(1, 0)),
        b'D' => Some(Key::Pan(-1, 0)),
        _ => None,
    };
    found.extend(pan);
    &bytes[end + 1..]
}

#[cfg(test)]
mod tests {
    use super::{Key, keys};

    #[test]
    fn arrows_pan_and_q_quits_and_nothing_else_means_anything() {
        assert_eq!(keys(b"\x1b[Ax\x1bOB"), [Key::Pan(0, -1), Key::Pan(0, 1)]);
        assert_eq!(keys(b"\x1b[1;5Cq"), [Key::Pan(1, 0), Key::Quit]);
        assert_eq!(keys(b"\x03f"), [Key::Interrupt, Key::Follow]);
        assert!(keys(b"yes\r\x1b[200~\x1b[").is_empty());
    }
}
