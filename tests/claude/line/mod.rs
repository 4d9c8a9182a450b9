//! The whole line with a real claude in the roster: the program, its supervisor, tmux, SQLite.

mod approval;
mod conversation;
mod dialog;
mod frozen;
mod ground;
mod send;
mod survive;
mod up;

pub use ground::Line;
