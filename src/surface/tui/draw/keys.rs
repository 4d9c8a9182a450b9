//! The last line: which keys mean something now, and right of them where somebody is.

use super::super::model::{Model, Over, Places};
use super::pen::Pen;
use crate::table::{Tone, shown, width};

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, model: &Model) {
    let (columns, rows) = model.size;
    let Some(y) = rows.checked_sub(1) else {
        return;
    };
    // Which rows are hidden is never hidden itself; what else is to be said of them has time.
    let range = range(model);
    let room = usize::from(columns).saturating_sub(width(&range) + 1);
    let mut x = 0;
    for (key, what) in hints(model) {
        let wide = key.len() + 1 + what.len();
        if x + wide > room {
            break;
        }
        let at = (u16::try_from(x).unwrap_or(u16::MAX), y);
        let cells = [((*key).to_owned(), Tone::Strong), (format!(" {what}"), Tone::Quiet)];
        pen.line(at, columns, &cells);
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
        pen.line((from, y), columns - from, &[(place, Tone::Quiet)]);
    }
}

/// Each key with what it does where somebody is now, the most needed first.
fn hints(model: &Model) -> &'static [(&'static str, &'static str)] {
    match (&model.over, &model.detail) {
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
