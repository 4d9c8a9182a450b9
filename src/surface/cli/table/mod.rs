//! The table of `fleet ps`, as every surface draws it, and which of its rows are asked for.

mod which;

pub use crate::table::{
    Cell, Column, Detail, Key, Sheet, Shown, age, elided, health_tone, line, shown, sort, summary,
    table, width,
};
pub use which::Which;
