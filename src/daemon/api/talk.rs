//! The bytes of one connection: what HTTP itself cannot read gets an error body like all else.
//!
//! hyper answers a request that it cannot parse by itself, with a bare status. Nobody could tell
//! from that what to do next, so the bare reply is replaced while nothing else is being answered.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;
use tokio::sync::Notify;

use super::caller::Line;
use super::error::{farewell, unreadable};

/// What is going on on a connection.
#[derive(Debug, Default)]
pub struct Talk {
    is_answering: AtomicBool,
    has_begun: AtomicBool,
    half_closed: Notify,
}

impl Talk {
    /// A request is being answered, until the value is dropped.
    pub fn answer(self: &Arc<Self>) -> Answering {
        self.has_begun.store(false, Ordering::Relaxed);
        self.is_answering.store(true, Ordering::Relaxed);
        Answering(Arc::clone(self))
    }

    /// Whether some of a head has come, and not the rest of it.
    pub fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Waits until the other side has said its last word while it still listens.
    pub async fn half_closed(&self) {
        self.half_closed.notified().await;
    }

    fn is_answering(&self) -> bool {
        self.is_answering.load(Ordering::Relaxed)
    }
}

/// One request on its way to the end of its reply.
#[derive(Debug)]
pub struct Answering(Arc<Talk>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.is_answering.store(false, Ordering::Relaxed);
    }
}

/// The body of a reply, which is being answered until it is out.
#[derive(Debug)]
pub struct Reply {
    body: Body,
    _answering: Answering,
}

impl Reply {
    /// This body.
    pub fn of(body: Body, answering: Answering) -> Self {
        Self { body, _answering: answering }
    }
}

impl hyper::body::Body for Reply {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The bytes.
#[derive(Debug)]
pub struct Wire {
    stream: UnixStream,
    line: Line,
    talk: Arc<Talk>,
    /// What goes out in place of a bare status.
    instead: Vec<u8>,
}

impl Wire {
    /// Of this connection.
    pub fn new(stream: UnixStream, line: Line, talk: Arc<Talk>) -> Self {
        Self { stream, line, talk, instead: Vec::new() }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        let is_end = buffer.filled().len() == before;
        if is_end && this.talk.is_answering() && this.line.is_open() {
            // `nc -N` and the like: nothing more is asked, and the reply is still wanted. hyper
            // would take the end for a farewell; it is told to close after the reply instead.
            this.talk.half_closed.notify_one();
            return Poll::Pending;
        }
        if !is_end && !this.talk.is_answering() {
            this.talk.has_begun.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.instead.is_empty() && !this.talk.is_answering() {
            match bare(bytes) {
                Some((0, status)) => this.instead = farewell(unreadable(status)),
                // The rest of the reply before it goes out first.
                Some((at, _)) => {
                    return Pin::new(&mut this.stream).poll_write(context, &bytes[..at]);
                }
                None => {}
            }
        }
        if this.instead.is_empty() {
            return Pin::new(&mut this.stream).poll_write(context, bytes);
        }
        while !this.instead.is_empty() {
            let written = ready!(Pin::new(&mut this.stream).poll_write(context, &this.instead))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            this.instead.drain(..written);
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.talk.is_answering() {
            return Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, slices);
        }
        let first = slices.iter().find(|slice| !slice.is_empty());
        self.poll_write(context, first.map_or(&[], |slice| &**slice))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

/// Where in these bytes a reply of hyper's own begins, if they end with one, and its status. Ours
/// have a body whenever they are errors.
fn bare(bytes: &[u8]) -> Option<(usize, u16)> {
    const BEGIN: &[u8] = b"HTTP/1.1 4";
    // Bodies are long and are looked at only when they could be one.
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let at = bytes.windows(BEGIN.len()).rposition(|window| window == BEGIN)?;
    let head = std::str::from_utf8(&bytes[at..]).ok()?.strip_suffix("\r\n\r\n")?;
    let is_empty = head.lines().any(|line| line.eq_ignore_ascii_case("content-length: 0"));
    let status = head.split(' ').nth(1)?.parse().ok()?;
    (is_empty && !head.contains("\r\n\r\n")).then_some((at, status))
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn only_a_reply_without_a_body_at_the_very_end_is_a_bare_one() {
        let head = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(bare(head.as_bytes()), Some((0, 400)));
        assert_eq!(bare(format!("{{}}{head}").as_bytes()), Some((2, 400)));
        for other in [
            String::new(),
            head.replace("400", "200"),
            head.replace(": 0", ": 9"),
            format!("{head}body"),
            head.trim_end().to_owned(),
        ] {
            assert_eq!(bare(other.as_bytes()), None, "{other}");
        }
    }
}
