//! Where a pane's output comes from: a socket of tmux's, brought by `mosaic tap`.
//!
//! ```text
//! waiting ── somebody brings it ──▶ open ── tmux lets go ──▶ waiting
//! ```

use std::io::{self, IoSliceMut, Read as _};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};

use nix::poll::PollFlags;
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

use crate::clock::mono_ms;

/// Where the output comes from.
#[derive(Debug)]
pub enum Tap {
    /// It is waited for.
    Waiting(Waiting),
    /// Here it is.
    Open(UnixStream),
}

/// Nobody has brought it yet.
#[derive(Debug)]
pub struct Waiting {
    listener: UnixListener,
    /// The abstract name of the socket.
    name: String,
    /// Somebody who has connected and not said anything yet; the next one takes its place.
    visitor: Option<UnixStream>,
}

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    /// So many bytes.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// Nothing will come any more: tmux has let go of it.
    End,
}

impl Tap {
    /// Waits for output from now on.
    pub fn wait() -> io::Result<Self> {
        // A pane waits once more only when tmux has let go of it, never twice in a millisecond.
        let name = format!("mosaic-tap-{}-{}", std::process::id(), mono_ms());
        let address = SocketAddr::from_abstract_name(&name)?;
        let listener = UnixListener::bind_addr(&address)?;
        listener.set_nonblocking(true)?;
        Ok(Self::Waiting(Waiting { listener, name, visitor: None }))
    }

    /// The abstract name on which it waits.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Waiting(waiting) => Some(&waiting.name),
            Self::Open(_) => None,
        }
    }

    /// What to wait for.
    pub fn interest(&self) -> Vec<(BorrowedFd<'_>, PollFlags)> {
        match self {
            Self::Open(output) => vec![(output.as_fd(), PollFlags::POLLIN)],
            Self::Waiting(Waiting { listener, visitor, .. }) => {
                let visitor = visitor.as_ref().map(|visitor| (visitor.as_fd(), PollFlags::POLLIN));
                std::iter::once((listener.as_fd(), PollFlags::POLLIN)).chain(visitor).collect()
            }
        }
    }

    /// Takes what somebody brings; whether that has just happened.
    pub fn take(&mut self) -> bool {
        let Self::Waiting(waiting) = self else { return false };
        while let Ok((visitor, _)) = waiting.listener.accept() {
            // An abstract name has no owner: anybody can come.
            let is_ours = getsockopt(&visitor, PeerCredentials)
                .is_ok_and(|peer| peer.uid() == nix::unistd::getuid().as_raw());
            if is_ours && visitor.set_nonblocking(true).is_ok() {
                waiting.visitor = Some(visitor);
            }
        }
        let Some(visitor) = &waiting.visitor else { return false };
        match brought(visitor) {
            Ok(Some(output)) => {
                let output = UnixStream::from(output);
                let is_set = output.set_nonblocking(true).is_ok();
                if is_set {
                    *self = Self::Open(output);
                }
                is_set
            }
            Ok(None) => {
                waiting.visitor = None;
                false
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::WouldBlock {
                    waiting.visitor = None;
                }
                false
            }
        }
    }

    /// Reads what there is now.
    pub fn read(&self, into: &mut [u8]) -> Came {
        let Self::Open(output) = self else { return Came::Nothing };
        let mut output = output;
        loop {
            return match output.read(into) {
                Ok(0) => Came::End,
                Ok(count) => Came::Bytes(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Came::Nothing,
                Err(_) => Came::End,
            };
        }
    }
}

/// The file that a visitor brings; `None` when it brings none.
fn brought(visitor: &UnixStream) -> io::Result<Option<OwnedFd>> {
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    let mut into = [IoSliceMut::new(&mut byte)];
    recvmsg(visitor, &mut into, &mut rights, RecvFlags::CMSG_CLOEXEC)?;
    let mut brought = None;
    for message in rights.drain() {
        if let RecvAncillaryMessage::ScmRights(mut files) = message {
            brought = files.next();
        }
    }
    Ok(brought)
}
