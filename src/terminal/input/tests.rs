//! What somebody did, of the bytes that a terminal sends for it.

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
