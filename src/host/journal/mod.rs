//! The journal hand: an append-only, ordered SQLite file of events; it never edits one.
//!
//! ```text
//! append ──▶ queue ──▶ writer thread: one transaction for all that wait ──▶ acknowledge each
//!                                        │
//! read ────▶ queue ──▶ reader thread ◀── journal.db
//!                        signer thread ──▶ journal.checkpoints, signed with journal.key
//! ```

mod ahead;
mod ask;
mod checkpoint;
mod checkpoints;
mod error;
mod handle;
mod heads;
mod key;
mod kill_point;
mod leaf;
mod proof;
mod reader;
mod replay;
mod rows;
mod schema;
mod signer;
mod stored;
mod stretches;
mod tree;
mod verify;
mod writable;
mod writer;

#[cfg(test)]
mod tests;

pub use error::JournalError;
pub use handle::Journal;
pub use kill_point::{KillPoint, reach};
pub use reader::Filter;
pub use stored::{NewEvent, Remember, Stamp, StoredEvent};
pub use verify::{Finding, Note, Signed, Verified, notes, verify};
