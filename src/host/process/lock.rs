//! The lock of the one supervisor: the kernel's, so that a stale one cannot be.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};

/// Who holds the lock, as the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// Since when, milliseconds since 1970.
    pub since_ms: u64,
    /// `systemd`, `detached` or `foreground`.
    pub how: String,
    /// Its version.
    pub version: String,
}

impl Holder {
    /// This process, from now on.
    pub fn of_this_process(how: &str, now_ms: u64) -> Self {
        Self {
            pid: std::process::id(),
            since_ms: now_ms,
            how: how.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// The lock, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: Flock<File>,
}

/// Why the lock is not ours.
#[derive(Debug)]
pub enum LockError {
    /// Somebody holds it.
    Held {
        /// The file.
        path: PathBuf,
        /// Who, when the file says.
        holder: Option<Holder>,
    },
    /// It cannot be taken.
    Io {
        /// The file.
        path: PathBuf,
        /// What the kernel says.
        error: io::Error,
    },
}

impl fmt::Display for LockError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held { holder: Some(holder), .. } => {
                let since = crate::clock::rfc3339(holder.since_ms);
                write!(
                    out,
                    "a supervisor already runs: pid {}, {}, since {since}; `mosaic fleet ps` asks it",
                    holder.pid, holder.how
                )
            }
            Self::Held { path, holder: None } => {
                write!(out, "a supervisor already runs: it holds {}", path.display())
            }
            Self::Io { path, error } => write!(out, "take the lock {}: {error}", path.display()),
        }
    }
}

impl std::error::Error for LockError {}

impl Lock {
    /// Takes the lock, and writes down who has it.
    pub fn take(path: &Path, holder: &Holder) -> Result<Self, LockError> {
        let failed = |error| LockError::Io { path: path.to_owned(), error };
        let file = open(path).map_err(failed)?;
        let mut file = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(file) => file,
            Err((mut file, Errno::EWOULDBLOCK)) => {
                return Err(LockError::Held { path: path.to_owned(), holder: read(&mut file) });
            }
            Err((_, error)) => return Err(failed(error.into())),
        };
        write(&mut file, holder).map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// Who holds the lock now; `None` when nobody does.
pub fn holder(path: &Path) -> Option<Holder> {
    let file = File::open(path).ok()?;
    match Flock::lock(file, FlockArg::LockSharedNonblock) {
        Ok(_free) => None,
        Err((mut file, _)) => read(&mut file),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn write(file: &mut File, holder: &Holder) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    serde_json::to_writer(&mut *file, holder)?;
    file.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::{Holder, Lock, LockError, holder};

    #[test]
    fn a_second_taker_is_told_who_holds_it_and_a_stale_file_holds_nothing() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lock");
        let me = Holder::of_this_process("foreground", 1000);
        let lock = Lock::take(&path, &me).unwrap();
        let Err(LockError::Held { holder: Some(found), .. }) = Lock::take(&path, &me) else {
            panic!("the lock was taken twice");
        };
        assert_eq!(found, me);
        assert_eq!(holder(&path), Some(me.clone()));
        drop(lock);
        assert_eq!(holder(&path), None, "the file is there, the lock is not");
        Lock::take(&path, &me).unwrap();
    }
}
