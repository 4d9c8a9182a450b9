//! A directory whose files are written and made, however often it goes and comes again itself.

use std::io;
use std::path::{Path, PathBuf};

use nix::sys::inotify::AddWatchFlags;

use super::arrivals::arrived;
use super::watching::{Notice, Watching};

/// A directory whose files are written and made; it need not be there yet.
#[derive(Debug)]
pub struct Changes {
    directory: PathBuf,
    /// While the directory is there.
    watching: Option<Watching>,
}

impl Changes {
    /// Watches from now on: what is written between this and a first look is seen by either.
    pub fn of(directory: &Path) -> io::Result<Self> {
        Ok(Self { directory: directory.to_owned(), watching: watched(directory)? })
    }

    /// Waits until something may have changed. It has no deadline: there may never be anything.
    pub async fn came(&mut self) -> io::Result<()> {
        let Some(watching) = &self.watching else {
            arrived(&self.directory).await?;
            self.watching = watched(&self.directory)?;
            return Ok(());
        };
        // One above it may have been moved away, which only its path shows.
        if watching.came().await? == Notice::End || !self.directory.is_dir() {
            self.watching = None;
        }
        Ok(())
    }
}

fn watched(directory: &Path) -> io::Result<Option<Watching>> {
    match Watching::on(directory, AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_CREATE) {
        Ok(watching) => Ok(Some(watching)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
