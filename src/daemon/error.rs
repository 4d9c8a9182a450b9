//! Why a supervisor does not run.

use std::fmt;

use crate::host::journal::JournalError;

/// Why a supervisor does not run.
#[derive(Debug)]
pub enum SuperviseError {
    /// Another one does.
    Held(String),
    /// The journal cannot be used.
    Journal(JournalError),
    /// A directory or socket cannot be had.
    Place(String),
    /// A directory or file belongs to another user, or this one may not write it.
    Forbidden(String),
}

impl fmt::Display for SuperviseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(why) | Self::Place(why) | Self::Forbidden(why) => out.write_str(why),
            Self::Journal(error) => out.write_str(&error.whole()),
        }
    }
}

impl std::error::Error for SuperviseError {}
