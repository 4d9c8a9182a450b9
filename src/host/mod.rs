//! Hands: one folder for each outside thing; siblings never meet.

pub mod files;
pub mod journal;
pub mod output;
pub mod process;
pub mod runtime;
pub mod systemd;
pub mod tmux;
