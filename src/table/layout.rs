//! The table in the width there is. It draws rows and adds no verdict of its own.

use super::cells::Detail;
use super::column::{Column, Shows};
use super::text::width;
use super::tone::{Cell, Paint, Tone};
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

/// A column as it is drawn.
struct Drawn {
    column: Column,
    width: usize,
    cells: Vec<Cell>,
}

/// The heading and a line for each row, none of them ended; nothing at all without rows.
pub fn table(rows: &[&Row], sheet: &Sheet<'_>) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let drawn = drawn(rows, sheet);
    let heads = drawn.iter().map(|one| (one.column.heading(), Tone::Quiet, one.width));
    let mut lines = vec![line(heads, sheet.paint)];
    lines.extend((0..rows.len()).map(|at| {
        let cells = drawn.iter().map(|one| (one.cells[at].0.as_str(), one.cells[at].1, one.width));
        line(cells, sheet.paint)
    }));
    lines
}

/// The columns that are shown and the width of each, for who draws the cells itself.
pub fn shape(rows: &[&Row], sheet: &Sheet<'_>) -> Vec<(Column, usize)> {
    drawn(rows, sheet).iter().map(|one| (one.column, one.width)).collect()
}

fn drawn(rows: &[&Row], sheet: &Sheet<'_>) -> Vec<Drawn> {
    let columns = match sheet.columns {
        [] => usual(rows, sheet.detail),
        named => named.to_vec(),
    };
    let mut drawn: Vec<Drawn> = columns.into_iter().map(|one| filled(one, rows, sheet)).collect();
    if sheet.columns.is_empty() && sheet.detail == Detail::Short {
        fit(&mut drawn, sheet.width);
    }
    drawn
}

/// The columns that nobody has to name.
fn usual(rows: &[&Row], detail: Detail) -> Vec<Column> {
    let differ =
        |label: fn(&Row) -> &str| rows.windows(2).any(|pair| label(pair[0]) != label(pair[1]));
    let is_usual = |column: &Column| match column.shows() {
        Shows::Always => true,
        Shows::ForTenants => detail == Detail::Full || differ(|row| &row.tenant),
        Shows::ForHosts => detail == Detail::Full || differ(|row| &row.host),
        Shows::Wide => detail == Detail::Full,
    };
    Column::ALL.iter().copied().filter(is_usual).collect()
}

fn filled(column: Column, rows: &[&Row], sheet: &Sheet<'_>) -> Drawn {
    let cell = |row: &&Row| column.cell(row, sheet.now_ms, sheet.detail);
    let cells: Vec<Cell> = rows.iter().map(cell).collect();
    let widest = cells.iter().map(|(text, _)| width(text)).max().unwrap_or(0);
    Drawn { column, width: widest.max(column.heading().len()), cells }
}

/// Loses columns until the rest fits.
fn fit(drawn: &mut Vec<Drawn>, within: Option<usize>) {
    let Some(within) = within else {
        return;
    };
    let needed = |drawn: &[Drawn]| drawn.iter().map(|one| one.width + GAP).sum::<usize>() - GAP;
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
    let mut out = String::new();
    let mut owed = 0;
    for (text, tone, wide) in cells {
        if !text.is_empty() {
            out.extend(std::iter::repeat_n(' ', owed));
            out.push_str(&paint.tone(tone, text));
            owed = 0;
        }
        owed += wide.saturating_sub(width(text)) + GAP;
    }
    out
}
