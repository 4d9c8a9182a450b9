//! The table in the width there is. It draws rows and adds no verdict of its own.

use super::cells::Detail;
use super::column::{Column, Shows};
use super::text::width;
use super::tone::{Paint, Tone};
use crate::wire::Row;

/// Between two columns.
pub const GAP: usize = 2;

/// How a table is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// Whether words are painted.
    pub paint: Paint,
    /// Columns of the terminal; `None` for as many as it needs.
    pub width: Option<usize>,
    /// How much cells say.
    pub detail: Detail,
    /// The columns that somebody named, which are never lost; none for the usual ones.
    pub columns: &'a [Column],
    /// The time, for ages.
    pub now_ms: u64,
}

/// The columns that are shown and the width of each, for who draws the cells itself.
pub fn shape(rows: &[&Row], sheet: &Sheet<'_>) -> Vec<(Column, usize)> {
    let mut drawing = Drawing::new(*sheet);
    rows.iter().for_each(|row| drawing.take(row));
    drawing.drawn().iter().map(|one| (one.column, one.width)).collect()
}

/// A table while its rows come: of each it keeps what the cells say, and lets go of the rest.
#[derive(Debug)]
pub struct Drawing<'a> {
    sheet: Sheet<'a>,
    columns: Vec<Filled>,
    rows: usize,
    /// The tenant and the host of the first row.
    first: Option<(String, String)>,
    tenants_differ: bool,
    hosts_differ: bool,
}

/// A column and what is said in it: one text behind the other, and where each ends.
#[derive(Debug)]
struct Filled {
    column: Column,
    width: usize,
    text: String,
    cells: Vec<Said>,
}

/// One cell.
#[derive(Debug, Clone, Copy)]
struct Said {
    end: usize,
    width: usize,
    tone: Tone,
}

impl Filled {
    fn new(column: Column) -> Self {
        Self { column, width: column.heading().len(), text: String::new(), cells: Vec::new() }
    }

    fn take(&mut self, row: &Row, sheet: &Sheet<'_>) {
        let (text, tone) = self.column.cell(row, sheet.now_ms, sheet.detail);
        let width = width(&text);
        self.width = self.width.max(width);
        self.text.push_str(&text);
        self.cells.push(Said { end: self.text.len(), width, tone });
    }

    fn cell(&self, at: usize) -> (&str, Said) {
        let begin = at.checked_sub(1).map_or(0, |before| self.cells[before].end);
        let said = self.cells[at];
        (&self.text[begin..said.end], said)
    }
}

impl<'a> Drawing<'a> {
    /// A table without rows.
    pub fn new(sheet: Sheet<'a>) -> Self {
        let columns: Vec<Column> = match sheet.columns {
            [] => {
                let is_possible =
                    |column: &Column| sheet.detail == Detail::Full || column.shows() != Shows::Wide;
                Column::ALL.iter().copied().filter(is_possible).collect()
            }
            named => named.to_vec(),
        };
        let columns = columns.into_iter().map(Filled::new).collect();
        let (tenants_differ, hosts_differ) = (false, false);
        Self { sheet, columns, rows: 0, first: None, tenants_differ, hosts_differ }
    }

    /// Takes the next row.
    pub fn take(&mut self, row: &Row) {
        let (tenant, host) =
            self.first.get_or_insert_with(|| (row.tenant.clone(), row.host.clone()));
        self.tenants_differ |= *tenant != row.tenant;
        self.hosts_differ |= *host != row.host;
        self.columns.iter_mut().for_each(|column| column.take(row, &self.sheet));
        self.rows += 1;
    }

    /// The heading and a line for each row, none of them ended; nothing at all without rows.
    pub fn lines(self) -> Vec<String> {
        if self.rows == 0 {
            return Vec::new();
        }
        let (paint, rows) = (self.sheet.paint, self.rows);
        let drawn = self.drawn();
        let heads = drawn.iter().map(|one| (one.column.heading(), Tone::Quiet, one.width));
        let mut lines = Vec::with_capacity(rows + 1);
        lines.push(line(heads, paint));
        lines.extend((0..rows).map(|at| {
            let cells = drawn.iter().map(|one| {
                let (text, said) = one.cell(at);
                (text, said.width, said.tone, one.width)
            });
            measured_line(cells, paint)
        }));
        lines
    }

    /// The columns that are shown.
    fn drawn(self) -> Vec<Filled> {
        let Self { sheet, columns: mut drawn, tenants_differ, hosts_differ, .. } = self;
        if sheet.columns.is_empty() && sheet.detail == Detail::Short {
            drawn.retain(|one| match one.column.shows() {
                Shows::Always => true,
                Shows::ForTenants => tenants_differ,
                Shows::ForHosts => hosts_differ,
                Shows::Wide => false,
            });
            fit(&mut drawn, sheet.width);
        }
        drawn
    }
}

/// Loses columns until the rest fits.
fn fit(drawn: &mut Vec<Filled>, within: Option<usize>) {
    let Some(within) = within else {
        return;
    };
    let needed = |drawn: &[Filled]| drawn.iter().map(|one| one.width + GAP).sum::<usize>() - GAP;
    for lost in Column::LOST {
        if needed(drawn) <= within {
            break;
        }
        drawn.retain(|one| one.column != *lost);
    }
}

/// Cells side by side, each in its width; what a line ends with has none. Escape sequences have no
/// width: a cell is measured before it is painted.
pub fn line<'a>(cells: impl Iterator<Item = (&'a str, Tone, usize)>, paint: Paint) -> String {
    measured_line(cells.map(|(text, tone, wide)| (text, width(text), tone, wide)), paint)
}

/// The same of cells whose own width is known.
fn measured_line<'a>(
    cells: impl Iterator<Item = (&'a str, usize, Tone, usize)>,
    paint: Paint,
) -> String {
    let mut out = String::new();
    let mut owed = 0;
    for (text, own, tone, wide) in cells {
        if !text.is_empty() {
            out.extend(std::iter::repeat_n(' ', owed));
            paint.push(tone, text, &mut out);
            owed = 0;
        }
        owed += wide.saturating_sub(own) + GAP;
    }
    out
}
