//! The table of `fleet ps`, in the width there is. It draws rows and adds no verdict of its own.

use comfy_table::{ContentArrangement, Table, presets};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::super::output::{Paint, Tone};
use super::cells::{Cell, Column, Detail};
use crate::wire::Row;

/// The columns, in the order of the table.
const COLUMNS: &[Column] = &[
    Column::Agent,
    Column::Tenant,
    Column::Host,
    Column::Role,
    Column::Runtime,
    Column::Unit,
    Column::Session,
    Column::Pid,
    Column::Proc,
    Column::Activity,
    Column::Heartbeat,
    Column::Health,
    Column::Drift,
    Column::Boot,
];

/// What a narrow terminal loses, first to last: what is looked at least often goes first.
/// The name and the verdict always stay; the session stays longest, since it alone tells one that
/// ended from one that nobody can ask.
const LOST: &[Column] = &[
    Column::Unit,
    Column::Boot,
    Column::Role,
    Column::Host,
    Column::Tenant,
    Column::Pid,
    Column::Drift,
    Column::Runtime,
    Column::Proc,
    Column::Heartbeat,
    Column::Activity,
    Column::Session,
];

/// Between two columns.
const GAP: usize = 2;

/// How a table is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Sheet {
    /// Whether words are painted.
    pub paint: Paint,
    /// Columns of the terminal; `None` for as many as it needs.
    pub width: Option<usize>,
    /// How much cells say.
    pub detail: Detail,
    /// The time, for ages.
    pub now_ms: u64,
}

/// The table, with its heading, each line ended.
pub fn table(rows: &[Row], sheet: &Sheet) -> String {
    let all: Vec<(Column, Vec<Cell>)> = COLUMNS
        .iter()
        .filter(|column| is_telling(**column, rows, sheet.detail))
        .map(|column| {
            let cells = rows.iter().map(|row| column.cell(row, sheet.now_ms, sheet.detail));
            (*column, cells.collect())
        })
        .collect();
    draw(&fit(all, sheet), sheet.paint)
}

/// Tenant and host say something when there is more than one, or when all is wanted.
fn is_telling(column: Column, rows: &[Row], detail: Detail) -> bool {
    let differ =
        |label: fn(&Row) -> &str| rows.windows(2).any(|pair| label(&pair[0]) != label(&pair[1]));
    match column {
        Column::Tenant => detail == Detail::Full || differ(|row| &row.tenant),
        Column::Host => detail == Detail::Full || differ(|row| &row.host),
        Column::Agent
        | Column::Role
        | Column::Runtime
        | Column::Unit
        | Column::Session
        | Column::Pid
        | Column::Proc
        | Column::Activity
        | Column::Heartbeat
        | Column::Health
        | Column::Drift
        | Column::Boot => true,
    }
}

/// Loses columns until the rest fits.
fn fit(mut all: Vec<(Column, Vec<Cell>)>, sheet: &Sheet) -> Vec<(Column, Vec<Cell>)> {
    let (Some(width), Detail::Short) = (sheet.width, sheet.detail) else {
        return all;
    };
    let needed = |all: &[(Column, Vec<Cell>)]| {
        all.iter().map(|(column, cells)| wide(*column, cells) + GAP).sum::<usize>() - GAP
    };
    for lost in LOST {
        if needed(&all) <= width {
            break;
        }
        all.retain(|(column, _)| column != lost);
    }
    all
}

fn wide(column: Column, cells: &[Cell]) -> usize {
    cells.iter().map(|(text, _)| text.width()).max().unwrap_or(0).max(column.heading().len())
}

/// Lays the cells out plain, then paints them: escape sequences have no width.
fn draw(columns: &[(Column, Vec<Cell>)], paint: Paint) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|(column, _)| column.heading()));
    let count = columns.first().map_or(0, |(_, cells)| cells.len());
    for at in 0..count {
        table.add_row(columns.iter().map(|(_, cells)| cells[at].0.as_str()));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, u16::try_from(GAP).unwrap_or(2)));
    }
    let widths: Vec<usize> = columns.iter().map(|(column, cells)| wide(*column, cells)).collect();
    let mut out = String::new();
    for (at, line) in table.lines().enumerate() {
        if paint == Paint::Plain {
            out.push_str(line.trim_end());
            out.push('\n');
            continue;
        }
        let tones =
            columns.iter().zip(&widths).map(|((_, cells), width)| match at.checked_sub(1) {
                None => (*width, Tone::Quiet),
                Some(at) => (*width, cells[at].1),
            });
        out.push_str(painted(&line, tones, paint).trim_end());
        out.push('\n');
    }
    out
}

/// Paints a laid out line, cell by cell.
fn painted(line: &str, cells: impl Iterator<Item = (usize, Tone)>, paint: Paint) -> String {
    let mut out = String::new();
    let mut rest = line;
    for (width, tone) in cells {
        let (cell, after) = split_at_width(rest, width);
        let text = cell.trim_end();
        out.push_str(&paint.tone(tone, text));
        out.push_str(&cell[text.len()..]);
        let (gap, after) = split_at_width(after, GAP);
        out.push_str(gap);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Splits before the first character that does not fit; what has no width stays with the last.
fn split_at_width(line: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, c) in line.char_indices() {
        used += c.width().unwrap_or(0);
        if used > width {
            return line.split_at(at);
        }
    }
    (line, "")
}
