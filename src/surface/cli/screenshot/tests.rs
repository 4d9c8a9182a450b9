//! What stands on a screen is found in each form of the picture.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::colour::{INK, PAPER, Rgb, rgb};
use super::font::Font;
use super::picture::Picture;
use super::png::png;
use super::svg::svg;
use crate::terminal::emulator::Letters;

/// Pixels of a PNG as `png` writes it: width, height, rows.
fn pixels(png: &[u8]) -> (usize, usize, Vec<Vec<Rgb>>) {
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!(&png[..16], b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    let (width, height) = (number(16), number(20));
    let length = number(33);
    assert_eq!(&png[37..41], b"IDAT");
    let mut rows = Vec::new();
    ZlibDecoder::new(&png[41..41 + length]).read_to_end(&mut rows).unwrap();
    let row =
        |row: &[u8]| row[1..].chunks_exact(3).map(|pixel| pixel.try_into().unwrap()).collect();
    let rows: Vec<Vec<Rgb>> = rows.chunks_exact(1 + 3 * width).map(row).collect();
    assert_eq!(rows.len(), height);
    assert!(png.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"), "the sum of the last part is known");
    (width, height, rows)
}

/// How many pixels of a cell have this colour.
fn count(picture: &Picture, column: usize, row: usize, colour: Rgb) -> usize {
    let (_, _, rows) = pixels(&png(picture));
    let cell = rows[16 + 32 * row..48 + 32 * row].iter();
    cell.flat_map(|row| &row[16 + 16 * column..32 + 16 * column])
        .filter(|one| **one == colour)
        .count()
}

const CELL: usize = 16 * 32;

#[test]
fn the_font_has_the_letters_that_terminals_show() {
    let font = Font::load();
    let columns = |letter| font.glyph(letter).map(|glyph| glyph.columns);
    for letter in "Aé~Ωж│╭▓⠋✻●".chars() {
        assert!(columns(letter).is_some(), "{letter}");
    }
    assert_eq!((columns('A'), columns('日'), columns('한')), (Some(8), Some(16), Some(16)));
    assert_eq!((columns('\u{e000}'), columns('\u{10ffff}')), (None, None));
    // A line of the box goes from edge to edge, so that boxes are closed.
    assert!(font.glyph('─').unwrap().rows.contains(&0xff00));
    assert!(font.glyph('│').unwrap().rows.iter().all(|row| *row != 0));
}

#[test]
fn a_picture_has_its_size_its_colours_and_its_cursor() {
    let picture = Picture::of(
        6,
        2,
        Letters::default(),
        b"\x1b[48;2;1;2;3mA\x1b[0m \x1b[7mB\x1b[0m\x1b[38;5;196mC\x1b[0m\x1b[2;6H",
    );
    let (width, height, _) = pixels(&png(&picture));
    assert_eq!((width, height), (6 * 16 + 32, 2 * 32 + 32));
    let ink = count(&picture, 0, 0, INK);
    assert!(ink > 20 && count(&picture, 0, 0, [1, 2, 3]) == CELL - ink, "{ink}");
    assert_eq!(count(&picture, 1, 0, PAPER), CELL);
    assert!(count(&picture, 2, 0, INK) > CELL / 2, "inverse");
    assert!(count(&picture, 3, 0, [255, 0, 0]) > 20);
    assert_eq!(count(&picture, 5, 1, INK), CELL, "the cursor");
    let hidden = Picture::of(6, 2, Letters::default(), b"\x1b[?25l");
    assert_eq!((hidden.cursor, count(&hidden, 0, 0, INK)), (None, 0));
    let hangs = Picture::of(2, 1, Letters::default(), b"ab");
    assert_eq!(hangs.cursor, Some((1, 0)));
}

#[test]
fn letters_are_bold_lean_and_stand_on_a_line_where_they_should() {
    let of = |look: &str| {
        let picture =
            Picture::of(2, 1, Letters::default(), format!("\x1b[?25l\x1b[{look}mH").as_bytes());
        let (_, _, rows) = pixels(&png(&picture));
        (count(&picture, 0, 0, INK), rows)
    };
    let (plain, straight) = of("0");
    assert!(of("1").0 > plain, "bold");
    assert_ne!(of("3").1, straight, "italic");
    let (underlined, rows) = of("4");
    assert!(underlined > plain);
    assert_eq!(rows[16 + 28][16..32], [INK; 16]);
    let (dim, _) = of("2");
    assert_eq!(dim, 0, "its ink is another one");
}

#[test]
fn wide_letters_take_two_cells_and_what_the_font_lacks_is_a_box() {
    let picture = Picture::of(8, 1, Letters::default(), "\x1b[?25l日x\u{1f600}e\u{301}".as_bytes());
    let row: Vec<_> =
        picture.cells[0].iter().map(|cell| (cell.column, cell.width, cell.text.as_str())).collect();
    assert_eq!(row[..4], [(0, 2, "日"), (2, 1, "x"), (3, 2, "\u{1f600}"), (5, 1, "e\u{301}")]);
    for column in [0, 1, 2, 3, 4, 5] {
        assert!(count(&picture, column, 0, INK) > 10, "{column}");
    }
    let plain = Picture::of(8, 1, Letters::default(), "\x1b[?25l日xe".as_bytes());
    assert!(count(&picture, 5, 0, INK) > count(&plain, 3, 0, INK), "the mark is drawn over it");
}

#[test]
fn every_number_is_a_colour() {
    use crate::terminal::emulator::Colour;
    assert_eq!(rgb(Colour::Index(16), INK), [0, 0, 0]);
    assert_eq!(rgb(Colour::Index(231), INK), [255, 255, 255]);
    assert_eq!(rgb(Colour::Index(208), INK), [255, 135, 0]);
    assert_eq!((rgb(Colour::Index(232), INK), rgb(Colour::Index(255), INK)), ([8; 3], [238; 3]));
    assert_eq!((rgb(Colour::Default, INK), rgb(Colour::Rgb(1, 2, 3), INK)), (INK, [1, 2, 3]));
}

#[test]
fn text_has_no_colours_and_colours_end_with_their_row() {
    let picture = Picture::of(
        10,
        4,
        Letters::default(),
        b"\x1b[1;32mone\x1b[0m  \r\n\r\n\x1b[44mtwo \x1b[0m\r\n",
    );
    assert_eq!(picture.text(), "one\n\ntwo\n");
    assert_eq!(picture.ansi(), "\x1b[0;1;32mone\x1b[0m\n\n\x1b[0;44mtwo \x1b[0m\n");
    let painted =
        Picture::of(10, 4, Letters::default(), picture.ansi().replace('\n', "\r\n").as_bytes());
    assert_eq!(painted.cells, picture.cells);
    assert_eq!(Picture::of(3, 2, Letters::default(), b"").text(), "\n");
}

#[test]
fn an_svg_has_each_letter_in_its_column_and_is_no_markup_of_the_agents() {
    let picture =
        Picture::of(20, 2, Letters::default(), "\x1b[?25l<b>&\x1b[4mlink\x1b[0m日│x".as_bytes());
    let svg = svg(&picture, "ada");
    let texts: Vec<&str> = svg.lines().filter(|line| line.starts_with("<text")).collect();
    assert_eq!(texts.len(), 5, "{svg}");
    assert!(texts[0].starts_with("<text x=\"12\" y=\"27\" textLength=\"36\""), "{}", texts[0]);
    assert!(texts[0].ends_with(">&lt;b&gt;&amp;</text>"), "{}", texts[0]);
    assert!(texts[1].contains("x=\"48\"") && texts[1].contains("underline"), "{}", texts[1]);
    assert!(texts[2].contains("x=\"84\" y=\"27\" textLength=\"18\"") && texts[2].contains('日'));
    let spaced =
        super::svg::svg(&Picture::of(20, 1, Letters::default(), b"\x1b[?25l  a   b  "), "ada");
    let text = spaced.lines().find(|line| line.starts_with("<text")).unwrap();
    // Five columns from the third on: a browser that makes one blank of many would stretch them.
    assert!(text.contains("x=\"30\"") && text.contains("textLength=\"45\""), "{text}");
    assert!(text.contains(">a\u{a0}\u{a0}\u{a0}b<"), "{text}");
    assert!(texts[3].contains("x=\"102\"") && texts[4].contains("x=\"111\""));
}
