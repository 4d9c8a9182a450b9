//! The rows that are shown, in their order, and the one that is selected. It follows an agent, not
//! a place.

use super::filter::Filter;
use crate::table::{Column, Detail, GAP, Key, Paint, Sheet, shape, sort, urgency};
use crate::wire::Row;

/// Left of each row: the mark of the selected one.
pub const GUTTER: usize = 2;

/// Whom a row is about: a session that is not ours may have an agent's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Whether it is ours.
    pub managed: bool,
    /// Its name.
    pub agent: String,
}

impl Who {
    /// Whom this row is about.
    pub fn of(row: &Row) -> Self {
        Self { managed: row.managed, agent: row.agent.clone() }
    }
}

/// The rows that are shown.
#[derive(Debug, Default)]
pub struct List {
    /// Which rows.
    pub filter: Filter,
    /// In which order; as they came without any.
    pub keys: Vec<Key>,
    /// The columns that somebody named.
    pub columns: Vec<Column>,
    /// Places in the reply, in the order of the screen.
    order: Vec<usize>,
    selected: Option<Who>,
    /// Where the selected one is, and stays when it is gone.
    at: usize,
    /// The first row that is shown.
    top: usize,
    /// Columns and widths of what is shown.
    shape: Vec<(Column, usize)>,
}

impl List {
    /// Looks at all rows anew: they are others, or the filter, the order, the time is.
    pub fn refill(&mut self, rows: &[Row], now_ms: u64, width: usize) {
        let takes = |row: &Row| self.filter.is_all() || self.filter.takes(row, now_ms);
        let mut order: Vec<(usize, &Row)> =
            rows.iter().enumerate().filter(|(_, row)| takes(row)).collect();
        sort(&mut order, &self.keys, |(_, row)| row);
        self.order = order.into_iter().map(|(at, _)| at).collect();
        let is_it = |at: &usize| self.selected.as_ref() == Some(&Who::of(&rows[*at]));
        match self.order.iter().position(is_it) {
            Some(at) => self.at = at,
            None => self.select(rows, self.at),
        }
        self.reshape(rows, now_ms, width);
    }

    /// Measures the cells anew. A column that has become wide stays so where there is room: a table
    /// that jumps cannot be read.
    fn reshape(&mut self, rows: &[Row], now_ms: u64, width: usize) {
        let shown: Vec<&Row> = self.order.iter().map(|at| &rows[*at]).collect();
        let width = width.saturating_sub(GUTTER);
        let (paint, columns) = (Paint::Plain, self.columns.as_slice());
        let sheet = Sheet { paint, width: Some(width), detail: Detail::Short, columns, now_ms };
        let before = std::mem::take(&mut self.shape);
        self.shape = shape(&shown, &sheet);
        let mut free = width.saturating_sub(self.shape.iter().map(|(_, wide)| wide + GAP).sum());
        for (column, wide) in &mut self.shape {
            let was = before.iter().find(|(other, _)| other == column).map_or(0, |(_, was)| *was);
            let more = was.saturating_sub(*wide);
            if more > 0 && more <= free {
                *wide += more;
                free -= more;
            }
        }
    }

    /// Forgets the widths: the screen is another.
    pub fn forget_widths(&mut self) {
        self.shape.clear();
    }

    /// Columns and widths of what is shown.
    pub fn shape(&self) -> &[(Column, usize)] {
        &self.shape
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// The rows in their order.
    pub fn rows<'r>(&self, rows: &'r [Row]) -> Vec<&'r Row> {
        self.order.iter().filter_map(|at| rows.get(*at)).collect()
    }

    /// The rows that a page shows, from which on.
    pub fn page<'r>(&self, rows: &'r [Row], room: usize) -> (usize, Vec<&'r Row>) {
        let top = self.top_in(room);
        let page = self.order.iter().skip(top).take(room).filter_map(|at| rows.get(*at));
        (top, page.collect())
    }

    /// The first row of a page of this size: the selected one is on it.
    fn top_in(&self, room: usize) -> usize {
        let last = self.order.len().saturating_sub(room);
        let least = (self.at + 1).saturating_sub(room);
        self.top.clamp(least, self.at.max(least)).min(last)
    }

    /// Whom the selected row is about.
    pub fn selected(&self) -> Option<&Who> {
        self.selected.as_ref()
    }

    /// Where the selected one is.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Selects the row at this place, or the nearest.
    pub fn select(&mut self, rows: &[Row], at: usize) {
        self.at = at.min(self.order.len().saturating_sub(1));
        let row = self.order.get(self.at).and_then(|at| rows.get(*at));
        self.selected = row.map(Who::of);
    }

    /// Selects a row of a page of this size, which stays where it is.
    pub fn point(&mut self, rows: &[Row], row: usize, room: usize) {
        self.top = self.top_in(room);
        self.select(rows, self.top + row);
    }

    /// Moves the selection by so many rows, on a page of this size.
    pub fn step(&mut self, rows: &[Row], by: isize, room: usize) {
        self.top = self.top_in(room);
        self.select(rows, self.at.saturating_add_signed(by));
        self.top = self.top_in(room);
    }

    /// Moves the page by so many rows; the selection stays on it.
    pub fn scroll(&mut self, rows: &[Row], by: isize, room: usize) {
        let last = self.order.len().saturating_sub(room);
        self.top = self.top_in(room).saturating_add_signed(by).min(last);
        let on_it = self.at.clamp(self.top, (self.top + room).saturating_sub(1).max(self.top));
        self.select(rows, on_it);
    }

    /// Selects the next row that wants somebody; whether there is any.
    pub fn next_urgent(&mut self, rows: &[Row]) -> bool {
        let count = self.order.len();
        let places = (1..=count).map(|step| (self.at + step) % count);
        let wants = |at: &usize| rows.get(self.order[*at]).is_some_and(|row| urgency(row) <= 4);
        match places.clone().find(wants) {
            Some(at) => {
                self.select(rows, at);
                true
            }
            None => false,
        }
    }

    /// Orders by the column beside the one that is ordered by now; before the first as they came.
    pub fn order_beside(&mut self, by: isize) {
        let columns: Vec<Column> = self.shape.iter().map(|(column, _)| *column).collect();
        let is_it = |key: &Key| columns.iter().position(|column| *column == key.column());
        let at = self.keys.first().and_then(is_it).map_or(0, |at| at + 1);
        let next = (at + columns.len() + 1).saturating_add_signed(by) % (columns.len() + 1);
        let column = next.checked_sub(1).and_then(|at| columns.get(at));
        self.keys = column.map(|column| Key::by(*column, false)).into_iter().collect();
    }

    /// Orders by this column; by it already, the other way round.
    pub fn order_by(&mut self, key: Key) {
        let is_it = self.keys.first().is_some_and(|first| first.column() == key.column());
        self.keys = match self.keys.first() {
            Some(first) if is_it => vec![first.reversed()],
            Some(_) | None => vec![key],
        };
    }

    /// The other way round.
    pub fn reverse(&mut self) {
        match self.keys.first_mut() {
            Some(key) => *key = key.reversed(),
            None => self.keys = vec![Key::by(Column::Agent, true)],
        }
    }
}
