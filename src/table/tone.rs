//! What a word means, and how that is painted on a terminal.

use super::text::{elided, width};

/// Words, and how they are meant.
pub type Cell = (String, Tone);

/// Cells one behind the other, with nothing between them.
pub type Line = Vec<Cell>;

/// Whether words are painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// With escape sequences.
    Coloured,
    /// Without.
    Plain,
}

/// What a word means, as a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Look at it soon.
    Warning,
    /// Look at it now.
    Bad,
    /// Not important.
    Quiet,
    /// A heading.
    Strong,
    /// No colour.
    Plain,
}

impl Paint {
    /// The text in its tone.
    pub fn tone(self, tone: Tone, text: &str) -> String {
        let mut out = String::new();
        self.push(tone, text, &mut out);
        out
    }

    /// Puts the text in its tone behind others.
    pub fn push(self, tone: Tone, text: &str, out: &mut String) {
        let code = match (self, tone) {
            (Self::Plain, _) | (Self::Coloured, Tone::Plain) => return out.push_str(text),
            (Self::Coloured, Tone::Good) => "32",
            (Self::Coloured, Tone::Warning) => "33",
            (Self::Coloured, Tone::Bad) => "31",
            (Self::Coloured, Tone::Quiet) => "2",
            (Self::Coloured, Tone::Strong) => "1",
        };
        out.extend(["\x1b[", code, "m", text, "\x1b[0m"]);
    }
}

/// A line with the colours of its cells, none of them at its end.
pub fn painted(line: &[Cell], paint: Paint) -> String {
    line.iter().map(|(text, tone)| paint.tone(*tone, text)).collect()
}

/// How many columns a line takes.
pub fn line_width(line: &[Cell]) -> usize {
    line.iter().map(|(text, _)| width(text)).sum()
}

/// A line in no more than so many columns; where it takes too many, `…` stands for the rest.
pub fn clipped(line: &[Cell], columns: usize) -> Line {
    if line_width(line) <= columns {
        return line.to_vec();
    }
    let (mut cut, mut left) = (Line::new(), columns);
    for (text, tone) in line {
        // The mark needs a column too, so that a cell which just fits is cut.
        if width(text) >= left {
            cut.push((elided(format!("{text}…"), left), *tone));
            break;
        }
        left -= width(text);
        cut.push((text.clone(), *tone));
    }
    cut
}
