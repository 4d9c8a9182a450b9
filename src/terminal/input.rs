//! What a terminal sends, read as keys, clicks and pastes. It knows no meaning of them.

/// The most of one paste that is kept: twice what any message may have; whoever takes it says that
/// it is too long.
const PASTE_BYTES_MAX: usize = 128 * 1024;

/// The longest sequence that is waited for; what is longer is none.
const SEQUENCE_BYTES_MAX: usize = 64;

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Pressed a key.
    Key(Key),
    /// Clicked, or turned the wheel; at a column and a row, from 0.
    Mouse(Mouse, u16, u16),
    /// Pasted.
    Paste(String),
}

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// A letter with Ctrl, in lower case.
    Control(char),
    /// A character with Alt.
    Alt(char),
    /// Enter.
    Enter,
    /// Enter with Alt.
    AltEnter,
    /// Tab.
    Tab,
    /// Tab with Shift.
    BackTab,
    /// Escape.
    Escape,
    /// Deletes to the left.
    Backspace,
    /// Deletes at the cursor.
    Delete,
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// An arrow with Ctrl or Alt: a word to the left.
    WordLeft,
    /// The same to the right.
    WordRight,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
}

/// What a mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// The left button went down.
    Press,
    /// The wheel was turned away.
    WheelUp,
    /// The wheel was turned towards.
    WheelDown,
}

/// Reads what comes, however it was cut on its way.
#[derive(Debug, Default)]
pub struct Decoder {
    /// The beginning of something.
    held: Vec<u8>,
    /// What was pasted so far.
    paste: Option<Vec<u8>>,
}

/// What the first bytes are.
enum Read {
    /// So many bytes, and what they mean, if anything.
    Whole(usize, Option<Input>),
    /// Perhaps the beginning of something.
    Part,
}

const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

impl Decoder {
    /// Takes bytes; what they come to.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        self.held.extend_from_slice(bytes);
        self.read(false)
    }

    /// Whether it holds what may be an Escape, or the beginning of more.
    pub fn is_waiting(&self) -> bool {
        self.paste.is_none() && !self.held.is_empty()
    }

    /// Nothing more came: an Escape is an Escape.
    pub fn settle(&mut self) -> Vec<Input> {
        self.read(true)
    }

    fn read(&mut self, is_over: bool) -> Vec<Input> {
        let mut found = Vec::new();
        let held = std::mem::take(&mut self.held);
        let mut rest = held.as_slice();
        while !rest.is_empty() {
            if self.paste.is_some() {
                rest = self.pasted(rest, &mut found);
                if self.paste.is_some() {
                    break;
                }
                continue;
            }
            if rest.starts_with(PASTE_BEGINS) {
                self.paste = Some(Vec::new());
                rest = &rest[PASTE_BEGINS.len()..];
                continue;
            }
            match first(rest) {
                Read::Whole(length, input) => {
                    found.extend(input);
                    rest = &rest[length..];
                }
                Read::Part if is_over || rest.len() > SEQUENCE_BYTES_MAX => {
                    if rest[0] == 0x1b {
                        found.push(Input::Key(Key::Escape));
                    }
                    rest = &rest[1..];
                }
                Read::Part => break,
            }
        }
        self.held = rest.to_vec();
        found
    }

    /// Takes what belongs to the paste; the rest.
    fn pasted<'a>(&mut self, bytes: &'a [u8], found: &mut Vec<Input>) -> &'a [u8] {
        let Some(paste) = &mut self.paste else {
            return bytes;
        };
        let end = bytes.windows(PASTE_ENDS.len()).position(|window| window == PASTE_ENDS);
        // Its end may have been cut: so much is looked at again.
        let cut = (1..PASTE_ENDS.len().min(bytes.len() + 1))
            .rev()
            .find(|length| bytes.ends_with(&PASTE_ENDS[..*length]))
            .unwrap_or(0);
        let taken = &bytes[..end.unwrap_or(bytes.len() - cut)];
        let room = PASTE_BYTES_MAX.saturating_sub(paste.len());
        paste.extend_from_slice(&taken[..taken.len().min(room)]);
        match end {
            Some(end) => {
                let text = String::from_utf8_lossy(paste).into_owned();
                found.push(Input::Paste(text.replace("\r\n", "\n").replace('\r', "\n")));
                self.paste = None;
                &bytes[end + PASTE_ENDS.len()..]
            }
            None => &bytes[bytes.len() - cut..],
        }
    }
}

fn first(bytes: &[u8]) -> Read {
    let key = |key| Read::Whole(1, Some(Input::Key(key)));
    match bytes[0] {
        0x1b => escape(bytes),
        b'\r' => key(Key::Enter),
        b'\t' => key(Key::Tab),
        0x7f | 0x08 => key(Key::Backspace),
        byte @ 0x01..=0x1a => key(Key::Control(char::from(byte - 1 + b'a'))),
        0x00 | 0x1c..=0x1f => Read::Whole(1, None),
        byte if byte.is_ascii() => key(Key::Char(char::from(byte))),
        _ => character(bytes),
    }
}

/// A character of more than one byte.
fn character(bytes: &[u8]) -> Read {
    let length = match bytes[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Read::Whole(1, None),
    };
    if bytes.len() < length {
        return Read::Part;
    }
    match std::str::from_utf8(&bytes[..length]).ok().and_then(|text| text.chars().next()) {
        Some(c) => Read::Whole(length, Some(Input::Key(Key::Char(c)))),
        None => Read::Whole(1, None),
    }
}

fn escape(bytes: &[u8]) -> Read {
    let key = |length, key| Read::Whole(length, Some(Input::Key(key)));
    match bytes.get(1) {
        None => Read::Part,
        Some(b'[') => sequence(bytes),
        Some(b'O') => match bytes.get(2) {
            None => Read::Part,
            Some(letter) => Read::Whole(3, arrow(*letter, false).map(Input::Key)),
        },
        Some(b'\r') => key(2, Key::AltEnter),
        Some(0x7f | 0x08) => Read::Whole(2, None),
        Some(byte) if byte.is_ascii_graphic() => key(2, Key::Alt(char::from(*byte))),
        Some(_) => key(1, Key::Escape),
    }
}

/// `ESC [ parameters letter`.
fn sequence(bytes: &[u8]) -> Read {
    let Some(end) = bytes[2..].iter().position(|byte| (0x40..=0x7e).contains(byte)) else {
        return Read::Part;
    };
    let (parameters, letter) = (&bytes[2..2 + end], bytes[2 + end]);
    let parameters = String::from_utf8_lossy(parameters);
    let length = end + 3;
    if let Some(mouse) = parameters.strip_prefix('<') {
        return Read::Whole(length, if letter == b'M' { clicked(mouse) } else { None });
    }
    let mut numbers = parameters.split(';').map(|number| number.parse::<u32>().unwrap_or(1));
    let number = numbers.next().unwrap_or(1);
    let is_held = numbers.next().is_some_and(|held| held > 2);
    let key = match (letter, number) {
        (b'Z', _) => Some(Key::BackTab),
        (b'~', 1 | 7) => Some(Key::Home),
        (b'~', 3) => Some(Key::Delete),
        (b'~', 4 | 8) => Some(Key::End),
        (b'~', 5) => Some(Key::PageUp),
        (b'~', 6) => Some(Key::PageDown),
        (letter, _) => arrow(letter, is_held),
    };
    Read::Whole(length, key.map(Input::Key))
}

fn arrow(letter: u8, is_held: bool) -> Option<Key> {
    match (letter, is_held) {
        (b'A', _) => Some(Key::Up),
        (b'B', _) => Some(Key::Down),
        (b'C', false) => Some(Key::Right),
        (b'D', false) => Some(Key::Left),
        (b'C', true) => Some(Key::WordRight),
        (b'D', true) => Some(Key::WordLeft),
        (b'H', _) => Some(Key::Home),
        (b'F', _) => Some(Key::End),
        (b'M', _) => Some(Key::Enter),
        _ => None,
    }
}

/// `button;column;row`, from 1.
fn clicked(text: &str) -> Option<Input> {
    let mut numbers = text.split(';').map(str::parse::<u16>);
    let (button, column, row) =
        (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    // Shift, Alt and Ctrl are bits of the button.
    let what = match button & !0b1_1100 {
        0 => Mouse::Press,
        64 => Mouse::WheelUp,
        65 => Mouse::WheelDown,
        _ => return None,
    };
    Some(Input::Mouse(what, column.saturating_sub(1), row.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::{Decoder, Input, Key, Mouse};

    fn keys(bytes: &[u8]) -> Vec<Input> {
        let mut decoder = Decoder::default();
        let mut found = decoder.feed(bytes);
        found.extend(decoder.settle());
        found
    }

    fn key(key: Key) -> Input {
        Input::Key(key)
    }

    #[test]
    fn keys_clicks_and_pastes_are_read_however_they_are_cut() {
        let sent = "a世\x1b[A\x1bOB\x1b[1;5C\x1b[5~\x1b[Z\r\n\t\x7f\x03\x1b\r\x1bx\
                    \x1b[<0;12;3M\x1b[<0;12;3m\x1b[<64;1;1M\x1b[200~x\ry\x1b[31m\x1b[201~q"
            .as_bytes();
        let expected = [
            key(Key::Char('a')),
            key(Key::Char('世')),
            key(Key::Up),
            key(Key::Down),
            key(Key::WordRight),
            key(Key::PageUp),
            key(Key::BackTab),
            key(Key::Enter),
            key(Key::Control('j')),
            key(Key::Tab),
            key(Key::Backspace),
            key(Key::Control('c')),
            key(Key::AltEnter),
            key(Key::Alt('x')),
            Input::Mouse(Mouse::Press, 11, 2),
            Input::Mouse(Mouse::WheelUp, 0, 0),
            Input::Paste("x\ny\x1b[31m".to_owned()),
            key(Key::Char('q')),
        ];
        assert_eq!(keys(sent), expected);
        for size in 1..9 {
            let mut decoder = Decoder::default();
            let found: Vec<_> = sent.chunks(size).flat_map(|part| decoder.feed(part)).collect();
            assert_eq!(found, expected, "in parts of {size}");
        }
    }

    #[test]
    fn an_escape_is_known_when_nothing_follows_it_and_rubbish_means_nothing() {
        let mut decoder = Decoder::default();
        assert!(decoder.feed(b"\x1b").is_empty() && decoder.is_waiting());
        assert_eq!(decoder.settle(), [key(Key::Escape)]);
        assert!(!decoder.is_waiting());
        assert_eq!(keys(b"\x1b\x1b"), [key(Key::Escape), key(Key::Escape)]);
        assert_eq!(keys(b"\xff\xc3q\x00\x1b[999;;Xz"), [key(Key::Char('q')), key(Key::Char('z'))]);
        let endless = [b"\x1b[".as_slice(), &[b'1'; 500]].concat();
        assert!(Decoder::default().feed(&endless).len() > 400, "nothing is waited for without end");
    }
}
