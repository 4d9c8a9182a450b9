//! The files hand: private places, and what the kernel tells of a directory; it reads no file.

mod arrivals;
mod changes;
mod directory;
mod watching;

#[cfg(test)]
mod tests;

pub use arrivals::{Arrivals, arrived, departed};
pub use changes::Changes;
pub use directory::{DirectoryError, private_directory};
