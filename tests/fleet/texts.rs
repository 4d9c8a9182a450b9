//! R7: a text arrives byte for byte as one turn over either channel, or is refused before anything
//! goes out. The table is `texts/cases.rs`, what sends and compares is `texts/channels.rs`.

mod cases;
mod channels;

use std::os::unix::ffi::OsStrExt as _;

use cases::{Fate, cases};
use channels::{BY_DELIVERY, BY_KEYSTROKES, Channels, Source};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::support::need;

/// How many random texts are sent; `MOSAIC_TEXTS` says another number.
const TEXTS: u32 = 150;

/// The whole table from one of its sources.
fn every_text_from(source: Source) {
    if !need("tmux") {
        return;
    }
    let mut channels = Channels::up();
    for case in cases() {
        // No argument can hold it, so nobody can ask for it.
        if source == Source::Words && case.text.contains('\0') {
            continue;
        }
        let fates = [case.by_keystrokes, case.by_delivery];
        let done = channels.send(&case.text, source, fates);
        done.unwrap_or_else(|wrong| panic!("{}: {wrong}", case.name));
    }
    channels.is_quiet();
}

#[test]
fn r07_every_kind_of_text_is_exact_or_refused_as_words() {
    every_text_from(Source::Words);
}

#[test]
fn r07_every_kind_of_text_is_exact_or_refused_from_a_file() {
    every_text_from(Source::File);
}

#[test]
fn r07_every_kind_of_text_is_exact_or_refused_from_the_input() {
    every_text_from(Source::Input);
}

#[test]
fn r07_bytes_that_are_no_text_are_refused_wherever_they_come_from() {
    if !need("tmux") {
        return;
    }
    let channels = Channels::up();
    let fleet = &channels.fleet;
    let path = fleet.workspace().join("bytes");
    // Latin-1, a cut character, a surrogate, too long a form, past the last plane.
    let wrong: [&[u8]; 6] =
        [b"caf\xe9", b"a\xe4\xb8", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xff"];
    for bytes in wrong {
        for agent in [BY_KEYSTROKES, BY_DELIVERY] {
            std::fs::write(&path, bytes).unwrap();
            let file = fleet.mosaic(&["send", agent, "--file", path.to_str().unwrap()]).ended(2);
            let input = fleet.mosaic_reading(&["send", agent, "-"], bytes).ended(2);
            let mut words = fleet.command(&["send", agent]);
            let words = fleet.finished(words.arg(std::ffi::OsStr::from_bytes(bytes))).ended(2);
            for said in [file, input, words] {
                assert!(said.stderr.contains("UTF-8"), "{bytes:?}: {said:?}");
            }
        }
    }
    channels.is_quiet();
}

/// Letters of everywhere, much of what is special to somebody on the way, seldom a control.
fn text() -> impl Strategy<Value = String> {
    let special = "\n\t ;\\/!#-=~$`'\"{}[]()%@&|*?<>";
    let special: Vec<char> = special.chars().collect();
    let piece = prop_oneof![
        6 => any::<char>().prop_map(|letter| letter.to_string()),
        6 => proptest::sample::select(special).prop_map(|letter| letter.to_string()),
        4 => "[ -~]{1,20}",
        3 => "[\u{300}-\u{36f}\u{200b}-\u{200f}\u{fe00}-\u{fe0f}]{1,3}",
        3 => "[\u{4e00}-\u{9fff}\u{1f300}-\u{1faff}]{1,8}",
        1 => Just("\x1b[201~".to_owned()),
        1 => "[\0-\x1f\x7f-\u{9f}]",
        1 => Just("[m-abcdefghijkl] ".to_owned()),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// What both channels are to make of a text, by the words of docs/send.md.
fn fates(text: &str) -> [Fate; 2] {
    let is_key = |letter: char| match u32::from(letter) {
        9 | 10 => false,
        code => code < 32 || (127..160).contains(&code),
    };
    if text.chars().all(char::is_whitespace) {
        [Fate::Refused("empty"); 2]
    } else if text.contains('\0') {
        [Fate::Refused("NUL"); 2]
    } else if text.chars().any(is_key) {
        [Fate::Refused("U+00"), Fate::Exact]
    } else {
        [Fate::Exact; 2]
    }
}

#[test]
fn r07_any_text_is_exact_or_refused_over_either_channel() {
    if !need("tmux") {
        return;
    }
    let asked = std::env::var("MOSAIC_TEXTS").ok().and_then(|text| text.parse().ok());
    let cases = asked.unwrap_or(TEXTS);
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let channels = std::cell::RefCell::new(Channels::up());
    TestRunner::new(config)
        .run(&text(), |text| {
            let sent = channels.borrow_mut().send(&text, Source::Input, fates(&text));
            sent.map_err(TestCaseError::fail)
        })
        .unwrap();
    channels.borrow().is_quiet();
}
