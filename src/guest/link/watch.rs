//! A look at the directories in which a socket can appear: no clock has to be asked.

use std::ffi::OsString;
use std::fs;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::path::Path;

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

/// A watch.
#[derive(Debug)]
pub struct Watch {
    inotify: Inotify,
    names: Vec<OsString>,
}

impl Watch {
    /// Watches the directories in which the socket, and the link to it, may appear. `None` when
    /// the kernel has no watch to give; the clock then does alone.
    pub fn over(socket: &Path) -> Option<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC).ok()?;
        let mut names = Vec::new();
        let target = fs::read_link(socket).ok().map(|target| match socket.parent() {
            Some(beside) => beside.join(target),
            None => target,
        });
        for path in [Some(socket.to_owned()), target].into_iter().flatten() {
            let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
                continue;
            };
            let appears = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO;
            if inotify.add_watch(directory, appears).is_ok() {
                names.push(name.to_owned());
            }
        }
        (!names.is_empty()).then_some(Self { inotify, names })
    }

    /// What to wait for.
    pub fn interest(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// Whether something of the socket's name has appeared since the last question.
    pub fn saw_socket(&self) -> bool {
        let mut saw = false;
        while let Ok(events) = self.inotify.read_events() {
            // An event without a name says that the queue overflowed: it may have been ours.
            saw |= events
                .iter()
                .any(|event| event.name.as_ref().is_none_or(|name| self.names.contains(name)));
        }
        saw
    }
}
