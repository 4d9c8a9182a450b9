//! The table: the heading and a page of rows.

use ratatui_core::style::{Modifier, Style};

use super::super::model::{GUTTER, Model, Places, Who};
use super::pen::Pen;
use crate::table::{Column, Detail, GAP, Shows, Tone, width};

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, model: &Model, places: &Places) {
    heading(pen, model, places);
    let (_, page) = model.list.page(&model.reply.rows, usize::from(places.body.rows));
    for (row, y) in page.into_iter().zip(places.body.y..) {
        let is_selected = model.list.selected() == Some(&Who::of(row));
        if is_selected {
            pen.line((0, y), 1, &[(">".to_owned(), Tone::Strong)]);
        }
        let mut x = GUTTER;
        for (column, wide) in model.list.shape() {
            let (text, tone) = column.cell(row, model.now_ms, Detail::Short);
            // One that is turned round has one colour: patches of four are harder to read.
            let tone = if is_selected { Tone::Plain } else { tone };
            let at = (u16::try_from(x).unwrap_or(u16::MAX), y);
            pen.line(at, u16::try_from(*wide).unwrap_or(u16::MAX), &[(text, tone)]);
            x += wide + GAP;
        }
        if model.away.is_some() {
            // What was true is not what is: grey, and the line below says of when it is.
            let area = ratatui_core::layout::Rect::new(0, y, model.size.0, 1);
            pen.buffer.set_style(area, Style::reset().add_modifier(Modifier::DIM));
        }
        if is_selected {
            pen.turn((0, y), model.size.0, Modifier::REVERSED);
        }
    }
}

/// The names of the columns; the one that rows are ordered by has an arrow.
fn heading(pen: &mut Pen<'_>, model: &Model, places: &Places) {
    let ordered = model.list.keys.first();
    let mut x = GUTTER;
    for (column, wide) in model.list.shape() {
        let mut name = column.heading().to_owned();
        let is_ordered = ordered.is_some_and(|key| key.column() == *column);
        if is_ordered {
            name.push(if ordered.is_some_and(|key| key.is_backwards()) { '↓' } else { '↑' });
        }
        let tone = if is_ordered { Tone::Strong } else { Tone::Quiet };
        let at = (u16::try_from(x).unwrap_or(u16::MAX), places.head.y);
        let room = width(&name).max(*wide);
        pen.line(at, u16::try_from(room).unwrap_or(u16::MAX), &[(name, tone)]);
        x += wide + GAP;
    }
    let is_lost = |column: &Column| column.shows() == Shows::Always && !is_shown(model, *column);
    if model.list.columns.is_empty() && Column::ALL.iter().any(is_lost) {
        // The terminal is too narrow for some: that they are missing is seen.
        let at = (model.size.0.saturating_sub(1), places.head.y);
        pen.line(at, 1, &[("…".to_owned(), Tone::Quiet)]);
    }
}

fn is_shown(model: &Model, column: Column) -> bool {
    model.list.shape().iter().any(|(shown, _)| *shown == column)
}
