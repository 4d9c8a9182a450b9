//! The one writer: owns the fleet, journals before it acts, answers every surface.

mod api;
mod handle;
mod spans;

pub use handle::{Ask, AskError, Caller, Dispatcher, Done, Piece, Snapshot};
