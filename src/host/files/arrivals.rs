//! Files that arrive or go, told by inotify; it reads none of them.

use std::io;
use std::path::Path;
use std::time::Duration;

use nix::sys::inotify::AddWatchFlags;

use super::watching::Watching;

/// A directory that was just made may get a file system mounted over it, which tells nobody: what
/// arrives in there is looked for once more after so long. systemd needs some milliseconds.
const MOUNTED_WITHIN: Duration = Duration::from_secs(5);

/// A directory into which files are moved whole.
#[derive(Debug)]
pub struct Arrivals(Watching);

impl Arrivals {
    /// Watches from now on: what arrives between this and a first look is seen by either.
    pub fn of(directory: &Path) -> io::Result<Self> {
        Watching::on(directory, AddWatchFlags::IN_MOVED_TO).map(Self)
    }

    /// Waits until something has arrived. It has no deadline: there may never be anything.
    pub async fn came(&self) -> io::Result<()> {
        self.0.came().await.map(drop)
    }
}

/// Waits until something lies at this path, however many of the directories above it are missing
/// now, come or go. It has no deadline: there may never be anything. An error: nothing can be
/// watched.
pub async fn arrived(path: &Path) -> io::Result<()> {
    let made = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO;
    let mut watched = None;
    loop {
        let nearest = path.ancestors().skip(1).find(|above| above.is_dir());
        let Some(nearest) = nearest else { return Err(io::ErrorKind::NotFound.into()) };
        let arrivals = match Watching::on(nearest, made) {
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
    let changes = match Watching::on(directory, goes) {
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
