//! What a service says to systemd and gets from it: ready, alive, sockets; never fails a
//! supervisor that runs without it.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd as _};
use std::os::unix::net::UnixListener;
use std::time::Duration;

use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, UnixAddr, sendmsg, setsockopt,
    socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike as _};

use super::unit_of;
use super::units::SUPERVISOR;

/// systemd reads its socket in its own loop; when it has not for so long, we go on without.
const SENT_WITHIN_SECONDS: i64 = 2;

/// Says that the supervisor serves. Nothing happens where systemd did not start us.
pub fn ready() -> io::Result<()> {
    tell("READY=1", None)
}

/// Says that the supervisor leaves.
pub fn stopping() -> io::Result<()> {
    tell("STOPPING=1", None)
}

/// Says in one line what the supervisor does, for `systemctl status`.
pub fn status(line: &str) -> io::Result<()> {
    tell(&format!("STATUS={}", line.replace('\n', " ")), None)
}

/// Says that the supervisor's loop turns; due at every [`watchdog_interval`].
pub fn watchdog() -> io::Result<()> {
    tell("WATCHDOG=1", None)
}

/// How often [`watchdog`] is due: half of what systemd waits. `None`: it does not wait for us.
pub fn watchdog_interval() -> Option<Duration> {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    // A child of a watched service inherits the variables, and is not meant.
    let ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
    let limit = number("WATCHDOG_USEC").filter(|limit| ours && *limit > 0)?;
    Some(Duration::from_micros(limit / 2))
}

/// Leaves a socket with systemd under a name, so that the next supervisor gets it from
/// [`listen_fds`] and nobody who connects in between is refused.
pub fn keep(name: &str, socket: &impl AsFd) -> io::Result<()> {
    tell(&format!("FDSTORE=1\nFDNAME={name}"), Some(socket.as_fd().as_raw_fd()))
}

/// The listening sockets that systemd passed, by name: `control`, and what [`keep`] left. To be
/// called once, before other threads run: it takes the variables out of the environment.
pub fn listen_fds() -> Vec<(String, UnixListener)> {
    // Without the pid the variables may be meant for anybody.
    let meant = std::env::var("LISTEN_PID").ok().and_then(|pid| pid.parse::<u32>().ok());
    if meant != Some(std::process::id()) {
        return Vec::new();
    }
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut passed = listenfd::ListenFd::from_env();
    let mut sockets = Vec::new();
    for at in 0..passed.len() {
        let name = names.next().unwrap_or_default();
        // What is not a listening unix socket is none of ours.
        if let Ok(Some(listener)) = passed.take_unix_listener(at) {
            sockets.push((name.to_owned(), listener));
        }
    }
    sockets
}

/// Whether this process runs in the supervisor's unit. By the control group, for variables
/// are inherited by everything that a service starts.
pub fn kept_by_systemd() -> bool {
    unit_of(std::process::id()).is_ok_and(|unit| unit.as_deref() == Some(SUPERVISOR))
}

/// Sends one message to systemd, if it listens.
fn tell(message: &str, socket_to_keep: Option<i32>) -> io::Result<()> {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let path = path.as_encoded_bytes();
    let address = match path.strip_prefix(b"@") {
        Some(name) => UnixAddr::new_abstract(name)?,
        None => UnixAddr::new(path)?,
    };
    let flags = SockFlag::SOCK_CLOEXEC;
    let datagram = socket(AddressFamily::Unix, SockType::Datagram, flags, None)?;
    setsockopt(&datagram, sockopt::SendTimeout, &TimeVal::seconds(SENT_WITHIN_SECONDS))?;
    let kept = socket_to_keep.map(|socket| [socket]);
    let control: Vec<_> = kept.iter().map(|kept| ControlMessage::ScmRights(kept)).collect();
    let message = [IoSlice::new(message.as_bytes())];
    sendmsg(datagram.as_raw_fd(), &message, &control, MsgFlags::empty(), Some(&address))?;
    Ok(())
}
