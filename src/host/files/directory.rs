//! Directories that nobody but their owner enters; it refuses what it cannot make so.

use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::OFlag;

/// Why a directory cannot be used.
#[derive(Debug)]
pub enum DirectoryError {
    /// It is a symbolic link, which somebody could point elsewhere.
    Link(PathBuf),
    /// It is something else than a directory.
    NotADirectory(PathBuf),
    /// It belongs to somebody else.
    Foreign {
        /// Which.
        path: PathBuf,
        /// Whose.
        owner: u32,
    },
    /// The kernel said no: what was attempted.
    Io {
        /// Which.
        path: PathBuf,
        /// What was attempted.
        attempt: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

impl fmt::Display for DirectoryError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(path) => write!(
                out,
                "{} is a symbolic link; remove it, mosaic makes a directory of its own there",
                path.display()
            ),
            Self::NotADirectory(path) => {
                write!(out, "{} is not a directory; move it away", path.display())
            }
            Self::Foreign { path, owner } => write!(
                out,
                "directory {} belongs to uid {owner}, not to you (uid {}); move it away, or run \
                 mosaic as its owner",
                path.display(),
                nix::unistd::geteuid()
            ),
            Self::Io { path, attempt, .. } => {
                write!(out, "cannot {attempt} directory {}", path.display())
            }
        }
    }
}

impl std::error::Error for DirectoryError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Link(_) | Self::NotADirectory(_) | Self::Foreign { .. } => None,
        }
    }
}

/// Makes a directory, and the parents that are missing, for their owner alone (0700). One that
/// is there is taken when it is ours; what others may do with it is taken from them.
pub fn private_directory(path: &Path) -> Result<(), DirectoryError> {
    let failed =
        |attempt| move |source| DirectoryError::Io { path: path.to_owned(), attempt, source };
    // What is there already is looked at below, whatever it is.
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    if let Err(error) = made
        && path.symlink_metadata().is_err()
    {
        return Err(failed("make")(error));
    }
    let directory = open(path)?;
    let metadata = directory.metadata().map_err(failed("look at"))?;
    let owner = metadata.uid();
    if owner != nix::unistd::geteuid().as_raw() {
        return Err(DirectoryError::Foreign { path: path.to_owned(), owner });
    }
    if metadata.mode() & 0o777 != 0o700 {
        let private = Permissions::from_mode(0o700);
        directory.set_permissions(private).map_err(failed("make private"))?;
    }
    Ok(())
}

/// Opens it without following a link: what is looked at is then what is changed.
fn open(path: &Path) -> Result<File, DirectoryError> {
    let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits()).open(path);
    opened.map_err(|source| {
        let path = path.to_owned();
        let is_link = path.symlink_metadata().is_ok_and(|found| found.is_symlink());
        match source.raw_os_error().map(Errno::from_raw) {
            Some(Errno::ELOOP | Errno::ENOTDIR) if is_link => DirectoryError::Link(path),
            Some(Errno::ENOTDIR) => DirectoryError::NotADirectory(path),
            _ => DirectoryError::Io { path, attempt: "open", source },
        }
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
    use std::path::Path;

    use super::{DirectoryError, private_directory};

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn it_is_made_private_with_its_parents_and_again_does_no_harm() {
        let home = tempfile::tempdir().unwrap();
        set_mode(home.path(), 0o755);
        let path = home.path().join("state/mosaic/run");
        for _ in 0..2 {
            private_directory(&path).unwrap();
            for made in [&*path, path.parent().unwrap(), &home.path().join("state")] {
                assert_eq!(mode(made), 0o700, "{}", made.display());
            }
        }
        assert_eq!(mode(home.path()), 0o755, "what was there before is not ours to change");
    }

    #[test]
    fn what_others_may_do_with_it_is_taken_from_them() {
        let home = tempfile::tempdir().unwrap();
        for open in [0o777, 0o755, 0o710, 0o1777, 0o500] {
            set_mode(home.path(), open);
            private_directory(home.path()).unwrap();
            assert_eq!(mode(home.path()) & 0o777, 0o700, "{open:o}");
        }
    }

    #[test]
    fn a_link_is_refused_wherever_it_points() {
        let home = tempfile::tempdir().unwrap();
        let (real, link) = (home.path().join("real"), home.path().join("link"));
        std::fs::create_dir(&real).unwrap();
        set_mode(&real, 0o755);
        symlink(&real, &link).unwrap();
        let error = private_directory(&link).unwrap_err();
        assert!(matches!(error, DirectoryError::Link(_)), "{error:?}");
        assert!(error.to_string().contains("is a symbolic link; remove it"), "{error}");
        assert_eq!(mode(&real), 0o755, "what it points to is left alone");

        let dangling = home.path().join("dangling");
        symlink(home.path().join("nowhere"), &dangling).unwrap();
        let error = private_directory(&dangling).unwrap_err();
        assert!(matches!(error, DirectoryError::Link(_)), "{error:?}");
    }

    #[test]
    fn a_file_in_its_place_or_on_the_way_is_named() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = private_directory(&file).unwrap_err();
        assert!(matches!(error, DirectoryError::NotADirectory(_)), "{error:?}");
        let error = private_directory(&file.join("below")).unwrap_err();
        assert!(matches!(error, DirectoryError::Io { attempt: "make", .. }), "{error:?}");
    }

    #[test]
    fn what_belongs_to_another_is_refused_and_left_alone() {
        let home = tempfile::tempdir().unwrap();
        // The root directory is another's for all but root, who can give one away instead.
        let is_root = nix::unistd::geteuid().is_root();
        let foreign = if is_root { home.path().join("foreign") } else { Path::new("/").to_owned() };
        if is_root {
            std::fs::create_dir(&foreign).unwrap();
            set_mode(&foreign, 0o755);
            chown(&foreign, Some(65_534), None).unwrap();
        }
        let error = private_directory(&foreign).unwrap_err();
        assert!(matches!(error, DirectoryError::Foreign { .. }), "{error:?}");
        assert!(error.to_string().contains("belongs to uid"), "{error}");
        assert_eq!(mode(&foreign), 0o755);
    }
}
