//! Draws what is on the screen. It changes nothing and decides nothing; a row is drawn with the
//! cells of `ps`, and no text reaches a cell that is not safe to print.

mod detail;
mod help;
mod table;

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Position;
use ratatui_core::style::{Color, Modifier, Style};
use ratatui_core::terminal::Frame;

use super::model::{Model, Over, Places};
use crate::table::{Cell, Paint, Tone, shown, width};

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, model: &Model) {
    let places = Places::of(model);
    let pen = Pen { paint: model.paint };
    let cursor = paint(frame.buffer_mut(), model, &places, pen);
    if let Some(at) = cursor {
        frame.set_cursor_position(at);
    }
}

/// Fills the buffer; where the cursor is to be seen.
fn paint(buffer: &mut Buffer, model: &Model, places: &Places, pen: Pen) -> Option<Position> {
    if let Some(Over::Help(at)) = model.over {
        help::draw(buffer, model, at, pen);
        return None;
    }
    match &model.detail {
        Some(detail) => detail::draw(buffer, model, detail, places, pen),
        None => table::draw(buffer, model, places, pen),
    }
    for (line, y) in places.below.iter().zip(places.below_at..) {
        pen.line(buffer, (0, y), model.size.0, line);
    }
    keys(buffer, model, pen);
    match &model.over {
        Some(Over::Filter(_)) => {
            let y = (places.below_at + u16::try_from(places.below.len()).ok()?).checked_sub(1)?;
            let typed = places.below.last().map_or(0, |line| crate::table::line_width(line));
            Some(Position { x: u16::try_from(typed).ok()?.min(model.size.0.saturating_sub(1)), y })
        }
        Some(Over::Compose(agent)) => composer(buffer, model, agent, places, pen),
        Some(Over::Help(_) | Over::Ask(_)) | None => None,
    }
}

/// A message that is written: a line that says to whom, and as much of the text as fits.
fn composer(
    buffer: &mut Buffer,
    model: &Model,
    agent: &str,
    places: &Places,
    pen: Pen,
) -> Option<Position> {
    let area = places.composer?;
    let draft = model.drafts.get(agent)?;
    let state = if draft.is_going { "  sending …" } else { "" };
    let how = Some(draft.how.said()).filter(|how| !how.is_empty());
    let how = how.map_or_else(String::new, |how| format!("  {how}"));
    let title = format!(" message for {}{how}  {} bytes{state}", shown(agent), draft.text().len());
    pen.bar(buffer, (area.x, area.y), area.columns, &title);
    let (lines, (row, column)) = draft.laid(usize::from(area.columns));
    let room = usize::from(area.rows.saturating_sub(1));
    let top = (row + 1).saturating_sub(room.max(1));
    for (line, y) in lines.iter().skip(top).take(room).zip(area.y + 1..) {
        pen.line(buffer, (area.x, y), area.columns, &[(line.clone(), Tone::Plain)]);
    }
    let x = area.x + u16::try_from(column).ok()?.min(area.columns.saturating_sub(1));
    let y = area.y + 1 + u16::try_from(row - top).ok()?;
    (y < area.y + area.rows).then_some(Position { x, y })
}

/// The last line: which keys mean something now, and right of them where somebody is.
fn keys(buffer: &mut Buffer, model: &Model, pen: Pen) {
    let (columns, rows) = model.size;
    let Some(y) = rows.checked_sub(1) else {
        return;
    };
    let hints: &[(&str, &str)] = match (&model.over, &model.detail) {
        (Some(Over::Filter(_)), _) => &[
            ("Enter", "keeps it"),
            ("Esc", "drops it"),
            ("!word", "hides"),
            ("health:late", "one column"),
        ],
        (Some(Over::Ask(_)), _) => &[("y", "does it"), ("any other", "does not")],
        (Some(Over::Compose(_)), _) => &[
            ("Ctrl-S", "sends"),
            ("Esc", "keeps it for later"),
            ("Ctrl-E", "editor"),
            ("Alt-W", "waits until idle"),
            ("Alt-I", "interrupts"),
            ("Alt-C", "class"),
            ("Enter", "new line"),
        ],
        (Some(Over::Help(_)), _) => &[("any key", "goes back")],
        (None, Some(_)) => &[
            ("q", "back"),
            ("?", "help"),
            ("Tab", "next part"),
            ("J K", "next agent"),
            ("w", "watch"),
            ("a", "attach"),
            ("s", "send"),
            ("r", "restart"),
            ("S", "stop/start"),
        ],
        (None, None) => &[
            ("q", "quit"),
            ("?", "help"),
            ("Enter", "look"),
            ("/", "filter"),
            ("s", "send"),
            ("w", "watch"),
            ("a", "attach"),
            ("r", "restart"),
            ("S", "stop/start"),
            ("< >", "sort"),
            ("n", "next urgent"),
        ],
    };
    // Which rows are hidden is never hidden itself; what else is to be said of them has time.
    let range = range(model);
    let room = usize::from(columns).saturating_sub(width(&range) + 1);
    let mut x = 0;
    for (key, what) in hints {
        let wide = key.len() + 1 + what.len();
        if x + wide > room {
            break;
        }
        let at = (u16::try_from(x).unwrap_or(u16::MAX), y);
        let cells = [((*key).to_owned(), Tone::Strong), (format!(" {what}"), Tone::Quiet)];
        pen.line(buffer, at, columns, &cells);
        x += wide + 2;
    }
    let mut parts = where_it_is(model);
    parts.insert(0, range);
    parts.retain(|part| !part.is_empty());
    while parts.len() > 1 && x + width(&parts.join("  ")) > usize::from(columns) {
        parts.pop();
    }
    let place = parts.join("  ");
    let from = usize::from(columns).saturating_sub(width(&place));
    if x <= from {
        let from = u16::try_from(from).unwrap_or(0);
        pen.line(buffer, (from, y), columns - from, &[(place, Tone::Quiet)]);
    }
}

/// Which rows of the table are shown, when not all of them are.
fn range(model: &Model) -> String {
    let room = usize::from(Places::of(model).body.rows);
    let (top, page) = model.list.page(&model.reply.rows, room);
    if model.detail.is_some() || page.len() == model.list.len() {
        return String::new();
    }
    format!("{}-{} of {}", top + 1, top + page.len(), model.list.len())
}

/// By which filter and in which order rows are shown, and whose they are.
fn where_it_is(model: &Model) -> Vec<String> {
    let mut parts = Vec::new();
    let list = &model.list;
    if model.detail.is_none() {
        if !list.filter.is_all() && !matches!(model.over, Some(Over::Filter(_))) {
            parts.push(format!("/{}", shown(list.filter.text())));
        }
        if let Some(key) = list.keys.first() {
            parts.push(format!("by {key}"));
        }
    }
    if let Some(supervisor) = &model.reply.supervisor {
        parts.push(format!("{}@{}", shown(&supervisor.tenant), shown(&supervisor.host)));
    }
    parts
}

/// Puts text into cells.
#[derive(Debug, Clone, Copy)]
struct Pen {
    paint: Paint,
}

impl Pen {
    /// How a tone looks. Without colours what is loud and what is quiet still differ; that words
    /// say the same is the rule of the cells.
    fn style(self, tone: Tone) -> Style {
        let colour = |colour| match self.paint {
            Paint::Coloured => Style::new().fg(colour),
            Paint::Plain => Style::new(),
        };
        match tone {
            Tone::Good => colour(Color::Green),
            Tone::Warning => colour(Color::Yellow),
            Tone::Bad => colour(Color::Red),
            Tone::Quiet => Style::new().add_modifier(Modifier::DIM),
            Tone::Strong => Style::new().add_modifier(Modifier::BOLD),
            Tone::Plain => Style::new(),
        }
    }

    /// Cells one behind the other, as far as there is room.
    fn line(self, buffer: &mut Buffer, (x, y): (u16, u16), columns: u16, line: &[Cell]) {
        let end = x.saturating_add(columns).min(buffer.area.right());
        if y >= buffer.area.bottom() {
            return;
        }
        let mut x = x;
        for (text, tone) in line {
            if x >= end {
                break;
            }
            (x, _) = buffer.set_stringn(x, y, text, usize::from(end - x), self.style(*tone));
        }
    }

    /// A text over a whole line, turned round.
    fn bar(self, buffer: &mut Buffer, (x, y): (u16, u16), columns: u16, text: &str) {
        self.line(buffer, (x, y), columns, &[(text.to_owned(), Tone::Plain)]);
        turn(buffer, (x, y), columns, Modifier::REVERSED);
    }
}

/// Adds this to so many cells of a line.
fn turn(buffer: &mut Buffer, (x, y): (u16, u16), columns: u16, modifier: Modifier) {
    for x in x..x.saturating_add(columns).min(buffer.area.right()) {
        if let Some(cell) = buffer.cell_mut((x, y)) {
            cell.modifier.insert(modifier);
        }
    }
}
