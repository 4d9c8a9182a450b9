//! Where things stand on a terminal of this size. It draws nothing: what is drawn and what is
//! clicked are found in the same places.

use super::{Model, Over, Part};
use crate::table::{Line, Shown, Tone, clipped, shown, summary, trouble, width, wrapped};

/// A part of the screen, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Area {
    /// The first column.
    pub x: u16,
    /// The first row.
    pub y: u16,
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

impl Area {
    /// Whether it holds this cell.
    pub fn holds(self, column: u16, row: u16) -> bool {
        (self.x..self.x + self.columns).contains(&column)
            && (self.y..self.y + self.rows).contains(&row)
    }
}

/// From so many columns and rows on, all parts of a detail stand side by side.
const WIDE: (u16, u16) = (160, 30);

/// The most rows that a message takes while it is written.
const COMPOSER_ROWS_MAX: u16 = 14;

/// Where things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The table's heading, or the detail's.
    pub head: Area,
    /// Rows of the table, or the body of the detail.
    pub body: Area,
    /// A message that is written.
    pub composer: Option<Area>,
    /// The lines below: what is wrong, how many of what, what is asked.
    pub below: Vec<Line>,
    /// Where they begin; the line of keys is the last of the screen.
    pub below_at: u16,
    /// Whether all parts of a detail are shown.
    pub is_wide: bool,
}

impl Places {
    /// For this screen.
    pub fn of(model: &Model) -> Self {
        let (columns, rows) = model.size;
        let is_wide = columns >= WIDE.0 && rows >= WIDE.1;
        let mut below = below(model);
        // The head, a row and the keys always stay.
        below.truncate(usize::from(rows.saturating_sub(3)));
        let below_rows = u16::try_from(below.len()).unwrap_or(0);
        let heads = if model.detail.is_some() && !is_wide { 2 } else { 1 };
        let below_at = rows.saturating_sub(1 + below_rows);
        let mut body_rows = below_at.saturating_sub(heads);
        let composer = matches!(model.over, Some(Over::Compose(_))).then(|| {
            let taken = (rows / 2).clamp(3, COMPOSER_ROWS_MAX).min(body_rows);
            body_rows -= taken;
            Area { x: 0, y: heads + body_rows, columns, rows: taken }
        });
        let head = Area { x: 0, y: 0, columns, rows: heads.min(rows) };
        let body = Area { x: 0, y: heads, columns, rows: body_rows };
        Self { head, body, composer, below, below_at, is_wide }
    }

    /// Where a part of the detail stands, its heading above it where all are shown.
    pub fn part(&self, part: Part) -> Area {
        if !self.is_wide {
            return self.body;
        }
        let Area { x, y, columns, rows } = self.body;
        let (left, upper) = (columns / 2, rows / 2);
        let is_left = matches!(part, Part::Why | Part::Events);
        let is_upper = matches!(part, Part::Why | Part::Screen);
        Area {
            x: if is_left { x } else { x + left + 1 },
            y: if is_upper { y } else { y + upper },
            columns: if is_left { left.saturating_sub(1) } else { columns - left - 1 },
            rows: if is_upper { upper } else { rows - upper },
        }
    }

    /// The part of the detail at this cell.
    pub fn part_at(&self, model: &Model, column: u16, row: u16) -> Option<Part> {
        let front = model.detail.as_ref()?.part;
        let is_it = |part: &Part| self.part(*part).holds(column, row);
        if self.is_wide {
            return Part::ALL.into_iter().find(is_it);
        }
        self.body.holds(column, row).then_some(front)
    }

    /// Rows of text that a part has; one is its heading where all are shown.
    pub fn part_rows(&self, part: Part) -> usize {
        usize::from(self.part(part).rows.saturating_sub(u16::from(self.is_wide)))
    }
}

/// Names of the parts in the line above one of them, and where each begins.
pub fn tabs() -> impl Iterator<Item = (Part, String, usize)> {
    let mut at = 0;
    Part::ALL.into_iter().enumerate().map(move |(place, part)| {
        let text = format!(" {} {} ", place + 1, part.name());
        let from = at;
        at += text.len() + 1;
        (part, text, from)
    })
}

/// What stands below: the question or the filter that is typed, else what is wrong, then what was
/// done or how many of what.
fn below(model: &Model) -> Vec<Line> {
    let columns = usize::from(model.size.0).max(1);
    if let Some(Over::Ask(question)) = &model.over {
        return told(&question.text, Tone::Warning, columns);
    }
    let mut below: Vec<Line> = Vec::new();
    // On a low screen the rows matter more than why some are missing: one line of it.
    let most = if model.size.1 < 16 { 1 } else { 3 };
    match model.absence() {
        Some(absence) => below.extend(told(&absence, Tone::Bad, columns).into_iter().take(most)),
        None => below.extend(
            trouble(model.reply.supervisor.as_ref(), &model.reply.incomplete)
                .take(most)
                .map(|what| clipped(&[(shown(&what), Tone::Warning)], columns)),
        ),
    }
    if let Some(Over::Filter(_)) = &model.over {
        let typed = format!("/{}", shown(model.list.filter.text()));
        // The end of it is where somebody types.
        let skip = width(&typed).saturating_sub(columns.saturating_sub(1));
        let end: String = typed.chars().skip(skip).collect();
        below.push(vec![(end, Tone::Strong)]);
        return below;
    }
    if let Some((text, tone)) = &model.notice {
        below.extend(told(text, *tone, columns).into_iter().take(most));
    }
    let has_room = model.notice.is_none() || most > 1;
    if has_room && model.detail.is_none() {
        let rows = model.list.rows(&model.reply.rows);
        if rows.is_empty() && !model.reply.rows.is_empty() {
            let of = model.reply.rows.len();
            let said = format!("none of {of} rows has that; Esc shows all");
            below.push(clipped(&[(said, Tone::Warning)], columns));
        } else {
            let lines = summary(&Shown { rows: &rows, of: model.reply.rows.len() }, Some(columns));
            below.extend(lines.iter().map(|line| clipped(line, columns)));
        }
    }
    below
}

/// A text of one tone in lines of so many columns.
fn told(text: &str, tone: Tone, columns: usize) -> Vec<Line> {
    wrapped(text, columns).into_iter().map(|line| vec![(line, tone)]).collect()
}
