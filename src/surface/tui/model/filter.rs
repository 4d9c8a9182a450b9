//! Which rows are shown, in the words that somebody types behind `/`. It hides; it asks nobody.

use crate::table::{Column, Detail};
use crate::wire::Row;

/// Words that must all be found in a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    /// Rows that have it are hidden.
    is_not: bool,
    /// Only in this cell, else in any.
    column: Option<Column>,
    /// In lower case.
    text: String,
}

impl Filter {
    /// Words between blanks; `health:late` looks into one column, `!web` hides what has it.
    pub fn parse(text: &str) -> Self {
        let words = text.split_whitespace().filter_map(|word| {
            let (is_not, word) = match word.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, word),
            };
            let (column, word) = match word.split_once(':') {
                Some((name, rest)) if Column::parse(name).is_ok() => {
                    (Column::parse(name).ok(), rest)
                }
                Some(_) | None => (None, word),
            };
            // A word that is not there yet hides nothing while it is typed.
            (!word.is_empty()).then(|| Word { is_not, column, text: word.to_lowercase() })
        });
        Self { words: words.collect(), text: text.to_owned() }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it takes every row.
    pub fn is_all(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether it takes this row, by what its cells say in full.
    pub fn takes(&self, row: &Row, now_ms: u64) -> bool {
        let says = |column: Column| column.cell(row, now_ms, Detail::Full).0.to_lowercase();
        self.words.iter().all(|word| {
            let is_found = match word.column {
                Some(column) => says(column).contains(&word.text),
                None => Column::ALL.iter().any(|column| says(*column).contains(&word.text)),
            };
            is_found != word.is_not
        })
    }
}
