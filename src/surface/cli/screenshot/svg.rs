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
        cells.iter().find(on).map(|cell| (cell, u32::from(row)))
    });
    if let Some((cell, row)) = cursor {
        rect(&mut svg, cell.column, cell.width, row, cell.look.ink());
    }
    for (row, cells) in (0..).zip(&picture.cells) {
        letters(&mut svg, cells, row);
    }
    if let Some((cell, row)) = cursor {
        text(&mut svg, cell, &cell.text, cell.width, row, cell.look.paper());
    }
    svg.push_str("</svg>\n");
    svg
}

/// What stands behind the letters, where that is another colour than the screen's.
fn papers(svg: &mut String, cells: &[Cell], row: u32) {
    for run in cells.chunk_by(|one, next| one.look.paper() == next.look.paper()) {
        let paper = run[0].look.paper();
        if paper != PAPER {
            rect(svg, run[0].column, run.iter().map(|cell| cell.width).sum(), row, paper);
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
        let width = run.iter().map(|cell| cell.width).sum();
        text(svg, &run[0], &letters, width, row, run[0].look.ink());
    }
}

fn rect(svg: &mut String, column: u16, width: u16, row: u32, fill: Rgb) {
    let (x, y) = place(column, row);
    let _always = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
        u32::from(width) * CELL.0,
        CELL.1,
        hex(fill)
    );
}

fn text(svg: &mut String, first: &Cell, letters: &str, width: u16, row: u32, ink: Rgb) {
    let (x, y) = place(first.column, row);
    let mut more = lines(first.look);
    for (which, attribute) in
        [(Trait::Bold, " font-weight=\"bold\""), (Trait::Italic, " font-style=\"italic\"")]
    {
        if first.look.has(which) {
            more.push_str(attribute);
        }
    }
    let _always = writeln!(
        svg,
        "<text x=\"{x}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{more}>{}</text>",
        y + LETTER.1,
        u32::from(width) * CELL.0,
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

fn place(column: u16, row: u32) -> (u32, u32) {
    (MARGIN + u32::from(column) * CELL.0, MARGIN + row * CELL.1)
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Blanks that no browser makes one of: not all heed `xml:space`.
fn escaped(text: &str) -> String {
    text.replace(' ', "\u{a0}").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
