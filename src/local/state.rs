//! The state directory: made private, or refused. It never takes a directory from another user.

use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::Path;

use super::LocalError;
use crate::wire::ErrorCode;

/// Makes the directory, for us alone; one that belongs to another user is refused.
pub fn private_directory(path: &Path) -> Result<(), LocalError> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.and_then(|()| std::fs::metadata(path))
        .map_err(|why| {
            let is_forbidden = why.kind() == std::io::ErrorKind::PermissionDenied;
            let code = if is_forbidden { ErrorCode::Forbidden } else { ErrorCode::Failed };
            let message = format!("make the directory {}: {why}", path.display());
            LocalError::said(code, message, "make it writable for this user, or set MOSAIC_HOME")
        })
        .and_then(|found| owned_by_us(path, found.uid()))
}

fn owned_by_us(path: &Path, owner: u32) -> Result<(), LocalError> {
    let us = nix::unistd::getuid().as_raw();
    if owner == us {
        return Ok(());
    }
    let message = format!("{} belongs to uid {owner}, and this is uid {us}", path.display());
    Err(LocalError::said(
        ErrorCode::Forbidden,
        message,
        "run this as the user who owns the fleet, or set MOSAIC_HOME to a directory of your own",
    ))
}
