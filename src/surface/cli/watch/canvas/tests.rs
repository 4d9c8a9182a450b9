//! What is on our terminal after what an agent shows.

use super::{Canvas, Cells, Emulator, Letters};

/// What a terminal of this size shows after our bytes; the status line is padded.
fn shown(size: Cells, bytes: &[&[u8]]) -> String {
    let rows = size.rows.try_into().unwrap();
    let mut ours = vt100::Parser::new(rows, size.columns.try_into().unwrap(), 0);
    bytes.iter().for_each(|bytes| ours.process(bytes));
    ours.screen().contents().trim_end().to_owned()
}

#[test]
fn a_small_screen_is_shown_whole() {
    let ours = Cells { columns: 30, rows: 6 };
    let mut canvas = Canvas::new(ours);
    canvas.screen(Cells { columns: 20, rows: 3 }, Letters::default(), b"one\r\ntwo");
    assert_eq!(canvas.cropped(), None);
    let first = canvas.draw("ada healthy");
    let below = "────────────────────┘";
    let top = |one: &str, two: &str, three: &str| {
        let rows = [one, two, three].map(|row| format!("{row:20}│"));
        format!("{}\n{below}\n\nada healthy", rows.join("\n"))
    };
    assert_eq!(shown(ours, &[&first]), top("one", "two", ""));
    canvas.output(b"\r\nthree");
    let second = canvas.draw("ada healthy");
    assert_eq!(shown(ours, &[&first, &second]), top("one", "two", "three"));
    assert!(!String::from_utf8_lossy(&second).contains("two"), "only what changed is drawn");
    assert!(canvas.draw("ada healthy").is_empty(), "nothing changed, nothing is drawn");
}

#[test]
fn a_large_screen_is_cropped_and_the_view_moves_no_further_than_its_edge() {
    let ours = Cells { columns: 4, rows: 3 };
    let mut canvas = Canvas::new(ours);
    canvas.screen(
        Cells { columns: 8, rows: 4 },
        Letters::default(),
        b"abcdefgh\r\n12345678\r\nABCDEFGH\r\n!",
    );
    canvas.pan(-100, -100);
    assert_eq!(canvas.cropped(), Some((0, 0)));
    assert_eq!(shown(ours, &[&canvas.draw("s")]), "abcd\n1234\ns");
    canvas.pan(2, 1);
    assert_eq!(canvas.cropped(), Some((2, 1)));
    assert_eq!(shown(ours, &[&canvas.draw("s")]), "3456\nCDEF\ns");
    canvas.pan(100, 100);
    assert_eq!(canvas.cropped(), Some((4, 2)));
}

#[test]
fn the_view_goes_where_the_cursor_goes_until_somebody_moves_it() {
    let ours = Cells { columns: 4, rows: 3 };
    let mut canvas = Canvas::new(ours);
    canvas.screen(Cells { columns: 4, rows: 5 }, Letters::default(), b"1\r\n2\r\n3\r\n4");
    assert_eq!(shown(ours, &[&canvas.draw("s")]), "3\n4\ns");
    canvas.output(b"\r\n5");
    let later = canvas.draw("s");
    assert_eq!(shown(ours, &[&later]), "4\n5\ns");
    canvas.output(b"\x1b[4;1H");
    canvas.draw("s");
    assert_eq!(canvas.cropped(), Some((0, 3)), "it moves no more than it must");
    canvas.output(b"\x1b[H");
    canvas.draw("s");
    assert_eq!(canvas.cropped(), Some((0, 0)));
    canvas.pan(0, 1);
    canvas.output(b"\x1b[5;1H");
    canvas.draw("s");
    assert_eq!(canvas.cropped(), Some((0, 1)), "it was put there");
    canvas.follow();
    canvas.draw("s");
    assert_eq!(canvas.cropped(), Some((0, 3)));
}

#[test]
fn a_cursor_far_to_the_right_is_followed_and_the_sides_with_more_are_told() {
    let mut canvas = Canvas::new(Cells { columns: 4, rows: 2 });
    canvas.screen(Cells { columns: 10, rows: 1 }, Letters::default(), b"abcdefgh");
    assert_eq!((canvas.cropped(), canvas.more().as_str()), (Some((5, 0)), "←→"));
    canvas.output(b"\r");
    assert_eq!((canvas.cropped(), canvas.more().as_str()), (Some((0, 0)), "→"));
    canvas.output(b"\x1b[?25labcdefgh");
    assert_eq!(canvas.cropped(), Some((0, 0)), "a hidden cursor may be anywhere");
}

#[test]
fn what_scrolled_off_is_paged_through_and_left_at_its_end() {
    let ours = Cells { columns: 4, rows: 3 };
    let mut canvas = Canvas::new(ours);
    canvas.screen(Cells { columns: 4, rows: 2 }, Letters::default(), b"5\r\n6");
    let shows = |canvas: &mut Canvas| {
        canvas.forget();
        shown(ours, &[&canvas.draw("s")])
    };
    canvas.look_back(
        Cells { columns: 4, rows: 6 },
        2,
        Letters::default(),
        b"1\r\n2\r\n3\r\n4\r\n5\r\n6",
    );
    assert_eq!(shows(&mut canvas), "4\n5\ns");
    assert_eq!(canvas.behind(), Some((1, 4)));
    canvas.output(b"\r7");
    assert_eq!(shows(&mut canvas), "4\n5\ns", "it stands still");
    canvas.top();
    assert_eq!(shows(&mut canvas), "1\n2\ns");
    for _ in 0..4 {
        canvas.page(1);
    }
    assert_eq!(shows(&mut canvas), "5\n6\ns");
    canvas.page(1);
    assert_eq!((canvas.behind(), shows(&mut canvas).as_str()), (None, "5\n7\ns"));
    canvas.note(Some("help"));
    assert_eq!(shows(&mut canvas), "help\n\ns");
}

#[test]
fn letters_are_drawn_with_all_their_looks_each_in_its_column() {
    let mut canvas = Canvas::new(Cells { columns: 12, rows: 3 });
    let said = "\x1b[9mold\x1b[m \x1b[5;8mx\x1b[m \x1b[4:3;58:5:1mwave\r\n\x1b[m👩\u{200d}🚀世|";
    canvas.screen(Cells { columns: 12, rows: 2 }, Letters::default(), said.as_bytes());
    let drawn = canvas.draw("s");
    let mut terminal = Emulator::new(12, 3, Letters::default());
    terminal.process(&drawn);
    for (column, row) in (0..2).flat_map(|row| (0..12).map(move |column| (column, row))) {
        let (ours, agent) = (terminal.screen().cell(column, row), canvas.shown().unwrap());
        assert!(ours.unwrap().looks_like(&agent.cell(column, row).unwrap()), "{column},{row}");
    }
    // Whatever width a terminal gives them, the next letter stands where it belongs.
    let drawn = String::from_utf8(drawn).unwrap();
    assert!(drawn.contains("🚀\x1b[3G世\x1b[5G|"), "{drawn:?}");
}

#[test]
fn the_status_line_never_wraps() {
    let ours = Cells { columns: 5, rows: 2 };
    let mut canvas = Canvas::new(ours);
    assert_eq!(shown(ours, &[&canvas.draw("ada 世界")]), "\nada");
    canvas.resize(Cells { columns: 6, rows: 2 });
    assert!(!canvas.draw("ada 世界").is_empty());
}
