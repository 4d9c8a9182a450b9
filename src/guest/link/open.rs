//! Connecting to a unix socket, at once or not at all.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;

use nix::fcntl::OFlag;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};

/// Connects without waiting: a supervisor whose queue is full is one that is not there now.
pub fn open(path: &Path) -> io::Result<UnixStream> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket: OwnedFd = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    match UnixAddr::new(path) {
        Ok(address) => connect(socket.as_raw_fd(), &address)?,
        Err(_) => connect_long(&socket, path)?,
    }
    Ok(UnixStream::from(socket))
}

/// A path beyond the 108 bytes of an address is named through its open directory.
fn connect_long(socket: &OwnedFd, path: &Path) -> io::Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let directory =
        fs::OpenOptions::new().read(true).custom_flags(OFlag::O_PATH.bits()).open(parent)?;
    let short = Path::new("/proc/self/fd").join(directory.as_raw_fd().to_string()).join(name);
    Ok(connect(socket.as_raw_fd(), &UnixAddr::new(&short)?)?)
}
