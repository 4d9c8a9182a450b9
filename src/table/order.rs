//! The order of rows: by any column, forwards or backwards. It decides nothing about them.

use std::cmp::Ordering;
use std::fmt;

use super::column::{Column, unknown};
use super::summary::urgency;
use crate::wire::Row;

/// What rows are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    what: What,
    /// Whether the greatest comes first.
    is_backwards: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Column(Column),
    /// Processor share of the tree.
    Cpu,
    /// Memory of the tree.
    Memory,
}

impl fmt::Display for Key {
    /// As `--sort` takes it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.what {
            What::Cpu => "cpu".to_owned(),
            What::Memory => "memory".to_owned(),
            What::Column(column) => column.heading().to_ascii_lowercase(),
        };
        write!(out, "{}{name}", if self.is_backwards { "-" } else { "" })
    }
}

/// What two rows are compared by. Text is compared as people read it: `a-2` before `a-10`.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    Number(u64),
    Share(f64),
}

impl Key {
    /// `health`, `-memory`: a column, or `cpu` or `memory`; else what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, is_backwards) = match text.trim().strip_prefix('-') {
            Some(name) => (name, true),
            None => (text.trim(), false),
        };
        let what = match name.to_ascii_lowercase().as_str() {
            "cpu" => What::Cpu,
            "memory" => What::Memory,
            _ => match Column::parse(name) {
                Ok(column) => What::Column(column),
                Err(_) => return Err(unknown("key to sort by", name, &names())),
            },
        };
        Ok(Self { what, is_backwards })
    }

    /// By a column; backwards has the greatest first.
    pub fn by(column: Column, is_backwards: bool) -> Self {
        Self { what: What::Column(column), is_backwards }
    }

    /// By processor share, the greatest first.
    pub const CPU: Self = Self { what: What::Cpu, is_backwards: true };

    /// By memory, the greatest first.
    pub const MEMORY: Self = Self { what: What::Memory, is_backwards: true };

    /// The column that shows it.
    pub fn column(self) -> Column {
        match self.what {
            What::Column(column) => column,
            What::Cpu | What::Memory => Column::Proc,
        }
    }

    /// The opposite order.
    pub fn reversed(self) -> Self {
        Self { is_backwards: !self.is_backwards, ..self }
    }

    /// Whether the greatest comes first.
    pub fn is_backwards(self) -> bool {
        self.is_backwards
    }

    /// What a row is compared by; nothing where it has none, which goes last either way.
    fn of(self, row: &Row) -> Option<Value> {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let some = |named: &Option<String>| named.clone().map(Value::Text);
        let column = match self.what {
            What::Cpu => return row.process.as_ref()?.cpu_percent.map(Value::Share),
            What::Memory => return Some(Value::Number(row.process.as_ref()?.memory_bytes)),
            What::Column(column) => column,
        };
        match column {
            Column::Agent => text(&row.agent),
            Column::Tenant => text(&row.tenant),
            Column::Host => text(&row.host),
            Column::Role => some(&row.role),
            Column::Runtime => some(&row.runtime),
            Column::Unit => text(&row.unit.state),
            Column::Session => Some(Value::Number(row.session.as_ref()?.since_ms)),
            Column::Pid => Some(Value::Number(row.pid?.into())),
            Column::Proc => text(&row.process.as_ref()?.state),
            Column::Activity => text(&row.activity.state),
            Column::Heartbeat => row.heartbeat.as_ref()?.age_ms.map(Value::Number),
            Column::Health => Some(Value::Number(u64::from(urgency(row)))),
            Column::Drift => Some(Value::Number(u64::try_from(row.drift.len()).ok()?)),
            Column::Boot => Some(Value::Number(u64::from(row.boot.wanted))),
            Column::Inbox => Some(Value::Number(row.inbox.into())),
            Column::Keyboard => some(&row.attached),
            Column::Labels => text(&format!("{:?}", row.labels)),
            Column::Limits => row.limits.as_ref()?.memory_bytes.map(Value::Number),
        }
    }

    fn compare(self, one: &Row, other: &Row) -> Ordering {
        match (self.of(one), self.of(other)) {
            (Some(one), Some(other)) if self.is_backwards => other.compare(&one),
            (Some(one), Some(other)) => one.compare(&other),
            (one, other) => one.is_none().cmp(&other.is_none()),
        }
    }
}

impl Value {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => as_read(one).cmp(&as_read(other)),
            (Self::Number(one), Self::Number(other)) => one.cmp(other),
            (Self::Share(one), Self::Share(other)) => one.total_cmp(other),
            // One key makes one kind of value.
            (Self::Text(_) | Self::Number(_) | Self::Share(_), _) => Ordering::Equal,
        }
    }
}

/// The names that a key may have.
fn names() -> Vec<String> {
    let columns = Column::ALL.iter().map(|column| column.heading().to_ascii_lowercase());
    columns.chain(["cpu".to_owned(), "memory".to_owned()]).collect()
}

/// A text in pieces: what is no number, then the number after it by its digits, then how many
/// zeros lead it.
fn as_read(text: &str) -> Vec<(&str, usize, &str, usize)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(digits);
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(end);
        let value = number.trim_start_matches('0');
        pieces.push((word, value.len(), value, number.len() - value.len()));
        rest = after;
    }
    pieces
}

/// Orders rows by the first key, where that is equal by the next; without keys as they came.
pub fn sort<T>(rows: &mut [T], keys: &[Key], row: impl Fn(&T) -> &Row) {
    if keys.is_empty() {
        return;
    }
    rows.sort_by(|one, other| {
        let by = |key: &Key| key.compare(row(one), row(other));
        keys.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
}

#[cfg(test)]
mod tests {
    use super::{Key, as_read};

    #[test]
    fn numbers_in_names_are_read_as_numbers() {
        let mut names = ["a-10", "b", "a-2", "a", "a-1", "a-02"];
        names.sort_by(|one, other| as_read(one).cmp(&as_read(other)));
        assert_eq!(names, ["a", "a-1", "a-2", "a-02", "a-10", "b"]);
    }

    #[test]
    fn a_wrong_key_gets_the_nearest_word() {
        let wrong = Key::parse("-memroy").unwrap_err();
        assert!(wrong.contains("\"memroy\"; did you mean \"memory\"?"), "{wrong}");
    }
}
