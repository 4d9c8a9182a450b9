//! The table that every surface draws: what each cell says, how it is laid out, what stands below it.

mod cells;
mod column;
mod layout;
mod order;
mod summary;
mod text;
mod tone;

pub use cells::{Cell, Detail, health_tone};
pub use column::Column;
pub use layout::{Sheet, line, table};
pub use order::{Key, sort};
pub use summary::{Shown, summary};
pub use text::{age, elided, shown, width};
pub use tone::{Paint, Tone};
