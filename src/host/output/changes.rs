//! A directory of segments that changes, told by inotify; it reads none of them.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd, RawFd};
use std::path::Path;

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use tokio::io::unix::AsyncFd;

/// A directory whose files are written and made.
#[derive(Debug)]
pub struct Changes(AsyncFd<Watching>);

#[derive(Debug)]
struct Watching(Inotify);

impl AsRawFd for Watching {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Changes {
    /// Watches from now on: what is written between this and a first look is seen by either.
    #[expect(
        deprecated,
        reason = "`register` is unsafe for types that may change their descriptor; this one owns it"
    )]
    pub fn of(directory: &Path) -> io::Result<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        let events = AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_CREATE;
        let gone = AddWatchFlags::IN_DELETE_SELF | AddWatchFlags::IN_MOVE_SELF;
        inotify.add_watch(directory, events | gone | AddWatchFlags::IN_ONLYDIR)?;
        Ok(Self(AsyncFd::new(Watching(inotify))?))
    }

    /// Waits until something has changed. It has no deadline: there may never be anything.
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
