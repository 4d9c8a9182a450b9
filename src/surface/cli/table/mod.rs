//! The table of `fleet ps`, as every surface draws it, and which of its rows are asked for.

mod which;

pub use crate::table::{
    Column, Detail, Key, Sheet, Shown, age, event_within, events_told, evidence, heading,
    last_words, line, painted, shown, sort, summary, table, trouble, width,
};
pub use which::{LabelAsked, Which};
