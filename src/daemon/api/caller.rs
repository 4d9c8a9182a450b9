//! Who is on the other end: the kernel says it, the caller never does.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, send};
use tokio::io::Interest;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::{IntoParams, PartialSchema as _};

use super::ApiError;
use crate::daemon::Caller;
use crate::telemetry::TraceContext;

/// A key is a name, not a text: long enough for any UUID or URL-safe hash.
const KEY_BYTES_MAX: usize = 200;

/// The process at the other end of a connection, as `SO_PEERCRED` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its effective uid when it connected.
    pub uid: u32,
    /// Its pid when it connected; 0 when it is in a pid namespace that we cannot see.
    pub pid: i32,
}

impl Peer {
    /// Reads the credentials of a connection.
    pub fn of(stream: &tokio::net::UnixStream) -> io::Result<Self> {
        let credentials = stream.peer_cred()?;
        Ok(Self { uid: credentials.uid(), pid: credentials.pid().unwrap_or(0) })
    }
}

/// The connection of a request, to see whether somebody still waits for the answer.
#[derive(Debug, Clone)]
pub struct Line(Arc<OwnedFd>);

impl Line {
    /// Another hold of a connection; it reads nothing of it.
    pub fn of(stream: &tokio::net::UnixStream) -> io::Result<Self> {
        Ok(Self(Arc::new(stream.as_fd().try_clone_to_owned()?)))
    }

    /// Whether the other side still holds its end; who has only said the last word does.
    pub fn is_open(&self) -> bool {
        let mut asked = [PollFd::new(self.0.as_fd(), PollFlags::empty())];
        let over = PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL;
        let said = poll(&mut asked, PollTimeout::ZERO);
        said.is_ok() && !asked[0].revents().is_some_and(|events| events.intersects(over))
    }

    /// Waits until the other side has let go of it.
    pub async fn gone(&self) {
        // Nothing else wakes for that: a hang-up shows as an end of what can be written.
        let Ok(watched) = self.watched() else { return std::future::pending().await };
        while self.is_open() {
            if watched.ready(Interest::WRITABLE).await.is_err() {
                return;
            }
            // Waits for the next change, not for what is known.
            let known = || -> io::Result<()> { Err(io::ErrorKind::WouldBlock.into()) };
            drop(watched.try_io(Interest::WRITABLE, known));
        }
    }

    fn watched(&self) -> io::Result<tokio::net::UnixStream> {
        let stream = std::os::unix::net::UnixStream::from(self.0.try_clone()?);
        tokio::net::UnixStream::from_std(stream)
    }

    /// Says a last thing to whoever is there, and does not wait for it.
    pub fn say(&self, bytes: &[u8]) {
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        let _gone = send(self.0.as_raw_fd(), bytes, flags);
    }
}

/// Who may come in.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    /// The uid whose fleet this is.
    pub owner: u32,
    /// Whether root may, too.
    pub root: bool,
}

impl Door {
    /// This process's uid, and root: root can become any uid anyway, so that keeping it out would
    /// only make `sudo mosaic` lie; the journal names it by its own uid.
    pub fn of_this_process() -> Self {
        Self { owner: nix::unistd::geteuid().as_raw(), root: true }
    }

    /// Whether this peer may.
    pub fn admits(self, peer: Peer) -> bool {
        peer.uid == self.owner || (self.root && peer.uid == 0)
    }
}

/// The caller of a request, and its peer.
#[derive(Debug)]
pub struct Asking {
    /// Its process.
    pub peer: Peer,
    /// What the dispatcher is told.
    pub caller: Caller,
}

impl IntoParams for Asking {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let key = ParameterBuilder::new().name("Idempotency-Key").parameter_in(ParameterIn::Header);
        let key = key.required(Required::False).schema(Some(Option::<String>::schema()));
        vec![key.description(Some("the same key gets the first answer again")).build()]
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asking {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let peer = parts.extensions.get::<Peer>().copied();
        let peer = peer.ok_or_else(|| ApiError::bad_request("this connection has no peer"))?;
        // Who pressed Ctrl-C before a busy supervisor had read the request is not obeyed later.
        if parts.extensions.get::<Line>().is_some_and(|line| !line.is_open()) {
            return Err(ApiError::bad_request("nobody waits for the answer, so nothing was done"));
        }
        let caller = Caller {
            pid: u32::try_from(peer.pid).ok().filter(|pid| *pid > 0),
            actor: format!("cli:uid={} pid={}", peer.uid, peer.pid),
            traceparent: traceparent(&parts.headers),
            idempotency_key: idempotency_key(&parts.headers)?,
        };
        Ok(Self { peer, caller })
    }
}

/// The caller's trace context; W3C wants a malformed one ignored, not refused.
fn traceparent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    TraceContext::parse(text).map(|context| context.to_string())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let formed =
        (1..=KEY_BYTES_MAX).contains(&key.len()) && key.as_bytes().iter().all(u8::is_ascii_graphic);
    let key = key.to_str().ok().filter(|_| formed);
    key.map(|key| Some(key.to_owned())).ok_or_else(|| {
        ApiError::bad_request(format!(
            "the Idempotency-Key is not 1 to {KEY_BYTES_MAX} visible ASCII characters"
        ))
    })
}
