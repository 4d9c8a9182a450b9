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
}

impl fmt::Display for SuperviseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(why) | Self::Place(why) => out.write_str(why),
            Self::Journal(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for SuperviseError {}
