//! From the bytes of a terminal to keys; knows nothing of what keys do.

/// A bracketed paste beyond this is read to its end and cut: see `composer::TEXT_BYTES_MAX`.
const PASTE_BYTES_MAX: usize = 2 * super::composer::TEXT_BYTES_MAX;

/// The longest escape sequence that anybody sends; what is longer is none.
const SEQUENCE_BYTES_MAX: usize = 32;

const PASTE_END: &[u8] = b"\x1b[201~";

/// A key, or a whole paste.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Text(char),
    /// Everything between the brackets of a paste; CR and CR LF are LF.
    Paste(String),
    /// Enter.
    Enter,
    /// Ctrl-J or Alt-Enter.
    Newline,
    /// Delete to the left.
    Backspace,
    /// Delete to the right.
    Delete,
    /// One character to the left.
    Left,
    /// One character to the right.
    Right,
    /// To the start.
    Home,
    /// To the end.
    End,
    /// Ctrl-U: away with all that is written.
    Clear,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D.
    EndOfInput,
    /// Escape, by itself.
    Escape,
}

/// The reader: keeps what is not whole yet.
#[derive(Debug, Default)]
pub struct Keys {
    pending: Vec<u8>,
    paste: Option<Vec<u8>>,
}

/// What stands at the front of the bytes.
enum Front {
    Key(Key),
    PasteBegin,
    Nothing,
}

impl Keys {
    /// Takes bytes; `more_follows` when they end only because our buffer did.
    pub fn feed(&mut self, bytes: &[u8], more_follows: bool) -> Vec<Key> {
        self.pending.extend_from_slice(bytes);
        let pending = std::mem::take(&mut self.pending);
        let (mut rest, mut keys) = (pending.as_slice(), Vec::new());
        while !rest.is_empty() {
            if let Some(paste) = &mut self.paste {
                let (taken, is_whole) = take_paste(rest, paste);
                rest = &rest[taken..];
                if !is_whole {
                    break;
                }
                keys.extend(self.paste.take().map(|paste| Key::Paste(plain(&paste))));
                continue;
            }
            let Some((taken, front)) = front(rest, more_follows) else {
                break;
            };
            rest = &rest[taken..];
            match front {
                Front::Key(key) => keys.push(key),
                Front::PasteBegin => self.paste = Some(Vec::new()),
                Front::Nothing => {}
            }
        }
        self.pending = rest.to_vec();
        keys
    }
}

/// How many bytes belong to the paste, and whether its end is among them.
fn take_paste(rest: &[u8], paste: &mut Vec<u8>) -> (usize, bool) {
    let end = rest.windows(PASTE_END.len()).position(|part| part == PASTE_END);
    // What may be the beginning of the end waits for its rest.
    let held = (1..PASTE_END.len()).rev().find(|length| rest.ends_with(&PASTE_END[..*length]));
    let inside = end.unwrap_or(rest.len() - held.unwrap_or(0));
    let room = PASTE_BYTES_MAX.saturating_sub(paste.len());
    paste.extend_from_slice(&rest[..inside.min(room)]);
    (inside + end.map_or(0, |_| PASTE_END.len()), end.is_some())
}

fn plain(paste: &[u8]) -> String {
    String::from_utf8_lossy(paste).replace("\r\n", "\n").replace('\r', "\n")
}

/// What stands at the front, and its length; `None` when it is not whole yet.
fn front(bytes: &[u8], more_follows: bool) -> Option<(usize, Front)> {
    let key = |key| Some((1, Front::Key(key)));
    match bytes[0] {
        0x1b => escape(bytes, more_follows),
        b'\r' => key(Key::Enter),
        b'\n' => key(Key::Newline),
        0x7f | 0x08 => key(Key::Backspace),
        0x01 => key(Key::Home),
        0x05 => key(Key::End),
        0x15 => key(Key::Clear),
        0x03 => key(Key::Interrupt),
        0x04 => key(Key::EndOfInput),
        b'\t' => key(Key::Text('\t')),
        0x00..0x20 => Some((1, Front::Nothing)),
        first => character(bytes, first),
    }
}

fn character(bytes: &[u8], first: u8) -> Option<(usize, Front)> {
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let whole = bytes.get(..length)?;
    let text = std::str::from_utf8(whole).ok().and_then(|text| text.chars().next());
    // Not UTF-8: one byte is lost, what follows it may be fine.
    let (length, character) = text.map_or((1, char::REPLACEMENT_CHARACTER), |one| (length, one));
    Some((length, Front::Key(Key::Text(character))))
}

fn escape(bytes: &[u8], more_follows: bool) -> Option<(usize, Front)> {
    match bytes.get(1) {
        None if more_follows => None,
        None | Some(0x1b) => Some((1, Front::Key(Key::Escape))),
        Some(b'\r') => Some((2, Front::Key(Key::Newline))),
        Some(b'[') => {
            let last = bytes[2..].iter().position(|byte| (0x40..=0x7e).contains(byte));
            match last {
                Some(at) => Some((at + 3, sequence(&bytes[2..=at + 2]))),
                None if bytes.len() > SEQUENCE_BYTES_MAX => Some((bytes.len(), Front::Nothing)),
                None => None,
            }
        }
        Some(b'O') => bytes.get(2).map(|last| (3, sequence(&[*last]))),
        Some(_) => Some((2, Front::Nothing)),
    }
}

fn sequence(body: &[u8]) -> Front {
    match body {
        b"200~" => Front::PasteBegin,
        b"C" => Front::Key(Key::Right),
        b"D" => Front::Key(Key::Left),
        b"H" | b"1~" | b"7~" => Front::Key(Key::Home),
        b"F" | b"4~" | b"8~" => Front::Key(Key::End),
        b"3~" => Front::Key(Key::Delete),
        _ => Front::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Keys};

    const TYPED: &[u8] =
        "aü日\x1b[200~one\r\ntwo\rth\x1b[ree\x1b[201~\r\x1b[D\x1bOC\x1b[3~\x7f\n\x1b\rz\x15\x03\x04\t"
            .as_bytes();

    fn expected() -> Vec<Key> {
        let mut keys: Vec<Key> = "aü日".chars().map(Key::Text).collect();
        keys.push(Key::Paste("one\ntwo\nth\x1b[ree".to_owned()));
        keys.extend([Key::Enter, Key::Left, Key::Right, Key::Delete, Key::Backspace]);
        keys.extend([Key::Newline, Key::Newline, Key::Text('z'), Key::Clear, Key::Interrupt]);
        keys.extend([Key::EndOfInput, Key::Text('\t')]);
        keys
    }

    #[test]
    fn keys_do_not_depend_on_where_the_bytes_are_cut() {
        for size in 1..=TYPED.len() {
            let mut keys = Keys::default();
            let read: Vec<Key> =
                TYPED.chunks(size).flat_map(|chunk| keys.feed(chunk, true)).collect();
            assert_eq!(read, expected(), "in pieces of {size}");
        }
    }

    #[test]
    fn an_escape_that_nothing_follows_is_a_key() {
        assert_eq!(Keys::default().feed(b"\x1b", false), [Key::Escape]);
        assert_eq!(Keys::default().feed(b"\x1b", true), []);
    }

    #[test]
    fn bytes_that_are_no_text_do_not_swallow_what_follows() {
        let bad = Key::Text(char::REPLACEMENT_CHARACTER);
        assert_eq!(Keys::default().feed(b"\xff\xe2a", false), [bad.clone(), Key::Text('a')][..1]);
        assert_eq!(Keys::default().feed(b"\xc3(b", false), [bad, Key::Text('('), Key::Text('b')]);
    }
}
