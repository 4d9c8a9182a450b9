//! A process that cannot be mistaken for another one: its pidfd, awaited without polling.

use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A process.
#[derive(Debug)]
pub struct PidFd {
    file: AsyncFd<OwnedFd>,
}

impl PidFd {
    /// Opens the process of this pid; an error when there is none. Call it inside the async
    /// runtime.
    pub fn open(pid: u32) -> io::Result<Self> {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        let file = pidfd_open(pid, PidfdFlags::NONBLOCK)?;
        #[expect(
            deprecated,
            reason = "its successor is unsafe; an OwnedFd closes only when dropped"
        )]
        let file = AsyncFd::with_interest(file, Interest::READABLE)?;
        Ok(Self { file })
    }

    /// Waits until it is gone.
    pub async fn gone(&self) -> io::Result<()> {
        self.file.readable().await.map(drop)
    }

    /// Signals exactly this process; one that is gone gets nothing.
    pub fn signal(&self, signal: i32) -> io::Result<()> {
        let signal = Signal::from_named_raw(signal);
        let signal = signal.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(pidfd_send_signal(self.file.get_ref(), signal)?)
    }
}
