//! Claude Code: by flags and files of ours; its own configuration is read, never written.

mod files;
mod launch;
mod screen;
mod sessions;
mod speech;

pub use launch::launch;
pub use screen::{DIALOG_FEET, composer, dialog, first_row, suggestion};
pub use sessions::{Said, follow};
pub use speech::{PRELUDE, heard, normalised, refuses};
