//! The one supervisor of a tenant, and who it is; a look at the lock never takes it.
//!
//! The lock is an open-file-description lock on the whole file: the kernel drops it with its
//! holder, and others can ask for it without taking it, so that `ps` can never make a
//! supervisor that starts at the same moment believe that another one runs. The file's text
//! says who holds it; it follows the lock by a moment, which whoever reads it waits for.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use serde::{Deserialize, Serialize};

use super::stat::started;
use crate::clock;
use crate::fleet::rfc3339;

/// From the lock to the text are two system calls; a holder that needs longer was stopped.
const TEXT_WAIT_MS: u64 = 1000;

/// A holder may leave between the try and the look; so often in a row it is no accident.
const TRIES_MAX: u32 = 10;

/// Who keeps a supervisor alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptBy {
    /// Its unit.
    Systemd,
    /// Nobody: it was started in the background.
    Detached,
    /// The terminal that it runs in.
    Foreground,
}

impl KeptBy {
    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Detached => "detached",
            Self::Foreground => "foreground",
        }
    }
}

/// The supervisor that holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// Since when it runs, milliseconds since 1970.
    pub since_ms: u64,
    /// Who keeps it.
    pub how: KeptBy,
    /// Its version.
    pub version: String,
    /// When its process started, in clock ticks since the boot: tells it from a later process
    /// with the same pid.
    pub started: u64,
}

impl Holder {
    /// This process.
    pub fn this_process(how: KeptBy, since_ms: u64, version: &str) -> Self {
        let pid = std::process::id();
        let started = started(pid).unwrap_or(0);
        Self { pid, since_ms, how, version: version.to_owned(), started }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = rfc3339(self.since_ms);
        let how = self.how.as_str();
        write!(out, "pid {}, since {since}, {how}, version {}", self.pid, self.version)
    }
}

/// Why the lock was not taken, or nobody can say who holds it.
#[derive(Debug)]
pub enum LockError {
    /// Another supervisor holds it.
    Held(Holder),
    /// Somebody holds it and does not say who.
    HeldUnnamed(PathBuf),
    /// The kernel said no: what was attempted.
    Io {
        /// The lock's file.
        path: PathBuf,
        /// What was attempted.
        attempt: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

impl fmt::Display for LockError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(holder) => write!(out, "a supervisor already runs: {holder}"),
            Self::HeldUnnamed(path) => write!(
                out,
                "a process holds the lock {} and does not say which it is; `fuser {0}` names it",
                path.display()
            ),
            Self::Io { path, attempt, .. } => {
                write!(out, "cannot {attempt} the lock {}", path.display())
            }
        }
    }
}

impl std::error::Error for LockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Held(_) | Self::HeldUnnamed(_) => None,
        }
    }
}

/// The lock, for as long as this value lives. Its file stays: to remove it would let two
/// supervisors hold two files of one name.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock and says who holds it now, or says who does.
    pub fn take(path: &Path, new: &Holder) -> Result<Self, LockError> {
        let failed = |attempt| move |source| io_error(path, attempt, source);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).mode(0o600);
        options.custom_flags(OFlag::O_NOFOLLOW.bits());
        let file = options.open(path).map_err(failed("open"))?;
        for _ in 0..TRIES_MAX {
            if try_lock(&file).map_err(failed("take"))? {
                let mut lock = Self { file };
                lock.write(new).map_err(failed("write"))?;
                return Ok(lock);
            }
            if let Some(holder) = holder(path)? {
                return Err(LockError::Held(holder));
            }
        }
        Err(LockError::HeldUnnamed(path.to_owned()))
    }

    /// One write of the whole text, so that a reader finds nothing, or all of it.
    fn write(&mut self, holder: &Holder) -> io::Result<()> {
        let mut text = serde_json::to_string(holder)?;
        text.push('\n');
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only for people who look into the file: the kernel drops the lock, text or not.
        self.file.set_len(0).ok();
    }
}

/// Who holds the lock; `None` when nobody does, whatever the file says.
///
/// In the moment between a supervisor's lock and its text it waits, for a second at most.
pub fn holder(path: &Path) -> Result<Option<Holder>, LockError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(path, "open", error)),
    };
    look(path, &file).map_err(|error| io_error(path, "look at", error))?
}

/// A text without its process is that of a holder that was killed: the next one is writing.
fn look(path: &Path, file: &File) -> io::Result<Result<Option<Holder>, LockError>> {
    let is_current = |holder: &Holder| started(holder.pid) == Some(holder.started);
    let changes = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
    changes.add_watch(path, AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_CLOSE_WRITE)?;
    let deadline = clock::mono_ms() + TEXT_WAIT_MS;
    loop {
        if !is_locked(file)? {
            return Ok(Ok(None));
        }
        let holder = read(file)?;
        let left = deadline.saturating_sub(clock::mono_ms());
        if left == 0 || holder.as_ref().is_some_and(is_current) {
            // Out of time: the holder may run where this process cannot see it.
            let unnamed = || LockError::HeldUnnamed(path.to_owned());
            return Ok(holder.ok_or_else(unnamed).map(Some));
        }
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        poll(&mut [PollFd::new(changes.as_fd(), PollFlags::POLLIN)], timeout)?;
        // What changed does not matter: all is read again.
        changes.read_events().ok();
    }
}

fn read(mut file: &File) -> io::Result<Option<Holder>> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text).ok())
}

/// Whether this file is locked for us now.
fn try_lock(file: &File) -> io::Result<bool> {
    match fcntl(file, FcntlArg::F_OFD_SETLK(&whole_file())) {
        Ok(_) => Ok(true),
        Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EACCES) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether somebody holds it; takes nothing.
fn is_locked(file: &File) -> io::Result<bool> {
    let mut lock = whole_file();
    fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock))?;
    Ok(i32::from(lock.l_type) != libc::F_UNLCK)
}

#[expect(clippy::cast_possible_truncation, reason = "both constants fit: 1 and 0")]
fn whole_file() -> libc::flock {
    libc::flock {
        l_type: libc::F_WRLCK as i16,
        l_whence: libc::SEEK_SET as i16,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

fn io_error(path: &Path, attempt: &'static str, source: io::Error) -> LockError {
    LockError::Io { path: path.to_owned(), attempt, source }
}
