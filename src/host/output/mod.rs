//! What agents wrote, as it lies on the disk: read from any place on. It writes nothing.
//!
//! The recorder in the pane writes the files (`guest::exec::output`); their form is told in `protocol`.

mod digest;
mod place;
mod reader;
mod segment;
#[cfg(test)]
mod tests;

pub use digest::digest;
pub use place::From;
pub use reader::{Piece, Reader};
pub use segment::{newest_session, numbers};

pub use crate::protocol::segment_name;
