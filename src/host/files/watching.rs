//! One directory of which the kernel tells; which of its files it was is not kept.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd, RawFd};
use std::path::Path;

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use tokio::io::unix::AsyncFd;

/// A directory that is watched.
#[derive(Debug)]
pub(super) struct Watching(AsyncFd<Owned>);

/// What came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice {
    /// Something happened in the directory.
    Inside,
    /// The directory went: another one at its path is not watched.
    End,
}

/// An inotify instance that tokio can wait for.
#[derive(Debug)]
struct Owned(Inotify);

impl AsRawFd for Owned {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Watching {
    /// Watches from now on: what happens between this and a first look is seen by either. An
    /// error of kind `NotFound` means that there is no such directory.
    #[expect(
        deprecated,
        reason = "`register` is unsafe for types that may change their descriptor; this one owns it"
    )]
    pub(super) fn on(directory: &Path, events: AddWatchFlags) -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        inotify.add_watch(directory, events | gone() | AddWatchFlags::IN_ONLYDIR)?;
        Ok(Self(AsyncFd::new(Owned(inotify))?))
    }

    /// Waits until something has come. It has no deadline: there may never be anything.
    pub(super) async fn came(&self) -> io::Result<Notice> {
        loop {
            let mut ready = self.0.readable().await?;
            match self.0.get_ref().0.read_events() {
                Ok(events) if events.iter().any(|event| event.mask.intersects(gone())) => {
                    return Ok(Notice::End);
                }
                Ok(_) => return Ok(Notice::Inside),
                Err(Errno::EAGAIN) => ready.clear_ready(),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn gone() -> AddWatchFlags {
    AddWatchFlags::IN_DELETE_SELF | AddWatchFlags::IN_MOVE_SELF
}
