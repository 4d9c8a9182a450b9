//! One process, held by a descriptor: its end is an event, and a signal never reaches another
//! process that got the same pid later.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A process.
#[derive(Debug)]
pub struct PidFd {
    descriptor: OwnedFd,
}

impl PidFd {
    /// Takes hold of a process; an error when there is none of this pid.
    pub fn open(pid: u32) -> io::Result<Self> {
        let pid = i32::try_from(pid).ok().filter(|pid| *pid > 0).and_then(Pid::from_raw);
        let pid = pid.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self { descriptor: pidfd_open(pid, PidfdFlags::empty())? })
    }

    /// Waits until the process is dead; it may still be a zombie that its parent has to take.
    /// It has no deadline of its own: processes may live for ever.
    pub async fn gone(&self) -> io::Result<()> {
        // A descriptor of its own, so that two can wait at once.
        let descriptor = self.descriptor.try_clone()?;
        #[expect(
            deprecated,
            reason = "its successor is unsafe for types whose descriptor may change or close; \
                      that of an OwnedFd does neither"
        )]
        let descriptor = AsyncFd::with_interest(descriptor, Interest::READABLE)?;
        descriptor.readable().await?.retain_ready();
        Ok(())
    }

    /// Sends a signal; an error when the process is gone or another uid's.
    pub fn signal(&self, signal: i32) -> io::Result<()> {
        let signal = Signal::from_named_raw(signal).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(pidfd_send_signal(&self.descriptor, signal)?)
    }
}

impl AsFd for PidFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}
