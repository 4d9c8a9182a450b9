//! Which bytes are which key or click.

use super::{Input, Key, Mouse};

/// What the first bytes are.
pub enum Read {
    /// So many bytes, and what they mean, if anything.
    Whole(usize, Option<Input>),
    /// Perhaps the beginning of something.
    Part,
}

/// What the bytes begin with; there is at least one.
pub fn first(bytes: &[u8]) -> Read {
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
            Some(letter) => Read::Whole(3, named(*letter).map(Input::Key)),
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
    // 2 is Shift alone; what is more has Alt or Ctrl in it.
    let is_held = numbers.next().is_some_and(|held| held > 2);
    let key = match (letter, number) {
        (b'Z', _) => Some(Key::BackTab),
        (b'~', 1 | 7) => Some(Key::Home),
        (b'~', 3) => Some(Key::Delete),
        (b'~', 4 | 8) => Some(Key::End),
        (b'~', 5) => Some(Key::PageUp),
        (b'~', 6) => Some(Key::PageDown),
        (b'C', _) if is_held => Some(Key::WordRight),
        (b'D', _) if is_held => Some(Key::WordLeft),
        (letter, _) => named(letter),
    };
    Read::Whole(length, key.map(Input::Key))
}

/// A key that has a letter of its own.
fn named(letter: u8) -> Option<Key> {
    match letter {
        b'A' => Some(Key::Up),
        b'B' => Some(Key::Down),
        b'C' => Some(Key::Right),
        b'D' => Some(Key::Left),
        b'H' => Some(Key::Home),
        b'F' => Some(Key::End),
        b'M' => Some(Key::Enter),
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
