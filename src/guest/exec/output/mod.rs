//! Records what the pane shows, byte by byte, in segments of files. It never waits for output, and
//! what the disk does not take is counted, not kept.
//!
//! The recorder is here and not in the supervisor: it lives as long as the pane, so that a
//! supervisor which is killed or replaced leaves no gap.

mod news;
mod question;
mod recorder;
mod segment;
mod shelf;
mod stopped;
mod tap;
#[cfg(test)]
mod tests;

pub use recorder::{Recorder, Way};
