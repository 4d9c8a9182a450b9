//! Files that arrive or go, told by inotify; it reads none of them.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd, RawFd};
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use tokio::io::unix::AsyncFd;

/// A directory that was just made may get a file system mounted over it, which tells nobody: what
/// arrives in there is looked for once more after so long. systemd needs some milliseconds.
const MOUNTED_WITHIN: Duration = Duration::from_secs(5);

/// A directory into which files are moved whole.
#[derive(Debug)]
pub struct Arrivals(AsyncFd<Watching>);

/// An inotify instance that tokio can wait for.
#[derive(Debug)]
struct Watching(Inotify);

impl AsRawFd for Watching {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Arrivals {
    /// Watches from now on: what arrives between this and a first look is seen by either.
    pub fn of(directory: &Path) -> io::Result<Self> {
        Self::by(directory, AddWatchFlags::IN_MOVED_TO)
    }

    /// The same for what is made there, too, and for the end of the directory itself.
    fn made_in(directory: &Path) -> io::Result<Self> {
        let made = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO;
        Self::by(directory, made | AddWatchFlags::IN_DELETE_SELF | AddWatchFlags::IN_MOVE_SELF)
    }

    #[expect(
        deprecated,
        reason = "`register` is unsafe for types that may change their descriptor; this one owns it"
    )]
    fn by(directory: &Path, events: AddWatchFlags) -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        inotify.add_watch(directory, events | AddWatchFlags::IN_ONLYDIR)?;
        Ok(Self(AsyncFd::new(Watching(inotify))?))
    }

    /// Waits until something has arrived. It has no deadline: there may never be anything.
    pub async fn came(&self) -> io::Result<()> {
        loop {
            let mut ready = self.0.readable().await?;
            match self.0.get_ref().0.read_events() {
                Ok(_) => return Ok(()),
                Err(Errno::EAGAIN) => ready.clear_ready(),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Waits until something lies at this path, however many of the directories above it are missing
/// now, come or go. It has no deadline: there may never be anything. An error: nothing can be
/// watched.
pub async fn arrived(path: &Path) -> io::Result<()> {
    let mut watched = None;
    loop {
        let nearest = path.ancestors().skip(1).find(|above| above.is_dir());
        let Some(nearest) = nearest else { return Err(io::ErrorKind::NotFound.into()) };
        let arrivals = match Arrivals::made_in(nearest) {
            Ok(arrivals) => arrivals,
            // It has just gone: the one above it is the nearest now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        // After the watch has begun: what arrives meanwhile is seen by either.
        if path.symlink_metadata().is_ok() {
            return Ok(());
        }
        // A nearer one has come between the look and the watch.
        if path.ancestors().skip(1).find(|above| above.is_dir()) != Some(nearest) {
            continue;
        }
        let is_new = watched.as_deref() != Some(nearest);
        watched = Some(nearest.to_owned());
        if is_new {
            if let Ok(came) = tokio::time::timeout(MOUNTED_WITHIN, arrivals.came()).await {
                came?;
            }
        } else {
            arrivals.came().await?;
        }
    }
}

/// Waits until nothing lies at this path any more; at once when nothing does. It has no deadline:
/// it may lie there for ever. An error: its directory cannot be watched.
pub async fn departed(path: &Path) -> io::Result<()> {
    let Some(directory) = path.parent() else { return Err(io::ErrorKind::NotFound.into()) };
    let goes = AddWatchFlags::IN_DELETE | AddWatchFlags::IN_MOVED_FROM;
    let ends = AddWatchFlags::IN_DELETE_SELF | AddWatchFlags::IN_MOVE_SELF;
    let changes = match Arrivals::by(directory, goes | ends) {
        Ok(changes) => changes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    // After the watch has begun: what goes meanwhile is seen by either.
    while path.symlink_metadata().is_ok() {
        changes.came().await?;
    }
    Ok(())
}
