//! The table of `fleet ps`: what each cell says, how it is laid out, what stands below it.

mod cells;
mod layout;
mod summary;

pub use cells::{Detail, age, health_tone, shown};
pub use layout::{Sheet, table};
pub use summary::summary;
