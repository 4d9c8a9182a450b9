//! The table that every surface draws: what each cell says, how it is laid out, what stands below it.

mod cells;
mod column;
mod event;
mod evidence;
mod layout;
mod order;
mod summary;
mod text;
mod tone;
mod trouble;

pub use cells::Detail;
pub use column::Column;
pub use event::event_within;
pub use evidence::{events_told, evidence, heading, last_words};
pub use layout::{Sheet, line, table};
pub use order::{Key, sort};
pub use summary::{Shown, summary};
pub use text::{age, shown, width};
pub use tone::{Line, Paint, Tone, painted};
pub use trouble::trouble;
