//! What the writer is asked for.

use tokio::sync::oneshot;

use super::error::JournalError;
use super::stored::{Fresh, Remember, Stamp};

/// What the writer is asked for.
pub(super) enum Ask {
    /// Store these.
    Append(Append),
    /// Take no more, store what waits, and end.
    Close,
}

/// Events that are stored together or not at all.
pub(super) struct Append {
    pub stamp: Stamp,
    pub events: Vec<Fresh>,
    /// One answer for each command that came with a key.
    pub remember: Vec<Remember>,
    /// Takes the last seq, once it is durable; nobody may be listening any more.
    pub reply: oneshot::Sender<Result<u64, JournalError>>,
}
