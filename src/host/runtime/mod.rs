//! How each runtime is started, spoken to and understood; never touches tmux, a socket or the daemon.

mod claude;
mod command;
mod composer;
mod environment;
mod heard;
mod launch;
mod plan;
mod program;
mod screen;
mod speech;
mod stub;
#[cfg(test)]
mod tests;

pub use claude::{Said, follow};
pub use composer::Composer;
pub use heard::Heard;
pub use launch::launch;
pub use plan::LaunchAsked;
#[cfg(test)]
pub use plan::{Launch, LaunchError};
pub use screen::{composer, dialog, dialog_signs, leftover, suggestion, tagged};
pub use speech::submit;
pub use speech::{clear, heard, interrupt, prelude, same_text, sendable};
