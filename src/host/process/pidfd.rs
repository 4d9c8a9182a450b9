//! One process, held by a descriptor: its end is an event, and a signal never reaches another
//! process that got the same pid later.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::sleep;

/// Nothing tells when a kernel that is out of descriptors or memory has some again.
const ASK_AGAIN: Duration = Duration::from_millis(500);

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

    /// Waits until there is no process of this pid; at once when there is none. A question that
    /// the kernel does not answer, for want of descriptors say, is no absence: it is asked again.
    pub async fn until_gone(pid: u32) {
        loop {
            let asked = match Self::open(pid) {
                Ok(process) => process.gone().await,
                // ESRCH; or this is no process but a thread of another one, or no pid at all.
                Err(error) if is_absence(&error) => return,
                Err(error) => Err(error),
            };
            match asked {
                Ok(()) => return,
                Err(error) => tracing::warn!(pid, %error, "hold a process; it is tried again"),
            }
            sleep(ASK_AGAIN).await;
        }
    }

    /// Sends a signal; an error when the process is gone or another uid's.
    pub fn signal(&self, signal: i32) -> io::Result<()> {
        let signal = Signal::from_named_raw(signal).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(pidfd_send_signal(&self.descriptor, signal)?)
    }
}

/// Whether the kernel says that there is no such process.
fn is_absence(error: &io::Error) -> bool {
    error.raw_os_error() == Some(nix::libc::ESRCH) || error.kind() == io::ErrorKind::InvalidInput
}

impl AsFd for PidFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}
