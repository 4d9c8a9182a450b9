//! Checkpoints where they were found: in the table of the journal, and in the file beside it.

use crate::host::journal::checkpoint::Checkpoint;

/// The rows of the table: the size that each stands under, and its note.
pub(super) type Tabled = Vec<(u64, String)>;

/// Where a checkpoint was found, and whether it may be about rows that came after the look.
#[derive(Debug)]
pub(super) struct Placed {
    pub place: String,
    pub checkpoint: Checkpoint,
    pub is_late: bool,
    /// What stands before it is no checkpoint any more.
    pub is_behind_none: bool,
}

impl Placed {
    /// One that is about rows that were there, and stands behind nothing.
    pub fn alone(place: String, checkpoint: Checkpoint) -> Self {
        Self { place, checkpoint, is_late: false, is_behind_none: false }
    }
}
