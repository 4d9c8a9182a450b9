//! What is painted is seen, on our terminal and on one that others wrote. That it does what tmux
//! does is held against tmux itself, in the tests of that hand.

use proptest::prelude::*;

use super::{Emulator, Letters, Screen};

fn after(bytes: &[u8]) -> Emulator {
    after_of(Letters::Until3_3, bytes)
}

fn after_of(letters: Letters, bytes: &[u8]) -> Emulator {
    let mut emulator = Emulator::new(12, 5, letters);
    emulator.process(bytes);
    emulator
}

#[track_caller]
fn shows(bytes: &str, text: &str, cursor: (u16, u16)) {
    let emulator = after(bytes.as_bytes());
    assert_eq!((emulator.screen().text().as_str(), emulator.screen().cursor()), (text, cursor));
}

#[test]
fn letters_wrap_when_the_next_one_comes_and_wide_ones_as_a_whole() {
    shows("abcdefghijkl", "abcdefghijkl", (12, 0));
    shows("abcdefghijklm", "abcdefghijkl\nm", (1, 1));
    shows("abcdefghijk世", "abcdefghijk\n世", (2, 1));
    shows("\x1b[?7labcdefghijklmn", "abcdefghijkn", (11, 0));
    shows("abc\x1b[1;2H世", "a世", (3, 0));
    shows("世x\x1b[1;2Hy", " yx", (2, 0));
    shows("e\u{301}👩\u{200d}🚀x", "e\u{301}👩\u{200d}🚀x", (4, 0));
}

/// The same bytes, cursor and text in 3.3a and since 3.4.
#[test]
fn letters_join_and_are_wide_as_in_the_tmux_that_shows_them() {
    for (bytes, until_3_3, since_3_4) in [
        ("👋🏽x", ("👋🏽x", 5), ("👋🏽x", 3)),
        ("❤\u{fe0f}x", ("❤\u{fe0f}x", 2), ("❤\u{fe0f}x", 3)),
        ("1\u{fe0f}\u{20e3}x", ("1\u{fe0f}\u{20e3}x", 2), ("1\u{fe0f}\u{20e3}x", 3)),
        ("🇩🇪x", ("🇩🇪x", 3), ("🇩🇪x", 3)),
        ("☝x", ("☝x", 2), ("☝x", 3)),
        ("x🏽y", ("x🏽y", 4), ("x🏽y", 4)),
        ("👩\u{200d}🚀x", ("👩\u{200d}🚀x", 3), ("👩\u{200d}🚀x", 3)),
        // A joiner waits for what comes next in one, and stands at its letter in the other.
        ("a\u{200d}\r\n世", ("a", 0), ("a\u{200d}\n世", 2)),
        ("\u{fe0f}x", ("x", 1), ("x", 1)),
        ("0123456789ab\u{fe0f}", ("0123456789ab\u{fe0f}", 12), ("0123456789a", 11)),
    ] {
        for (letters, wanted) in [
            (Letters::Until3_3, until_3_3),
            (Letters::Of3_4, since_3_4),
            (Letters::Since3_5, since_3_4),
        ] {
            let emulator = after_of(letters, bytes.as_bytes());
            let screen = emulator.screen();
            let (columns, rows) = screen.size();
            let row = |row: u16| -> String {
                (0..columns).map(|at| screen.cell(at, row).unwrap().text().to_owned()).collect()
            };
            let text = (0..rows).map(|at| row(at).trim_end().to_owned()).collect::<Vec<_>>();
            let seen = (text.join("\n").trim_end().to_owned(), screen.cursor().0);
            assert_eq!(seen, (wanted.0.to_owned(), wanted.1), "{bytes:?} in {letters:?}");
        }
    }
}

#[test]
fn only_a_letter_of_ascii_is_repeated_before_3_5() {
    for (letters, wanted) in
        [(Letters::Until3_3, "世aaa"), (Letters::Of3_4, "世aaa"), (Letters::Since3_5, "世世世aaa")]
    {
        let emulator = after_of(letters, "世\x1b[2ba\x1b[2b".as_bytes());
        assert_eq!(emulator.screen().text(), wanted, "{letters:?}");
    }
}

/// A flag that came behind a plain letter stays where it is when that becomes one which it joins.
#[test]
fn what_stands_beside_a_letter_is_painted_beside_it() {
    for (first, then) in [
        ("a🇩🇪x", "\r│"),
        ("ab🇩🇪🇫🇷x", "\r世"),
        ("a🏽b🏽c🏽", "\r│\x1b[4G│"),
        ("世x🚀", "\x1b[1;3H\u{200d}\x1b[1;3H\x1b[P"),
    ] {
        let mut emulator = after_of(Letters::Since3_5, first.as_bytes());
        let before = emulator.screen().clone();
        let mut painted = after_of(Letters::Since3_5, &before.painted());
        emulator.process(then.as_bytes());
        painted.process(&emulator.screen().painted_over(&before));
        assert_eq!(difference(painted.screen(), emulator.screen()), None, "{first:?} {then:?}");
        let painted = after_of(Letters::Since3_5, &emulator.screen().painted());
        assert_eq!(difference(painted.screen(), emulator.screen()), None, "{first:?} {then:?}");
    }
}

#[test]
fn what_others_leave_out_is_known() {
    shows("\x1b(0lqk\x1b(B lqk", "┌─┐ lqk", (7, 0));
    shows("abc\r\x1b[4hXY\x1b[4l", "XYabc", (2, 0));
    shows("ab\x1bH\rb\tc", "bbc", (3, 0));
    shows("\x1b[3gx\ty", "x          y", (12, 0));
    shows("x\x1b[4b", "xxxxx", (5, 0));
    shows("\x1bkname\x1b\\text", "text", (4, 0));
    shows("below\x1b[?1049hover\x1b[?1049l!", "below!", (6, 0));
    shows("\x1b[2;3r\x1b[?6h\x1b[2;1Hin", "\n\nin", (2, 2));
    shows("\x1b#8\x1b[2J", "", (0, 0));
    let mut named = after(b"\x1b]2;a;b\x07");
    assert_eq!((named.take_title().as_deref(), named.take_title()), (Some("a;b"), None));
}

/// The first place in which two screens look different.
fn difference(one: &Screen, other: &Screen) -> Option<String> {
    let whole = |screen: &Screen| (screen.size(), screen.cursor(), screen.modes().shows_cursor);
    if whole(one) != whole(other) {
        return Some(format!("{:?}, not {:?}", whole(one), whole(other)));
    }
    let (columns, rows) = one.size();
    let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row)));
    places.into_iter().find_map(|(column, row)| {
        let (one, other) = (one.cell(column, row)?, other.cell(column, row)?);
        (!one.looks_like(&other)).then(|| format!("{column},{row}: {one:?}, not {other:?}"))
    })
}

/// What programs print, in any order.
fn printed() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-d ]{1,9}",
        2 => prop::sample::select(vec![
            "世界", "😀", "e\u{301}", "👩\u{200d}🚀", "❤\u{fe0f}", "☝", "│", "~",
        ])
            .prop_map(str::to_owned),
        2 => (1..7u16, 1..15u16).prop_map(|(row, column)| format!("\x1b[{row};{column}H")),
        2 => prop::sample::select(vec![
            "\x1b[m", "\x1b[31m", "\x1b[7m", "\x1b[44m", "\x1b[9m", "\x1b[4:3m", "\x1b[58:5:9m",
            "\x1b[1;38;2;1;2;3m", "\x1b[8m", "\x1b[53m",
        ])
        .prop_map(str::to_owned),
        2 => (0..4u16, "[JKLMPSTX@]").prop_map(|(count, last)| format!("\x1b[{count}{last}")),
        1 => prop::sample::select(vec![
            "\r\n", "\t", "\x08", "\x1bM", "\x1b[2;4r", "\x1b[r", "\x1b[?25l", "\x1b[?25h",
            "\x1b7", "\x1b8", "\x1b(0qx\x1b(B", "\x1b[4h", "\x1b[4l",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn letters() -> impl Strategy<Value = Letters> {
    prop::sample::select(vec![Letters::Until3_3, Letters::Of3_4, Letters::Since3_5])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_painted_is_what_is_seen(
        first in printed(),
        then in printed(),
        letters in letters(),
    ) {
        let mut emulator = after_of(letters, first.as_bytes());
        let before = emulator.screen().clone();
        let mut painted = after_of(letters, b"what was there before\x1b[?25l");
        painted.process(&before.painted());
        prop_assert_eq!(difference(painted.screen(), &before), None, "as a whole");
        emulator.process(then.as_bytes());
        let change = emulator.screen().painted_over(&before);
        painted.process(&change);
        let shown = String::from_utf8_lossy(&change);
        prop_assert_eq!(difference(painted.screen(), emulator.screen()), None, "{:?}", shown);
        prop_assert!(emulator.screen().painted_over(emulator.screen()).is_empty());
    }

    #[test]
    fn a_terminal_of_others_shows_it_too(printed in printed()) {
        let printed: String = printed.chars().filter(|letter| letter.is_ascii()).collect();
        let emulator = after(printed.as_bytes());
        let mut other = vt100::Parser::new(5.try_into().unwrap(), 12.try_into().unwrap(), 0);
        other.process(&emulator.screen().painted());
        let rows: Vec<String> =
            other.screen().rows(0, 12).map(|row| row.trim_end().to_owned()).collect();
        let shown = rows.join("\n").trim_end().to_owned();
        prop_assert_eq!(shown, emulator.screen().text());
        for (row, column) in (0..5).flat_map(|row| (0..12).map(move |column| (row, column))) {
            let (ours, theirs) = (emulator.screen().cell(column, row), other.screen().cell(row, column));
            let is_inverse = ours.unwrap().pen.has(super::Trait::Inverse);
            prop_assert_eq!(theirs.unwrap().inverse(), is_inverse, "{},{}", column, row);
        }
    }

    /// Whatever comes, nothing falls over and the cursor stays on the screen.
    #[test]
    fn no_bytes_are_too_strange(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        columns in 1..4u16,
        letters in letters(),
    ) {
        let mut emulator = Emulator::new(columns, 2, letters);
        emulator.process(&bytes);
        emulator.process(b"\x1b[999;999H\x1b[99P\x1b[99@\x1b[99X\x1b[99L\x1b[99M\x1b[99S\x1b[99T\t\x1b[99Z");
        let (column, row) = emulator.screen().cursor();
        prop_assert!(column <= columns && row < 2);
        let painted = emulator.screen().painted();
        let mut again = Emulator::new(columns, 2, letters);
        again.process(&painted);
        prop_assert_eq!(difference(again.screen(), emulator.screen()), None);
    }
}
