//! A whole page: the table and what stands below it, drawn while its rows come. It asks nobody for
//! them.

use super::layout::{Drawing, Sheet};
use super::summary::Tally;
use super::text::shown;
use super::tone::{Paint, Tone, painted};
use crate::wire::Row;

/// A table and what stands below it.
#[derive(Debug)]
pub struct Page {
    /// The heading and the rows.
    pub lines: Vec<String>,
    /// What could not be asked: a sentence each.
    pub unknown: Vec<String>,
    /// How many of what, and what to do first.
    pub summary: Vec<String>,
}

impl Page {
    /// All of it, each line ended.
    pub fn text(&self) -> String {
        let lines = || self.lines.iter().chain(&self.unknown).chain(&self.summary);
        let mut text = String::with_capacity(lines().map(|line| line.len() + 1).sum());
        lines().for_each(|line| text.extend([line, "\n"]));
        text
    }
}

/// A page while its rows come.
#[derive(Debug)]
pub struct Begun<'a> {
    drawing: Drawing<'a>,
    tally: Tally,
    paint: Paint,
    width: Option<usize>,
}

impl<'a> Begun<'a> {
    /// A page without rows.
    pub fn new(sheet: Sheet<'a>) -> Self {
        let Sheet { paint, width, .. } = sheet;
        Self { drawing: Drawing::new(sheet), tally: Tally::default(), paint, width }
    }

    /// Takes the next row.
    pub fn take(&mut self, row: &Row) {
        self.drawing.take(row);
        self.tally.count(row);
    }

    /// The page, when there are so many rows without filters, and this keeps them from being the
    /// whole truth.
    pub fn end(self, of: usize, trouble: impl Iterator<Item = String>) -> Page {
        let Self { drawing, tally, paint, width } = self;
        let unknown = trouble.map(|what| paint.tone(Tone::Warning, &shown(&what)));
        let summary = tally.summary(of, width);
        Page {
            lines: drawing.lines(),
            unknown: unknown.collect(),
            summary: summary.iter().map(|line| painted(line, paint)).collect(),
        }
    }
}
