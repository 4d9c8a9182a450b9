//! The table of `fleet ps`, as every surface draws it, and which of its rows are asked for.

mod which;

pub use crate::table::{
    Begun, Column, Detail, Key, Page, Sheet, age, event_within, events_told, evidence, heading,
    last_words, line, painted, shown, sort, trouble, width,
};
pub use which::{LabelAsked, Which};
