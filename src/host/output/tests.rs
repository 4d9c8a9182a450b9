//! A reader over files as a recorder leaves them.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use tempfile::TempDir;

use super::{From, Piece, Reader};
use crate::protocol::{Mark, marks_name, segment_name};

fn add(directory: &Path, name: &str, bytes: &[u8]) {
    let path = directory.join(name);
    OpenOptions::new().create(true).append(true).open(path).unwrap().write_all(bytes).unwrap();
}

fn mark(directory: &Path, number: u64, mark: &Mark) {
    add(directory, &marks_name(number), &mark.line());
}

/// Begins a segment.
fn begin(directory: &Path, number: u64, position: u64, session: &str, at_ms: u64) {
    add(directory, &segment_name(number), b"");
    let (session, position) = (Some(session.to_owned()), Some(position));
    let size = Some((80, 24));
    mark(directory, number, &Mark { at_ms, session, position, size, ..Mark::default() });
}

fn write(directory: &Path, number: u64, bytes: &str) {
    add(directory, &segment_name(number), bytes.as_bytes());
}

fn close(directory: &Path, number: u64, offset: u64) {
    let sha256 = Some("00".to_owned());
    mark(directory, number, &Mark { at_ms: 9_999_999, offset, sha256, ..Mark::default() });
}

/// Two sessions in three segments: 0–9, 10–19, 20–29.
fn three(directory: &Path) {
    begin(directory, 1, 0, "one", 1_000_000);
    write(directory, 1, "a1\na2\na3\nx");
    close(directory, 1, 10);
    begin(directory, 2, 10, "one", 2_000_000);
    write(directory, 2, "b1\nb");
    mark(directory, 2, &Mark { at_ms: 2_500_000, offset: 4, ..Mark::default() });
    write(directory, 2, "2\nb3\ny");
    close(directory, 2, 10);
    begin(directory, 3, 20, "two", 3_000_000);
    write(directory, 3, "c1\nc2\nc3\n>");
}

fn all(reader: &mut Reader) -> Vec<Piece> {
    std::iter::from_fn(|| reader.next().unwrap()).collect()
}

fn text(pieces: &[Piece]) -> String {
    let bytes = pieces.iter().filter_map(|piece| match piece {
        Piece::Output { bytes, .. } => Some(bytes.as_slice()),
        Piece::Session { .. } | Piece::Size { .. } | Piece::Gap { .. } => None,
    });
    String::from_utf8(bytes.flatten().copied().collect()).unwrap()
}

fn read(directory: &Path, from: From) -> String {
    text(&all(&mut Reader::new(directory, from)))
}

#[test]
fn everything_is_read_in_order_with_its_sessions_and_times() {
    let place = TempDir::new().unwrap();
    three(place.path());
    let pieces = all(&mut Reader::new(place.path(), From::Position(0)));
    let output =
        |position, at_ms, text: &str| Piece::Output { position, at_ms, bytes: text.into() };
    let size = Piece::Size { columns: 80, rows: 24 };
    assert_eq!(
        pieces,
        [
            Piece::Session { session: "one".into(), at_ms: 1_000_000 },
            size.clone(),
            output(0, 1_000_000, "a1\na2\na3\nx"),
            size.clone(),
            output(10, 2_000_000, "b1\nb"),
            output(14, 2_500_000, "2\nb3\ny"),
            Piece::Session { session: "two".into(), at_ms: 3_000_000 },
            size,
            output(20, 3_000_000, "c1\nc2\nc3\n>"),
        ]
    );
}

#[test]
fn reading_begins_at_a_byte_a_time_or_a_line() {
    let place = TempDir::new().unwrap();
    let here = place.path();
    assert_eq!(read(here, From::Lines(3)), "", "nothing is there yet");
    three(here);
    assert_eq!(read(here, From::Position(14)), "2\nb3\nyc1\nc2\nc3\n>");
    assert_eq!(read(here, From::Position(30)), "");
    assert_eq!(read(here, From::Since(2_500_000)), "2\nb3\nyc1\nc2\nc3\n>");
    assert_eq!(
        read(here, From::Since(2_500_900)),
        "2\nb3\nyc1\nc2\nc3\n>",
        "it came up to a second later"
    );
    assert_eq!(read(here, From::Since(2_502_000)), "c1\nc2\nc3\n>");
    assert_eq!(read(here, From::Since(0)).len(), 30);
    assert_eq!(read(here, From::Since(3_500_000)), "", "what closes a segment is no output");
    assert_eq!(read(here, From::Lines(0)), "");
    assert_eq!(read(here, From::Lines(1)), ">");
    assert_eq!(read(here, From::Lines(2)), "c3\n>");
    assert_eq!(
        read(here, From::Lines(5)),
        "yc1\nc2\nc3\n>".split_at(0).1.replacen("yc1", "b3\nyc1", 1)
    );
    assert_eq!(read(here, From::Lines(1000)).len(), 30);
}

#[test]
fn a_reader_goes_on_with_what_is_added_and_with_the_next_segment() {
    let place = TempDir::new().unwrap();
    let here = place.path();
    let mut reader = Reader::new(here, From::Lines(10));
    assert_eq!(reader.next().unwrap(), None);
    add(here, &segment_name(1), b"");
    assert_eq!(reader.next().unwrap(), None, "half a segment is none");
    begin(here, 1, 0, "one", 1_000_000);
    write(here, 1, "a");
    assert_eq!(text(&all(&mut reader)), "a");
    assert_eq!(reader.next().unwrap(), None);
    write(here, 1, "b");
    begin(here, 2, 2, "two", 2_000_000);
    write(here, 2, "c");
    let pieces = all(&mut reader);
    assert_eq!(text(&pieces), "bc");
    assert!(pieces.contains(&Piece::Session { session: "two".into(), at_ms: 2_000_000 }));
    let gap = Mark {
        at_ms: 2_001_000,
        offset: 1,
        gap: Some("full".into()),
        lost: Some(7),
        ..Mark::default()
    };
    add(here, &marks_name(2), b"{\"at_ms\":20");
    add(here, &marks_name(2), b"\n");
    mark(here, 2, &gap);
    write(here, 2, "d");
    let pieces = all(&mut reader);
    assert_eq!(pieces[0], Piece::Gap { at_ms: 2_001_000, reason: "full".into(), lost: Some(7) });
    assert_eq!(text(&pieces), "d");
}

#[test]
fn what_was_removed_before_it_was_read_is_a_gap() {
    let place = TempDir::new().unwrap();
    let here = place.path();
    three(here);
    let mut reader = Reader::new(here, From::Position(0));
    while !matches!(reader.next().unwrap(), Some(Piece::Output { .. })) {}
    for name in [segment_name(1), marks_name(1), segment_name(2), marks_name(2)] {
        fs::remove_file(here.join(name)).unwrap();
    }
    let pieces = all(&mut reader);
    assert!(matches!(&pieces[0], Piece::Gap { lost: Some(10), .. }), "{pieces:?}");
    assert_eq!(text(&pieces), "c1\nc2\nc3\n>");
    let pieces = all(&mut Reader::new(here, From::Position(5)));
    assert!(matches!(&pieces[0], Piece::Gap { lost: Some(15), .. }), "{pieces:?}");
    let pieces = all(&mut Reader::new(here, From::Position(0)));
    assert!(matches!(&pieces[0], Piece::Session { .. }), "nobody asked for what was before");
}
