//! What of this fleet runs outside its units, in the login session that it was started from;
//! ends nothing that has not answered on our own socket.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::EnableError;
use crate::host::systemd::{UnitSeen, unit_of, units};
use crate::places::Places;

/// A listening process accepts within milliseconds; one that is stopped never does.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// A supervisor drains, and tmux hangs up on its panes, well within this.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// One process of the fleet outside its unit.
#[derive(Debug)]
pub struct Detached {
    /// `supervisor` or `tmux server`.
    what: &'static str,
    pid: i32,
    /// Where it lives now.
    unit: Option<String>,
    /// The process itself, whoever may get its pid later. No connection is held: a tmux
    /// server does not end while it has a client.
    handle: AsyncFd<OwnedFd>,
}

/// Finds the supervisor and the tmux server if they run outside their units.
pub async fn find(places: &Places, seen: &[UnitSeen]) -> Result<Vec<Detached>, EnableError> {
    let is_up = |unit: &str| seen.iter().any(|seen| seen.name == unit && seen.is_up());
    let mut found = Vec::new();
    // A connection to the control socket would wake the supervisor of an active socket unit.
    if !is_up(units::CONTROL) && !is_up(units::SUPERVISOR) {
        found.extend(behind(&places.control(), "supervisor", units::SUPERVISOR).await?);
    }
    if !is_up(units::TMUX) {
        found.extend(behind(&places.tmux(), "tmux server", units::TMUX).await?);
    }
    Ok(found)
}

/// What must restart, in one sentence.
pub fn sentence(detached: &[Detached]) -> String {
    let one = |process: &Detached| {
        let unit = process.unit.as_deref().unwrap_or("no unit");
        let agents = if process.what == "tmux server" { " with every agent in it" } else { "" };
        format!("the {} (pid {}, in {unit}){agents}", process.what, process.pid)
    };
    let all: Vec<_> = detached.iter().map(one).collect();
    format!("to leave the login session, {} must restart", all.join(" and "))
}

/// Ends them, the supervisor first, so that it does not mourn the tmux server.
pub async fn end(detached: Vec<Detached>) -> Result<Vec<String>, EnableError> {
    let mut done = Vec::new();
    for process in detached {
        let (what, pid) = (process.what, process.pid);
        signal(&process, Signal::TERM)?;
        if timeout(GONE_WITHIN, process.handle.readable()).await.is_err() {
            signal(&process, Signal::KILL)?;
            if timeout(GONE_WITHIN, process.handle.readable()).await.is_err() {
                return Err(EnableError::Refused(format!(
                    "the {what} (pid {pid}) does not end; end it, then run \"mosaic fleet enable \
                     --now\" again; the units are enabled and were not started"
                )));
            }
        }
        done.push(format!("ended the detached {what} (pid {pid})"));
    }
    Ok(done)
}

/// Who listens on a socket, unless it is the unit that should.
async fn behind(
    socket: &Path,
    what: &'static str,
    unit: &str,
) -> Result<Option<Detached>, EnableError> {
    let failed = |source| EnableError::files("look who listens on", socket, source);
    let connection = match timeout(CONNECTED_WITHIN, UnixStream::connect(socket)).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) if is_nobody(&error) => return Ok(None),
        Ok(Err(error)) => return Err(failed(error)),
        Err(_) => return Err(failed(io::ErrorKind::TimedOut.into())),
    };
    let peer = connection.peer_cred().map_err(failed)?;
    let Some(pid) = peer.pid().filter(|pid| *pid > 0) else {
        return Err(failed(io::Error::other("the kernel does not say whose it is")));
    };
    let handle = Pid::from_raw(pid).ok_or(Errno::SRCH);
    let handle = handle.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()));
    // As long as the other side is open it lives, and the handle is not of a successor.
    if !is_open(&connection).map_err(failed)? {
        return Ok(None);
    }
    let handle = handle.map_err(|error| failed(error.into()))?;
    let handle = AsyncFd::with_interest(handle, Interest::READABLE).map_err(failed)?;
    let lives_in = unit_of(pid.unsigned_abs()).map_err(failed)?;
    let detached = lives_in.as_deref() != Some(unit);
    Ok(detached.then_some(Detached { what, pid, unit: lives_in, handle }))
}

fn is_nobody(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

/// Whether the other side still holds its end.
fn is_open(connection: &UnixStream) -> io::Result<bool> {
    match connection.try_read(&mut [0; 1]) {
        Ok(length) => Ok(length > 0),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(false),
        Err(error) => Err(error),
    }
}

fn signal(process: &Detached, signal: Signal) -> Result<(), EnableError> {
    match pidfd_send_signal(process.handle.get_ref(), signal) {
        // It is gone already: that is what was wanted.
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(error) => {
            let attempt = format!("end the {} (pid {})", process.what, process.pid);
            Err(EnableError::Files { attempt, source: error.into() })
        }
    }
}
