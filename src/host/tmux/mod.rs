//! The isolated tmux server: sessions, panes, keys and what panes show; decides nothing.
//!
//! ```text
//! Tmux ──▶ connection ──▶ client in `mosaic-hub`  (no output): every command, batched
//!      └─▶ stream ──────▶ client in `mosaic-view`: output of the windows linked into it
//! ```

mod cells;
mod clients;
mod commands;
mod configuration;
mod connection;
mod error;
mod framing;
mod hand;
mod keys;
mod line;
mod new_pane;
mod paint;
mod panes;
mod picture;
mod screen;
mod server;
mod size;
mod stream;
#[cfg(test)]
mod tests;
mod version;
mod watched;
mod wire;

pub use clients::Client;
pub use configuration::{write_configuration, write_environment};
pub use connection::Ended;
pub use error::TmuxError;
pub use hand::Tmux;
pub use keys::{Glance, Pasted, Unless};
pub use new_pane::NewPane;
pub use paint::paint_rows;
pub use screen::Scrolled;
pub use server::{answers, answers_soon, attach_argv, start_detached};
pub use version::{places, version};
pub use watched::{Look, WatchPiece};
