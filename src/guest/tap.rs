//! `mosaic tap`: tmux runs it with a pane's output as its standard input, and it hands that to the
//! first process of the pane and leaves. It reads none of it.

use std::ffi::OsString;
use std::io::{self, IoSlice, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::AsFd as _;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::process::ExitCode;
use std::time::Duration;

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

/// Who listens takes it at once; a pane that hangs for longer gets no output.
const TAKEN_WITHIN: Duration = Duration::from_secs(5);

/// Hands our standard input to whoever listens on this abstract socket.
pub fn main(words: &[OsString]) -> ExitCode {
    let [name] = words else {
        let _told = writeln!(io::stderr().lock(), "mosaic: usage: mosaic tap SOCKET");
        return ExitCode::from(2);
    };
    match bring(name) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // tmux gives us no standard error: this is for whoever tries it by hand.
            let _told = writeln!(io::stderr().lock(), "mosaic: hand a pane's output over: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bring(name: &OsString) -> io::Result<()> {
    let address = SocketAddr::from_abstract_name(name.as_encoded_bytes())?;
    let pane = UnixStream::connect_addr(&address)?;
    pane.set_write_timeout(Some(TAKEN_WITHIN))?;
    // An abstract name has no owner: anybody could listen there.
    let peer = getsockopt(&pane, PeerCredentials)?;
    if peer.uid() != nix::unistd::getuid().as_raw() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let input = io::stdin();
    let files = [input.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = SendAncillaryBuffer::new(&mut space);
    rights.push(SendAncillaryMessage::ScmRights(&files));
    sendmsg(&pane, &[IoSlice::new(b"!")], &mut rights, SendFlags::NOSIGNAL)?;
    Ok(())
}
