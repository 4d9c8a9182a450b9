//! Raw mode, size and keys of the terminal we sit in.

pub mod screen;
