//! How each runtime is started, spoken to and understood; never touches tmux, a socket or the daemon.

mod claude;
mod command;
mod environment;
mod launch;
mod screen;
mod speech;
mod stub;
#[cfg(test)]
mod tests;

pub use claude::{Said, follow};
pub use launch::{Launch, LaunchAsked, LaunchError, launch};
pub use screen::{Composer, composer, dialog};
pub use speech::submit;
pub use speech::{Heard, MESSAGE_BYTES_MAX, heard, prelude, ready_by_ms, same_text, sendable};
