//! The state directory: made private, or refused with what to do about it.

use std::error::Error as _;
use std::io;
use std::path::Path;

use super::LocalError;
use crate::host::files::{self, DirectoryError};
use crate::wire::ErrorCode;

/// Makes the directory, for us alone; one that belongs to another user is refused.
pub fn private_directory(path: &Path) -> Result<(), LocalError> {
    files::private_directory(path).map_err(|error| {
        let why = error.source().map_or_else(String::new, |source| format!(": {source}"));
        LocalError::said(code(&error), format!("{error}{why}"), hint(&error))
    })
}

fn code(error: &DirectoryError) -> ErrorCode {
    match error {
        DirectoryError::Foreign { .. } => ErrorCode::Forbidden,
        DirectoryError::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            ErrorCode::Forbidden
        }
        DirectoryError::Link(_) | DirectoryError::NotADirectory(_) | DirectoryError::Io { .. } => {
            ErrorCode::Failed
        }
    }
}

fn hint(error: &DirectoryError) -> &'static str {
    match error {
        DirectoryError::Foreign { .. } => {
            "run this as the user who owns the fleet, or set MOSAIC_HOME to a directory of your own"
        }
        DirectoryError::Link(_) | DirectoryError::NotADirectory(_) => {
            "run this again afterwards; nothing was started"
        }
        DirectoryError::Io { .. } => "make it writable for this user, or set MOSAIC_HOME",
    }
}
