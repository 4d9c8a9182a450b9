//! The table that every surface draws: what each cell says, how it is laid out, what stands below it.

mod cells;
mod column;
mod event;
mod evidence;
mod layout;
mod order;
mod page;
mod summary;
mod text;
mod tone;
mod trouble;

pub use cells::Detail;
pub use column::{Column, Shows};
pub use event::{event_within, happening};
pub use evidence::{events_told, evidence, heading, last_words};
pub use layout::{GAP, Sheet, line, shape};
pub use order::{Key, sort};
pub use page::{Begun, Page};
pub use summary::{Shown, summary, urgency};
pub use text::{age, next_age, shown, width, wrapped};
pub use tone::{Cell, Line, Paint, Tone, clipped, line_width, painted};
pub use trouble::trouble;
