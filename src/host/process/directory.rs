//! Directories that nobody else can enter; a foreign one is refused, never taken over.

use std::fmt;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Why a directory is not private to us.
#[derive(Debug)]
pub enum DirectoryError {
    /// It cannot be made or looked at.
    Io {
        /// Which.
        path: PathBuf,
        /// What the kernel says.
        error: io::Error,
    },
    /// It is a symbolic link: whoever made it chooses where our sockets lie.
    Link(PathBuf),
    /// It is something else than a directory.
    NoDirectory(PathBuf),
    /// It belongs to another uid.
    Foreign {
        /// Which.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, error } => {
                write!(out, "make the private directory {}: {error}", path.display())
            }
            Self::Link(path) => write!(
                out,
                "{} is a symbolic link, where a directory of our own must be; remove it, or move \
                 what it points at there",
                path.display()
            ),
            Self::NoDirectory(path) => {
                write!(out, "{} is in the way: it is no directory; move it away", path.display())
            }
            Self::Foreign { path, owner } => write!(
                out,
                "{} belongs to uid {owner}, and we are uid {}; whoever owns it could answer for \
                 us. Remove it, or set MOSAIC_HOME to a directory of your own",
                path.display(),
                nix::unistd::getuid()
            ),
        }
    }
}

impl std::error::Error for DirectoryError {}

/// Makes a directory with mode 0700, and its parents where they are missing; one of ours that
/// others could enter is closed to them.
pub fn private_directory(path: &Path) -> Result<(), DirectoryError> {
    let failed = |error| DirectoryError::Io { path: path.to_owned(), error };
    match DirBuilder::new().recursive(true).mode(0o700).create(path) {
        Ok(()) => {}
        // What is there decides below.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    let there = fs::symlink_metadata(path).map_err(failed)?;
    if there.file_type().is_symlink() {
        return Err(DirectoryError::Link(path.to_owned()));
    }
    if !there.is_dir() {
        return Err(DirectoryError::NoDirectory(path.to_owned()));
    }
    if there.uid() != nix::unistd::getuid().as_raw() {
        return Err(DirectoryError::Foreign { path: path.to_owned(), owner: there.uid() });
    }
    if there.mode() & 0o077 != 0 {
        fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::{DirectoryError, private_directory};

    #[test]
    fn an_open_directory_of_ours_is_closed_and_links_and_strangers_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let open = place.path().join("a/b");
        fs::create_dir_all(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        private_directory(&open).unwrap();
        assert_eq!(fs::metadata(&open).unwrap().mode() & 0o777, 0o700);

        let link = place.path().join("link");
        std::os::unix::fs::symlink(&open, &link).unwrap();
        assert!(matches!(private_directory(&link), Err(DirectoryError::Link(_))));

        let file = place.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(private_directory(&file), Err(DirectoryError::NoDirectory(_))));

        if nix::unistd::geteuid().is_root() {
            let foreign = place.path().join("foreign");
            fs::create_dir(&foreign).unwrap();
            std::os::unix::fs::chown(&foreign, Some(12_345), None).unwrap();
            let error = private_directory(&foreign).unwrap_err();
            assert!(matches!(error, DirectoryError::Foreign { owner: 12_345, .. }));
        }
    }
}
