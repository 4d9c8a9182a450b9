//! Why the journal did not do what it was asked, and what to do next; it never hides a cause.

use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;

use super::writable::{self, Unwritable};

/// Why the journal did not do what it was asked.
#[derive(Debug, Clone)]
pub enum JournalError {
    /// The disk has no room. Nothing of the request was stored.
    Full {
        /// The database.
        path: PathBuf,
    },
    /// The file, its directory, or the disk they lie on, cannot be written.
    ReadOnly {
        /// The database.
        path: PathBuf,
        /// What the kernel says of it; SQLite may know better.
        why: Option<Unwritable>,
    },
    /// It belongs to another user, who alone may do what was attempted.
    Foreign {
        /// The database.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// What is stored contradicts itself.
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What contradicts what.
        what: String,
    },
    /// It is whole in itself, and not what was signed.
    Unproven {
        /// The database.
        path: PathBuf,
        /// Which checkpoint says what.
        what: String,
    },
    /// The key that signs checkpoints cannot be used.
    Key {
        /// The key.
        path: PathBuf,
        /// Why.
        what: String,
    },
    /// A database, but not one of ours.
    NotAJournal {
        /// The database.
        path: PathBuf,
    },
    /// A newer mosaic wrote it.
    NewerVersion {
        /// The database.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format that we know.
        ours: i64,
    },
    /// Another program keeps it locked.
    Busy {
        /// The database.
        path: PathBuf,
    },
    /// The idempotency key has an answer already. Nothing of the request was stored.
    KeyUsed {
        /// The key.
        key: String,
    },
    /// One event cannot be understood by this mosaic.
    Unreadable {
        /// Its place.
        seq: u64,
        /// Its type.
        kind: String,
        /// What is wrong with it.
        why: String,
    },
    /// The journal was closed, or its thread has ended.
    Closed {
        /// The database.
        path: PathBuf,
    },
    /// SQLite could not: what was attempted.
    Sql {
        /// The database.
        path: PathBuf,
        /// What was attempted.
        attempt: &'static str,
        /// What SQLite said.
        source: Arc<rusqlite::Error>,
    },
    /// The file system could not: what was attempted.
    Io {
        /// The database.
        path: PathBuf,
        /// What was attempted.
        attempt: &'static str,
        /// What the kernel said.
        source: Arc<io::Error>,
    },
}

impl JournalError {
    /// Sorts what SQLite said into what a caller can act on.
    pub(super) fn sql(path: &Path, attempt: &'static str, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match kind(&error) {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { why: writable::journal(&path), path },
            // A file that was opened to be written says so only when it is.
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                match writable::journal(&path) {
                    Some(why) => Self::ReadOnly { path, why: Some(why) },
                    None => Self::Sql { path, attempt, source: Arc::new(error) },
                }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { path, what: error.to_string() }
            }
            _ => Self::Sql { path, attempt, source: Arc::new(error) },
        }
    }

    pub(super) fn io(path: &Path, attempt: &'static str, error: io::Error) -> Self {
        let path = path.to_owned();
        let kind = error.kind();
        if matches!(kind, io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            Self::Full { path }
        } else if kind == io::ErrorKind::ReadOnlyFilesystem {
            Self::ReadOnly { why: writable::journal(&path), path }
        } else if let Some(owner) = other_owner(&path)
            && kind == io::ErrorKind::PermissionDenied
        {
            Self::Foreign { path, owner }
        } else {
            Self::Io { path, attempt, source: Arc::new(error) }
        }
    }

    /// Whether it is another user's, or this one may not open or write it.
    pub fn is_forbidden(&self) -> bool {
        match self {
            Self::Foreign { .. } => true,
            Self::ReadOnly { why, .. } => why.as_ref().is_some_and(Unwritable::is_forbidden),
            Self::Io { source, .. } => source.kind() == io::ErrorKind::PermissionDenied,
            Self::Full { .. }
            | Self::Corrupt { .. }
            | Self::Unproven { .. }
            | Self::Key { .. }
            | Self::NotAJournal { .. }
            | Self::NewerVersion { .. }
            | Self::Busy { .. }
            | Self::KeyUsed { .. }
            | Self::Unreadable { .. }
            | Self::Closed { .. }
            | Self::Sql { .. } => false,
        }
    }

    /// The sentence, with what SQLite or the kernel said where that is not in it.
    pub fn whole(&self) -> String {
        match std::error::Error::source(self) {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }

    pub(super) fn corrupt(path: &Path, what: String) -> Self {
        Self::Corrupt { path: path.to_owned(), what }
    }
}

/// Whose the database is, where it is not ours.
fn other_owner(path: &Path) -> Option<u32> {
    let owner = std::fs::metadata(path).ok()?.uid();
    (owner != nix::unistd::geteuid().as_raw()).then_some(owner)
}

/// SQLite's primary code; a lack of room for the index of the WAL comes as an I/O error.
fn kind(error: &rusqlite::Error) -> Option<ErrorCode> {
    let failure = error.sqlite_error()?;
    if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE {
        return Some(ErrorCode::DiskFull);
    }
    Some(failure.code)
}

impl fmt::Display for JournalError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { path } => write!(
                out,
                "the disk is full: no space left for the journal {}; nothing was stored; free space on its disk and \
                 try again",
                path.display()
            ),
            Self::ReadOnly { path, why: None } => write!(
                out,
                "the journal {} cannot be written; make it and its directory writable for you and \
                 try again",
                path.display()
            ),
            Self::ReadOnly { path, why: Some(why) } => {
                write!(out, "the journal {} cannot be written: {why} and try again", path.display())
            }
            Self::Foreign { path, owner } => write!(
                out,
                "the journal {} belongs to uid {owner}, not to you (uid {}); give it to you with \
                 `chown`, or move it away",
                path.display(),
                nix::unistd::geteuid()
            ),
            Self::Corrupt { path, what } => write!(
                out,
                "the journal {} is damaged: {what}; move it and its -wal file away, keep both, and \
                 start again with a backup or without a journal",
                path.display()
            ),
            Self::Unproven { path, what } => write!(
                out,
                "the journal {} is not the one that was signed: {what}; `mosaic events verify` \
                 tells more; put the newest copy back or, where this one is meant, move {} away \
                 and start again",
                path.display(),
                path.with_extension("checkpoints").display()
            ),
            Self::Key { path, what } => write!(
                out,
                "the key {} that signs the journal's checkpoints cannot be used: {what}; put it \
                 right, or move it and the .checkpoints file beside it away: then a new key is \
                 made, and what was signed before is not proven any more",
                path.display()
            ),
            Self::NotAJournal { path } => write!(
                out,
                "{} is a database but not a journal of mosaic; move it away and start again",
                path.display()
            ),
            Self::NewerVersion { path, found, ours } => write!(
                out,
                "the journal {} has format {found} and this mosaic knows formats up to {ours}; \
                 install the mosaic that wrote it, or a newer one",
                path.display()
            ),
            Self::Busy { path } => write!(
                out,
                "another program keeps the journal {} locked; end it (sqlite3?) and try again",
                path.display()
            ),
            Self::KeyUsed { key } => write!(
                out,
                "the idempotency key \"{key}\" has an answer already; nothing was stored; ask \
                 again with another key"
            ),
            Self::Unreadable { seq, kind, why } => write!(
                out,
                "cannot understand event {seq} of the journal (`{kind}`): {why}; install the \
                 mosaic that wrote it, or a newer one"
            ),
            Self::Closed { path } => write!(
                out,
                "the journal {} is closed; `mosaic fleet up` opens it again",
                path.display()
            ),
            Self::Sql { path, attempt, .. } | Self::Io { path, attempt, .. } => {
                write!(out, "cannot {attempt} the journal {}", path.display())
            }
        }
    }
}

impl std::error::Error for JournalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Sql { source, .. } => Some(source.as_ref()),
            Self::Io { source, .. } => Some(source.as_ref()),
            Self::Full { .. }
            | Self::ReadOnly { .. }
            | Self::Foreign { .. }
            | Self::Corrupt { .. }
            | Self::Unproven { .. }
            | Self::Key { .. }
            | Self::NotAJournal { .. }
            | Self::NewerVersion { .. }
            | Self::Busy { .. }
            | Self::KeyUsed { .. }
            | Self::Unreadable { .. }
            | Self::Closed { .. } => None,
        }
    }
}
