//! Draws what is on the screen. It changes nothing and decides nothing; a row is drawn with the
//! cells of `ps`, and no text reaches a cell that is not safe to print.

mod detail;
mod help;
mod keys;
mod pen;
mod table;

use ratatui_core::layout::Position;
use ratatui_core::terminal::Frame;

use super::model::{Model, Over, Places};
use crate::table::{Tone, shown};
use pen::Pen;

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, model: &Model) {
    let places = Places::of(model);
    let mut pen = Pen { buffer: frame.buffer_mut(), paint: model.paint };
    let cursor = paint(&mut pen, model, &places);
    if let Some(at) = cursor {
        frame.set_cursor_position(at);
    }
}

/// Fills the buffer; where the cursor is to be seen.
fn paint(pen: &mut Pen<'_>, model: &Model, places: &Places) -> Option<Position> {
    if let Some(Over::Help(at)) = model.over {
        help::draw(pen, model, at);
        return None;
    }
    match &model.detail {
        Some(detail) => detail::draw(pen, model, detail, places),
        None => table::draw(pen, model, places),
    }
    for (line, y) in places.below.iter().zip(places.below_at..) {
        pen.line((0, y), model.size.0, line);
    }
    keys::draw(pen, model);
    match &model.over {
        Some(Over::Filter(_)) => {
            let y = (places.below_at + u16::try_from(places.below.len()).ok()?).checked_sub(1)?;
            let typed = places.below.last().map_or(0, |line| crate::table::line_width(line));
            Some(Position { x: u16::try_from(typed).ok()?.min(model.size.0.saturating_sub(1)), y })
        }
        Some(Over::Compose(agent)) => composer(pen, model, agent, places),
        Some(Over::Help(_) | Over::Ask(_)) | None => None,
    }
}

/// A message that is written: a line that says to whom, and as much of the text as fits.
fn composer(pen: &mut Pen<'_>, model: &Model, agent: &str, places: &Places) -> Option<Position> {
    let area = places.composer?;
    let draft = model.drafts.get(agent)?;
    let state = if draft.is_going { "  sending …" } else { "" };
    let how = Some(draft.how.said()).filter(|how| !how.is_empty());
    let how = how.map_or_else(String::new, |how| format!("  {how}"));
    let title = format!(" message for {}{how}  {} bytes{state}", shown(agent), draft.text().len());
    pen.bar((area.x, area.y), area.columns, &title);
    let (lines, (row, column)) = draft.laid(usize::from(area.columns));
    let room = usize::from(area.rows.saturating_sub(1));
    let top = (row + 1).saturating_sub(room.max(1));
    for (line, y) in lines.iter().skip(top).take(room).zip(area.y + 1..) {
        pen.line((area.x, y), area.columns, &[(line.clone(), Tone::Plain)]);
    }
    let x = area.x + u16::try_from(column).ok()?.min(area.columns.saturating_sub(1));
    let y = area.y + 1 + u16::try_from(row - top).ok()?;
    (y < area.y + area.rows).then_some(Position { x, y })
}
