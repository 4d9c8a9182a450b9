//! The page of all keys.

use super::super::help::help;
use super::super::model::Model;
use super::keys;
use super::pen::Pen;
use crate::table::clipped;

/// Draws as many as fit, from this one on.
pub fn draw(pen: &mut Pen<'_>, model: &Model, from: usize) {
    let (columns, rows) = model.size;
    let room = usize::from(rows.saturating_sub(2));
    let lines = help(columns);
    let from = from.min(lines.len().saturating_sub(room));
    let more = lines.len().saturating_sub(from + room);
    let mark = if more > 0 { format!("  ({more} more, Down shows them)") } else { String::new() };
    pen.bar((0, 0), columns, &format!(" keys{mark}"));
    for (line, y) in lines.iter().skip(from).take(room).zip(1..) {
        pen.line((0, y), columns, &clipped(line, columns.into()));
    }
    keys::draw(pen, model);
}
