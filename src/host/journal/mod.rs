//! The journal hand: an append-only, ordered SQLite file of events; it never edits one.
//!
//! ```text
//! append ──▶ queue ──▶ writer thread: one transaction for all that wait ──▶ acknowledge each
//!                                        │
//! read ────▶ queue ──▶ reader thread ◀── journal.db
//! ```

mod error;
mod handle;
mod leaf;
mod reader;
mod schema;
mod stored;
mod writer;

#[cfg(test)]
mod tests;

pub use error::JournalError;
pub use handle::{Filter, Journal};
pub use stored::{NewEvent, Remember, Stamp, StoredEvent};
