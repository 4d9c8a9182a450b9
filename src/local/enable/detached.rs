//! What of this fleet runs outside its units, in the login session that it was started from;
//! ends nothing that has not answered on our own socket.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::path::Path;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, recv};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::EnableError;
use crate::host::systemd::{UnitSeen, unit_of, units};
use crate::places::Places;

/// A listening process accepts within milliseconds; one that is stopped never does.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// A supervisor drains, and tmux hangs up on its panes, well within these ten seconds.
const GONE_WITHIN_MS: u16 = 10_000;

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
    handle: OwnedFd,
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
        // A pidfd is waited for in a thread: tokio takes foreign descriptors only unsafely.
        let ended = tokio::task::spawn_blocking(move || end_one(&process)).await;
        let ended = ended.map_err(|error| EnableError::Files {
            attempt: "wait for a detached process".to_owned(),
            source: error.into(),
        })?;
        done.push(ended?);
    }
    Ok(done)
}

fn end_one(process: &Detached) -> Result<String, EnableError> {
    let (what, pid) = (process.what, process.pid);
    for by in [Signal::TERM, Signal::KILL] {
        let failed =
            |source| EnableError::Files { attempt: format!("end the {what} (pid {pid})"), source };
        match pidfd_send_signal(&process.handle, by) {
            // It is gone already: that is what was wanted.
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => return Err(failed(error.into())),
        }
        if is_gone(&process.handle).map_err(|error| failed(error.into()))? {
            return Ok(format!("ended the detached {what} (pid {pid})"));
        }
    }
    Err(EnableError::Refused(format!(
        "the {what} (pid {pid}) does not end; end it, then run \"mosaic fleet enable --now\" again; \
         the units are enabled and were not started"
    )))
}

/// Waits for the end of a process; `false` when it still lives after [`GONE_WITHIN_MS`].
fn is_gone(handle: &OwnedFd) -> Result<bool, nix::errno::Errno> {
    let mut waited = [PollFd::new(handle.as_fd(), PollFlags::POLLIN)];
    Ok(poll(&mut waited, PollTimeout::from(GONE_WITHIN_MS))? > 0)
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
    let lives_in = unit_of(pid.unsigned_abs()).map_err(failed)?;
    let detached = lives_in.as_deref() != Some(unit);
    Ok(detached.then_some(Detached { what, pid, unit: lives_in, handle }))
}

fn is_nobody(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

/// Whether the other side still holds its end; asks the kernel, not what tokio last heard.
fn is_open(connection: &UnixStream) -> io::Result<bool> {
    let flags = MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT;
    match recv(connection.as_fd().as_raw_fd(), &mut [0; 1], flags) {
        Ok(length) => Ok(length > 0),
        Err(nix::errno::Errno::EAGAIN) => Ok(true),
        Err(nix::errno::Errno::ECONNRESET) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
