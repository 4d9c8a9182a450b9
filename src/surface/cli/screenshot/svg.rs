//! A screen as an SVG: every letter in its column, whatever font the reader has.

use std::fmt::Write as _;

use super::colour::{PAPER, Rgb};
use super::picture::{Cell, Look, Picture};
use crate::terminal::emulator::{Trait, Underline};

/// A cell, in the units of the picture.
const CELL: (u32, u32) = (9, 20);

/// The size of letters, and how far below the top of its cell one stands.
const LETTER: (u32, u32) = (15, 15);

/// Around the screen.
const MARGIN: u32 = 12;

/// Columns of a row, one beside the other.
#[derive(Debug, Clone, Copy)]
struct Span {
    column: u16,
    width: u16,
    row: u32,
}

impl Span {
    /// Those of these cells, of which there is at least one.
    fn of(cells: &[Cell], row: u32) -> Self {
        Self { column: cells[0].column, width: cells.iter().map(|cell| cell.width).sum(), row }
    }

    /// Its left upper corner, in the units of the picture.
    fn corner(self) -> (u32, u32) {
        (MARGIN + u32::from(self.column) * CELL.0, MARGIN + self.row * CELL.1)
    }

    /// Its width, in the same.
    fn length(self) -> u32 {
        u32::from(self.width) * CELL.0
    }
}

/// The screen of an agent.
pub fn svg(picture: &Picture, agent: &str) -> String {
    let width = u32::from(picture.columns) * CELL.0 + 2 * MARGIN;
    let height = u32::from(picture.rows) * CELL.1 + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"'DejaVu Sans Mono','Menlo','Consolas',monospace\" \
         font-size=\"{}\" xml:space=\"preserve\">\n<title>{}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{}\"/>\n",
        LETTER.0,
        escaped(agent),
        hex(PAPER)
    );
    for (row, cells) in (0..).zip(&picture.cells) {
        papers(&mut svg, cells, row);
    }
    let cursor = picture.cursor.and_then(|(column, row)| {
        let cells = picture.cells.get(usize::from(row))?;
        let on = |cell: &&Cell| (cell.column..cell.column + cell.width).contains(&column);
        let cell = cells.iter().find(on)?;
        Some((cell, Span::of(std::slice::from_ref(cell), row.into())))
    });
    if let Some((cell, span)) = cursor {
        rect(&mut svg, span, cell.look.ink());
    }
    for (row, cells) in (0..).zip(&picture.cells) {
        letters(&mut svg, cells, row);
    }
    if let Some((cell, span)) = cursor {
        text(&mut svg, span, &cell.text, (cell.look, cell.look.paper()));
    }
    svg.push_str("</svg>\n");
    svg
}

/// What stands behind the letters, where that is another colour than the screen's.
fn papers(svg: &mut String, cells: &[Cell], row: u32) {
    for run in cells.chunk_by(|one, next| one.look.paper() == next.look.paper()) {
        let paper = run[0].look.paper();
        if paper != PAPER {
            rect(svg, Span::of(run, row), paper);
        }
    }
}

/// Letters that every font has in one width go together, all others stand alone.
fn letters(svg: &mut String, cells: &[Cell], row: u32) {
    let is_plain = |cell: &Cell| cell.text.is_ascii();
    let together =
        |one: &Cell, next: &Cell| one.look == next.look && is_plain(one) && is_plain(next);
    for run in cells.chunk_by(together) {
        // Blanks at the ends show nothing, where no line goes through them.
        let is_seen = |cell: &Cell| cell.text != " " || cell.look.has_lines();
        let (Some(first), Some(last)) =
            (run.iter().position(is_seen), run.iter().rposition(is_seen))
        else {
            continue;
        };
        let run = &run[first..=last];
        let letters: String = run.iter().map(|cell| cell.text.as_str()).collect();
        let look = run[0].look;
        text(svg, Span::of(run, row), &letters, (look, look.ink()));
    }
}

fn rect(svg: &mut String, span: Span, fill: Rgb) {
    let (x, y) = span.corner();
    let _always = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
        span.length(),
        CELL.1,
        hex(fill)
    );
}

/// Letters of one look, in a colour that may be another than its ink.
fn text(svg: &mut String, span: Span, letters: &str, (look, ink): (Look, Rgb)) {
    let (x, y) = span.corner();
    let mut more = lines(look);
    for (which, attribute) in
        [(Trait::Bold, " font-weight=\"bold\""), (Trait::Italic, " font-style=\"italic\"")]
    {
        if look.has(which) {
            more.push_str(attribute);
        }
    }
    let _always = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{more}>{}</text>",
        y + LETTER.1,
        span.length(),
        hex(ink),
        escaped(letters)
    );
}

/// The lines under, through and above a text.
fn lines(look: Look) -> String {
    let (underline, style) = match look.underline() {
        Underline::None => ("", ""),
        Underline::Single => (" underline", ""),
        Underline::Double => (" underline", "double"),
        Underline::Curly => (" underline", "wavy"),
        Underline::Dotted => (" underline", "dotted"),
        Underline::Dashed => (" underline", "dashed"),
    };
    let through = if look.has(Trait::Struck) { " line-through" } else { "" };
    let above = if look.has(Trait::Overline) { " overline" } else { "" };
    let lines = format!("{underline}{through}{above}");
    let Some(lines) = lines.strip_prefix(' ') else { return String::new() };
    if style.is_empty() && look.line() == look.ink() {
        return format!(" text-decoration=\"{lines}\"");
    }
    let colour = hex(look.line());
    format!(" style=\"text-decoration:{lines} {style} {colour}\"")
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Blanks that no browser makes one of: not all heed `xml:space`.
fn escaped(text: &str) -> String {
    text.replace(' ', "\u{a0}").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
