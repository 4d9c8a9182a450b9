//! What of this fleet runs outside its units, in the login session that it was started from;
//! ends nothing that has not answered on our own socket.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::sys::socket::{MsgFlags, recv};
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::EnableError;
use crate::host::process::PidFd;
use crate::host::systemd::{UnitSeen, unit_of, units};
use crate::places::Places;

/// A listening process accepts within milliseconds; one that is stopped never does.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);

/// A supervisor drains, and tmux hangs up on its panes, well within these ten seconds.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// One process of the fleet outside its unit.
#[derive(Debug)]
pub struct Detached {
    /// `supervisor` or `tmux server`.
    what: &'static str,
    pid: u32,
    /// Where it lives now.
    unit: Option<String>,
    /// The process itself, whoever may get its pid later. No connection is held: a tmux
    /// server does not end while it has a client.
    handle: PidFd,
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
        done.push(end_one(&process).await?);
    }
    Ok(done)
}

async fn end_one(process: &Detached) -> Result<String, EnableError> {
    let (what, pid) = (process.what, process.pid);
    for by in [Signal::SIGTERM, Signal::SIGKILL] {
        let failed =
            |source| EnableError::Files { attempt: format!("end the {what} (pid {pid})"), source };
        match process.handle.signal(by as i32) {
            // It is gone already: that is what was wanted.
            Err(error) if is_no_process(&error) => {}
            sent => sent.map_err(failed)?,
        }
        if let Ok(gone) = timeout(GONE_WITHIN, process.handle.gone()).await {
            gone.map_err(failed)?;
            return Ok(format!("ended the detached {what} (pid {pid})"));
        }
    }
    Err(EnableError::Refused(format!(
        "the {what} (pid {pid}) does not end; end it, then run \"mosaic fleet enable --now\" again; \
         the units are enabled and were not started"
    )))
}

fn is_no_process(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::ESRCH as i32)
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
    let Some(pid) = peer.pid().and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0)
    else {
        return Err(failed(io::Error::other("the kernel does not say whose it is")));
    };
    let handle = PidFd::open(pid);
    // As long as the other side is open it lives, and the handle is not of a successor.
    if !is_open(&connection).map_err(failed)? {
        return Ok(None);
    }
    let handle = handle.map_err(failed)?;
    let lives_in = unit_of(pid).map_err(failed)?;
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
        Err(Errno::EAGAIN) => Ok(true),
        Err(Errno::ECONNRESET) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
