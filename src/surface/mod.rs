//! Eyes and buttons: clients of the API, nothing else.

pub mod cli;
pub mod tui;
