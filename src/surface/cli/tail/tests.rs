//! Lines as a terminal would have shown them, and nothing in them that a terminal would obey.

use proptest::prelude::{any, proptest};

use super::page::Page;
use super::written::{Form, Written};
use crate::wire::OutputFrame;

/// All lines of what was written, the screen at the end included.
fn lines(columns: u16, rows: u16, bytes: &[u8]) -> Vec<String> {
    let mut page = Page::new(false);
    page.resize(columns, rows);
    let mut lines = page.write(bytes);
    lines.extend(page.flush());
    joined(&lines)
}

fn joined(lines: &[super::line::Line]) -> Vec<String> {
    let (mut all, mut text) = (Vec::new(), String::new());
    for line in lines {
        line.plain(&mut text);
        if !line.is_wrapped {
            all.push(std::mem::take(&mut text));
        }
    }
    all
}

/// What is given out while it is followed, piece by piece.
fn followed(pieces: &[&str]) -> Vec<Vec<String>> {
    let mut page = Page::new(true);
    page.resize(40, 5);
    pieces.iter().map(|piece| joined(&page.write(piece.as_bytes()))).collect()
}

#[test]
fn what_was_written_over_is_gone() {
    assert_eq!(lines(40, 5, b" 10%\r 50%\r100%\r\ndone\r\n"), ["100%", "done"]);
    assert_eq!(lines(40, 5, b"teh\x08\x08he\r\n"), ["the"]);
    assert_eq!(lines(40, 5, b"long line\rshort\x1b[K\r\n"), ["short"]);
    assert_eq!(lines(40, 5, b"a\tb\r\n"), ["a       b"]);
    assert_eq!(lines(40, 5, b"abcdef\x1b[3D\x1b[P\x1b[2@\r\n"), ["abc  ef"]);
    assert_eq!(lines(40, 5, b"\x1b[31mred\x1b[0m \x1b]0;title\x07\x1b(0q\x1b(B\r\n"), ["red ─"]);
}

#[test]
fn a_line_that_is_wider_than_the_terminal_is_one_line() {
    let long = "x".repeat(95);
    assert_eq!(lines(20, 5, format!("{long}\r\nnext\r\n").as_bytes()), [long.as_str(), "next"]);
    assert_eq!(followed(&[&"y".repeat(60), "\r\n"]), [vec![], vec!["y".repeat(60)]]);
}

#[test]
fn wide_letters_and_marks_stay_whole() {
    assert_eq!(lines(40, 5, "日本\r\u{301}語e\u{301}\r\n".as_bytes()), ["語e\u{301}"]);
    assert_eq!(lines(40, 5, "日本\x1b[3Gx\r\n".as_bytes()), ["日x"]);
    assert_eq!(lines(5, 5, "abcd日\r\n".as_bytes()), ["abcd日"]);
}

#[test]
fn all_lines_are_there_however_many_scroll_away() {
    let text: String = (1..=500).map(|n| format!("{n}\r\n")).collect();
    let expected: Vec<String> = (1..=500).map(|n| n.to_string()).collect();
    assert_eq!(lines(40, 5, text.as_bytes()), expected);
}

#[test]
fn a_program_that_redraws_its_last_rows_leaves_what_stands_there_at_the_end() {
    let frame = |n: u32| format!("working {n}\r\n[input]\x1b[1A\r\x1b[J");
    let text: String = (1..=50).map(frame).collect();
    let text = format!("hello\r\n{text}answer\r\n[input]");
    assert_eq!(lines(40, 5, text.as_bytes()), ["hello", "answer", "[input]"]);
}

#[test]
fn a_full_screen_program_leaves_its_last_screen_and_the_lines_from_before() {
    let text = b"before\r\n\x1b[?1049h\x1b[2J\x1b[Hone\x1b[2;1Htwo";
    assert_eq!(lines(40, 5, text), ["one", "two"]);
    let left = [text.as_slice(), b"\x1b[?1049lafter\r\n"].concat();
    assert_eq!(lines(40, 5, &left), ["before", "after"]);
}

#[test]
fn a_cleared_screen_was_shown_until_then() {
    assert_eq!(
        lines(40, 5, b"one\r\ntwo\r\n\x1b[H\x1b[2J\x1b[3Jthree\r\n"),
        ["one", "two", "three"]
    );
}

#[test]
fn a_line_is_given_out_when_it_is_over_and_once() {
    let given = followed(&["one\r\ntw", "o\r\n", "3%\r9%\r\n", &"x\r\n".repeat(7)]);
    assert_eq!(given[..3], [vec!["one"], vec!["two"], vec!["9%"]]);
    assert_eq!(given[3].len(), 7);
    // What is drawn over waits until it has scrolled away.
    let given = followed(&["a\r\nb\r\n\x1b[1Ac\r\n", "d\r\ne\r\nf\r\ng\r\nh\r\n"]);
    assert_eq!(given, [vec!["a", "b"], vec!["c", "d"]]);
}

fn frames(written: &mut Written, bytes: &str) -> String {
    let mut text = written.take(OutputFrame::output(0, 0, bytes.as_bytes()));
    text += &written.take(OutputFrame::Now {});
    text
}

#[test]
fn colours_pass_and_nothing_else_that_a_terminal_would_obey() {
    let form = Form { is_coloured: true, has_rules: false };
    let mut written = Written::new(form, None, true);
    let evil = "\x1b]0;title\x07\x1b[?1049l\x1b[6n\x1bP+q\x1b\\\x1b[1;31mred\x1b[38;5;200;48;2;1;2;3mx\
                \x1b[0m\x1b[5i\x1b[>c \u{9b}31m\r\n";
    assert_eq!(
        frames(&mut written, evil),
        "\x1b[0;1;31mred\x1b[0;1;38;5;200;48;2;1;2;3mx\x1b[0m 31m\n"
    );
}

#[test]
fn the_last_lines_come_first_and_then_each_as_it_is_over() {
    let form = Form { is_coloured: false, has_rules: false };
    let mut written = Written::new(form, Some(2), true);
    assert_eq!(frames(&mut written, "1\r\n2\r\n3\r\n4"), "2\n3\n");
    assert_eq!(frames(&mut written, "5\r\n6\r\n"), "45\n6\n");
    let gap = OutputFrame::Gap { at_ms: 0, reason: "the disk is full".into(), lost: Some(7) };
    assert_eq!(written.take(gap), "");
    assert_eq!(written.notes(), ["7 bytes of output are missing here: the disk is full"]);
    let session = OutputFrame::Session { session: "b".into(), at_ms: 0 };
    assert_eq!(written.take(session), "");
    assert_eq!(frames(&mut written, "\x1bcnew\r\n"), "new\n");
    let mut all = Written::new(form, Some(1), false);
    assert_eq!(frames(&mut all, "1\r\n2\r\n> "), "");
    assert_eq!(all.rest(), ">\n");
}

proptest! {
    #[test]
    fn no_bytes_stop_the_page_or_reach_a_terminal(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        columns in 1u16..40,
        rows in 1u16..10,
    ) {
        let mut page = Page::new(bytes.len() % 2 == 0);
        page.resize(columns, rows);
        let mut lines = page.write(&bytes);
        page.resize(rows, columns);
        lines.extend(page.write(&bytes));
        lines.extend(page.flush());
        for line in &lines {
            let (mut plain, mut coloured) = (String::new(), String::new());
            line.plain(&mut plain);
            line.coloured(&mut coloured);
            assert!(!plain.chars().any(char::is_control), "{plain:?}");
            let mut rest = coloured.as_str();
            while let Some((text, behind)) = rest.split_once('\x1b') {
                assert!(!text.chars().any(char::is_control), "{coloured:?}");
                let end = behind.find('m').expect("a colour ends");
                assert!(behind[1..end].bytes().all(|b| b.is_ascii_digit() || b == b';'));
                rest = &behind[end + 1..];
            }
            assert!(!rest.chars().any(char::is_control), "{coloured:?}");
        }
    }

    #[test]
    fn it_does_not_matter_how_the_bytes_come(
        text in "(\\PC|\r\n|\x1b\\[[0-9;]{0,5}[A-HJKPX@m]){0,80}",
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
    ) {
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        at.extend([0, text.len()]);
        at.sort_unstable();
        let mut page = Page::new(false);
        page.resize(20, 5);
        let mut given = Vec::new();
        for pair in at.windows(2) {
            given.extend(page.write(&text.as_bytes()[pair[0]..pair[1]]));
        }
        given.extend(page.flush());
        assert_eq!(joined(&given), lines(20, 5, text.as_bytes()));
    }
}
