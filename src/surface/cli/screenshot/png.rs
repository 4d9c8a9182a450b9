//! A screen as pixels, and the pixels as a PNG.

use std::io::Write as _;

use flate2::Compression;
use flate2::Crc;
use flate2::write::ZlibEncoder;

use super::colour::{PAPER, Rgb};
use super::font::{Font, Glyph, ROWS};
use super::picture::{Cell, Picture};
use crate::terminal::emulator::{Trait, Underline};

/// A cell, in pixels: the font at twice its size, to be read on a screen of today.
const CELL: (usize, usize) = (16, 32);

/// Around the screen, in pixels.
const MARGIN: usize = 16;

/// The row of a glyph under which a line stands.
const UNDERLINE: usize = 14;

/// Pixels.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Rgb>,
}

/// The screen as a PNG.
pub fn png(picture: &Picture) -> Vec<u8> {
    encode(&drawn(picture))
}

fn drawn(picture: &Picture) -> Canvas {
    let width = usize::from(picture.columns) * CELL.0 + 2 * MARGIN;
    let height = usize::from(picture.rows) * CELL.1 + 2 * MARGIN;
    let mut canvas = Canvas { width, height, pixels: vec![PAPER; width * height] };
    let font = Font::load();
    for (row, cells) in picture.cells.iter().enumerate() {
        for cell in cells {
            let is_cursor = picture.cursor.is_some_and(|(column, at)| {
                usize::from(at) == row && (cell.column..cell.column + cell.width).contains(&column)
            });
            canvas.cell(&font, cell, row, is_cursor);
        }
    }
    canvas
}

impl Canvas {
    fn cell(&mut self, font: &Font, cell: &Cell, row: usize, is_cursor: bool) {
        let (ink, paper) = match is_cursor {
            true => (cell.look.paper(), cell.look.ink()),
            false => (cell.look.ink(), cell.look.paper()),
        };
        let (left, top) = (MARGIN + usize::from(cell.column) * CELL.0, MARGIN + row * CELL.1);
        let width = usize::from(cell.width) * CELL.0;
        self.fill((left, top), (width, CELL.1), paper);
        for letter in cell.text.chars().filter(|letter| *letter != ' ') {
            match font.glyph(letter) {
                Some(glyph) => self.glyph(glyph, (left, top), width, cell, ink),
                // A letter that the font lacks is a box, not nothing.
                None => self.frame((left + 2, top + 4), (width - 4, CELL.1 - 8), ink),
            }
        }
        let line = if is_cursor { ink } else { cell.look.line() };
        self.underline(cell.look.underline(), (left, top + 2 * UNDERLINE), width, line);
        for (which, at) in [(Trait::Struck, CELL.1 / 2), (Trait::Overline, 0)] {
            if cell.look.has(which) {
                self.fill((left, top + at), (width, 2), ink);
            }
        }
    }

    /// A line in pieces of two pixels, so that it goes on in the next cell.
    fn underline(
        &mut self,
        style: Underline,
        (left, top): (usize, usize),
        width: usize,
        colour: Rgb,
    ) {
        for at in (0..width).step_by(2) {
            let (is_drawn, lower) = match style {
                Underline::None => (false, 0),
                Underline::Single | Underline::Double => (true, 0),
                Underline::Curly => (true, [0, 1, 2, 1][at / 2 % 4]),
                Underline::Dotted => (at % 4 == 0, 0),
                Underline::Dashed => (at % 8 < 6, 0),
            };
            if is_drawn {
                self.fill((left + at, top + lower), (2, 2), colour);
            }
            if style == Underline::Double {
                self.fill((left + at, top - 4), (2, 2), colour);
            }
        }
    }

    /// A glyph that is wider than its cell is made narrower, one that is less wide stands in the middle.
    fn glyph(
        &mut self,
        glyph: Glyph,
        (left, top): (usize, usize),
        width: usize,
        cell: &Cell,
        ink: Rgb,
    ) {
        let across = if glyph.columns * 2 > width { 1 } else { 2 };
        let begin = left + (width - glyph.columns * across) / 2;
        for (row, bits) in glyph.rows.iter().enumerate() {
            // Letters lean by a pixel in four, around their foot.
            let lean =
                if cell.look.has(Trait::Italic) { (ROWS - 2).saturating_sub(row) / 3 } else { 0 };
            for column in (0..glyph.columns).filter(|column| bits << column & 0x8000 != 0) {
                let x = begin + column * across + lean;
                let wide = across + usize::from(cell.look.has(Trait::Bold));
                let wide = wide.min((left + width).saturating_sub(x));
                self.fill((x, top + 2 * row), (wide, 2), ink);
            }
        }
    }

    fn fill(&mut self, (left, top): (usize, usize), (width, height): (usize, usize), colour: Rgb) {
        for y in top..(top + height).min(self.height) {
            let begin = y * self.width + left.min(self.width);
            let end = y * self.width + (left + width).min(self.width);
            self.pixels[begin..end].fill(colour);
        }
    }

    fn frame(&mut self, (left, top): (usize, usize), (width, height): (usize, usize), ink: Rgb) {
        self.fill((left, top), (width, 2), ink);
        self.fill((left, top + height - 2), (width, 2), ink);
        self.fill((left, top), (2, height), ink);
        self.fill((left + width - 2, top), (2, height), ink);
    }
}

/// Three bytes a pixel, no filters: large areas of one colour are small as they are.
fn encode(canvas: &Canvas) -> Vec<u8> {
    let mut rows = Vec::with_capacity((canvas.width * 3 + 1) * canvas.height);
    for row in canvas.pixels.chunks(canvas.width) {
        rows.push(0);
        rows.extend(row.iter().flatten());
    }
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    // Into memory: it does not fail.
    let _always = packed.write_all(&rows);
    let packed = packed.finish().unwrap_or_default();
    let size = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX).to_be_bytes();
    let head = [&size(canvas.width)[..], &size(canvas.height), &[8, 2, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in [(b"IHDR", head.as_slice()), (b"IDAT", &packed), (b"IEND", &[])] {
        png.extend(size(body.len()));
        let mut sum = Crc::new();
        sum.update(kind);
        sum.update(body);
        png.extend_from_slice(kind);
        png.extend_from_slice(body);
        png.extend(sum.sum().to_be_bytes());
    }
    png
}
