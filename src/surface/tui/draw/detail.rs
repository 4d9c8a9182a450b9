//! One agent looked at closely: one part of it, or all four where there is room.

use ratatui_core::layout::Rect;
use ratatui_core::style::{Color, Modifier, Style};

use super::super::model::{Area, Detail, Model, Part, Places, tabs};
use super::pen::Pen;
use crate::table::{Column, Line, Paint, Tone, clipped, shown};
use crate::terminal::emulator::{Cell, Colour, Trait, Underline};

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, model: &Model, detail: &Detail, places: &Places) {
    let columns = model.size.0;
    pen.line((0, 0), columns, &clipped(&title(model, detail), columns.into()));
    if !places.is_wide {
        for (part, text, from) in tabs() {
            let at = (u16::try_from(from).unwrap_or(u16::MAX), 1);
            let wide = u16::try_from(text.len()).unwrap_or(u16::MAX);
            let room = columns.saturating_sub(at.0).min(wide);
            if part == detail.part {
                pen.bar(at, room, &text);
            } else {
                pen.line(at, room, &[(text, Tone::Quiet)]);
            }
        }
        return body(pen, model, detail, (detail.part, places.body));
    }
    for (part, text, _) in tabs() {
        let area = places.part(part);
        if area.rows == 0 {
            continue;
        }
        let text = format!("{text}{}", extent(detail, part, area));
        if part == detail.part {
            pen.bar((area.x, area.y), area.columns, &text);
        } else {
            pen.line((area.x, area.y), area.columns, &[(text, Tone::Strong)]);
            pen.turn((area.x, area.y), area.columns, Modifier::UNDERLINED);
        }
        let under = Area { y: area.y + 1, rows: area.rows - 1, ..area };
        body(pen, model, detail, (part, under));
    }
}

/// Who it is, and the verdicts of its row, each in the words of the table.
fn title(model: &Model, detail: &Detail) -> Line {
    let mut line = vec![(shown(&detail.agent), Tone::Strong)];
    let Some(row) = model.row() else {
        line.push(("  is in the fleet no more".to_owned(), Tone::Warning));
        return line;
    };
    let columns = [Column::Health, Column::Session, Column::Activity, Column::Proc, Column::Role];
    for column in columns {
        let (text, tone) = column.cell(row, model.now_ms, crate::table::Detail::Short);
        if text != "-" {
            line.push(("  ".to_owned(), Tone::Plain));
            line.push((text, tone));
        }
    }
    line
}

/// What is said beside the name of a part.
fn extent(detail: &Detail, part: Part, area: Area) -> String {
    if part != Part::Screen {
        return String::new();
    }
    match (&detail.look.said, detail.look.screen()) {
        (Some(said), _) => format!(" {said}"),
        (None, Some(screen)) => {
            let (columns, rows) = screen.size();
            let fits = columns <= area.columns && rows < area.rows;
            let mark = if fits { "" } else { ", cropped: w watches it" };
            format!(" {columns}x{rows}{mark}")
        }
        (None, None) => " asking …".to_owned(),
    }
}

fn body(pen: &mut Pen<'_>, model: &Model, detail: &Detail, (part, area): (Part, Area)) {
    if part == Part::Screen {
        return screen(pen, model, detail, area);
    }
    let lines = detail.lines(part, area.columns.into(), model.now_ms);
    let last = lines.len().saturating_sub(area.rows.into());
    let from = detail.scroll[part.at()].min(last);
    let below = lines.len().saturating_sub(from + usize::from(area.rows));
    for (line, y) in lines.iter().skip(from).take(area.rows.into()).zip(area.y..) {
        pen.line((area.x, y), area.columns, &clipped(line, area.columns.into()));
    }
    // What does not fit is said to be there.
    if below > 0 && area.rows > 1 {
        let mark = format!(" {below} more lines ");
        let wide = u16::try_from(mark.len()).unwrap_or(0).min(area.columns);
        let at = (area.x + area.columns - wide, area.y + area.rows - 1);
        pen.bar(at, wide, &mark);
    }
}

/// The agent's screen: the rows around its cursor, from the first column on.
fn screen(pen: &mut Pen<'_>, model: &Model, detail: &Detail, area: Area) {
    let Some(screen) = detail.look.screen() else {
        let said = detail.look.said.as_deref().unwrap_or("asking …");
        pen.line((area.x, area.y), area.columns, &[(said.to_owned(), Tone::Quiet)]);
        return;
    };
    let (columns, rows) = screen.size();
    let (_, cursor) = screen.cursor();
    let from = (cursor + 1).saturating_sub(area.rows);
    for row in from..rows.min(from + area.rows) {
        for column in 0..columns.min(area.columns) {
            let Some(cell) = screen.cell(column, row).filter(|cell| !cell.is_unseen()) else {
                continue;
            };
            let fits = cell.columns() < 2 || column + 1 < area.columns;
            let place = (area.x + column, area.y + row - from);
            let (text, style) = (shown(cell.text()), look(&cell, pen.paint));
            if fits && !text.is_empty() {
                pen.buffer.set_stringn(place.0, place.1, text, 2, style);
            }
        }
    }
    if model.away.is_some() || detail.look.said.is_some() {
        let area = Rect::new(area.x, area.y, area.columns, area.rows).intersection(pen.buffer.area);
        pen.buffer.set_style(area, Style::new().add_modifier(Modifier::DIM));
    }
}

/// How a cell of the agent's screen looks.
fn look(cell: &Cell, paint: Paint) -> Style {
    let mut style = Style::new();
    if paint == Paint::Coloured {
        style = style.fg(colour(cell.pen.ink)).bg(colour(cell.pen.paper));
    }
    if cell.pen.underline != Underline::None {
        style = style.add_modifier(Modifier::UNDERLINED);
    }
    let modifiers = [
        (Trait::Bold, Modifier::BOLD),
        (Trait::Dim, Modifier::DIM),
        (Trait::Italic, Modifier::ITALIC),
        (Trait::Blink, Modifier::SLOW_BLINK),
        (Trait::Inverse, Modifier::REVERSED),
        (Trait::Hidden, Modifier::HIDDEN),
        (Trait::Struck, Modifier::CROSSED_OUT),
    ];
    modifiers
        .into_iter()
        .filter(|(which, _)| cell.pen.has(*which))
        .fold(style, |style, (_, one)| style.add_modifier(one))
}

fn colour(colour: Colour) -> Color {
    match colour {
        Colour::Default => Color::Reset,
        Colour::Index(at) => Color::Indexed(at),
        Colour::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}
