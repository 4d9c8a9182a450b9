//! Whether the journal can be written, as the kernel says; it opens nothing, for to close a file
//! again would drop SQLite's locks on it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};

/// What cannot be written, why, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritable {
    /// A file of the journal, or their directory.
    place: PathBuf,
    /// What the kernel said.
    why: Errno,
    cure: &'static str,
}

impl Unwritable {
    /// Whether another user could write it, and not only nobody.
    pub(super) fn is_forbidden(&self) -> bool {
        self.why == Errno::EACCES
    }
}

impl fmt::Display for Unwritable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}; {}", self.place.display(), io::Error::from(self.why), self.cure)
    }
}

/// Why nothing can be made or removed in the directory of a journal. SQLite would go on for a
/// while with the files that it has open; but who starts an agent needs files beside them, and a
/// command that is acknowledged must be one that can be done.
pub(super) fn directory(journal: &Path) -> Option<Unwritable> {
    let directory = journal.parent().filter(|parent| !parent.as_os_str().is_empty());
    asked(directory.unwrap_or(Path::new(".")))
}

/// Why a journal cannot be written: its directory, the database or its log.
pub(super) fn journal(journal: &Path) -> Option<Unwritable> {
    let mut log = journal.as_os_str().to_owned();
    log.push("-wal");
    directory(journal).or_else(|| asked(journal)).or_else(|| asked(Path::new(&log)))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "three numbers say that it cannot be written")]
fn asked(place: &Path) -> Option<Unwritable> {
    let why = access(place, AccessFlags::W_OK).err()?;
    let cure = match why {
        Errno::EROFS => {
            "mount its file system writable again (`findmnt -T` shows it, `dmesg` why a disk became \
             read-only)"
        }
        Errno::EPERM => "take away what makes it immutable (`lsattr -d` shows it)",
        Errno::EACCES => "make it writable for you",
        // As that there is no such file: it says nothing about writing.
        _ => return None,
    };
    Some(Unwritable { place: place.to_owned(), why, cure })
}
