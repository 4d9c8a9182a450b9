//! How many cells tmux gives a pane.

use super::TmuxError;

/// What tmux takes as a width or height.
const CELLS_MAX: u16 = 10_000;

/// Whether tmux can give a pane this size.
pub(super) fn check_size(attempt: &str, columns: u16, rows: u16) -> Result<(), TmuxError> {
    if (1..=CELLS_MAX).contains(&columns) && (1..=CELLS_MAX).contains(&rows) {
        Ok(())
    } else {
        let why = "a size is 1 to 10000 columns and rows";
        Err(TmuxError::Unfit { attempt: attempt.to_owned(), why })
    }
}
