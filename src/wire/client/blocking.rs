//! The rows, asked for by who waits for nothing else: no runtime, one connection, one answer. It
//! never commands, and never streams.

use std::io::{self, Read as _, Write as _};
use std::ops::Range;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with, sockopt,
};
use tokio::time::Instant;

use super::connection::{BODY_BYTES_MAX, CONNECT_DEADLINE};
use super::verbs::PS_DEADLINE;
use super::{Client, ClientError};
use crate::wire::{ErrorReply, PsReply};

/// The table of some hundred agents comes in one piece.
const READ_BYTES: usize = 64 * 1024;

/// An answer that has come: its status, and where in what came its body is.
#[derive(Debug, PartialEq, Eq)]
struct Answered {
    status: u16,
    body: Range<usize>,
}

impl Client {
    /// The rows; blocks.
    pub fn ps_now(&self) -> Result<PsReply, ClientError> {
        let body = self.ps_text_now()?;
        serde_json::from_slice(&body).map_err(|why| broken("/v1/ps", why.to_string()))
    }

    /// The rows as JSON, byte for byte as the supervisor made them; blocks.
    pub fn ps_text_now(&self) -> Result<Vec<u8>, ClientError> {
        self.read_now("/v1/ps")
    }

    /// The rows as the text that is shown, drawn by the supervisor for so many columns; blocks. None
    /// when that is an earlier version, which draws nothing.
    pub fn ps_table_now(
        &self,
        columns: Option<usize>,
        coloured: bool,
    ) -> Result<Option<Vec<u8>>, ClientError> {
        let columns = columns.map_or_else(String::new, |columns| format!("&columns={columns}"));
        let path = format!("/v1/ps/table?coloured={coloured}{columns}");
        match self.ask_now(&path)? {
            (404, _) => Ok(None),
            (status, body) => told(&path, status, body).map(Some),
        }
    }

    fn read_now(&self, path: &str) -> Result<Vec<u8>, ClientError> {
        let (status, body) = self.ask_now(path)?;
        told(path, status, body)
    }

    fn ask_now(&self, path: &str) -> Result<(u16, Vec<u8>), ClientError> {
        let until = Instant::now() + PS_DEADLINE;
        let asked = path.split('?').next().unwrap_or(path);
        let mut stream = self.connect_now()?;
        let failed = |error: io::Error| {
            if is_late(&error) {
                return ClientError::Late { what: asked.to_owned(), after: PS_DEADLINE };
            }
            ended(path, error.to_string())
        };
        stream.write_all(self.request_now(path).as_bytes()).map_err(failed)?;
        let mut came = Vec::with_capacity(READ_BYTES);
        loop {
            if let Some(Answered { status, body }) =
                answered(&came).map_err(|why| broken(path, why))?
            {
                came.truncate(body.end);
                came.drain(..body.start);
                return Ok((status, came));
            }
            let left = until.saturating_duration_since(Instant::now());
            // No time at all would be taken for no deadline.
            stream.set_read_timeout(Some(left.max(Duration::from_millis(1)))).map_err(failed)?;
            let begin = came.len();
            came.resize(begin + READ_BYTES, 0);
            let count = stream.read(&mut came[begin..]).map_err(failed)?;
            came.truncate(begin + count);
            if count == 0 {
                return Err(ended(path, "the connection ended in the middle".to_owned()));
            }
        }
    }

    /// A socket of the standard library has no deadline for its connecting: where nobody accepts and
    /// the queue is full, that waits for ever.
    fn connect_now(&self) -> Result<UnixStream, ClientError> {
        let opened = || -> io::Result<UnixStream> {
            let address = SocketAddrUnix::new(&self.socket)?;
            let flags = SocketFlags::CLOEXEC;
            let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
            let within = Some(CONNECT_DEADLINE);
            sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, within)?;
            connect(&socket, &address)?;
            Ok(socket.into())
        };
        opened().map_err(|error| {
            if is_late(&error) {
                let what = format!("connect to {}", self.socket.display());
                return ClientError::Late { what, after: CONNECT_DEADLINE };
            }
            ClientError::connecting(&self.socket, &error)
        })
    }

    fn request_now(&self, path: &str) -> String {
        let agent = concat!("mosaic/", env!("CARGO_PKG_VERSION"));
        let trace =
            self.traceparent.as_ref().filter(|text| text.bytes().all(|b| b.is_ascii_graphic()));
        let trace = trace.map_or_else(String::new, |text| format!("traceparent: {text}\r\n"));
        format!("GET {path} HTTP/1.1\r\nhost: mosaic\r\nuser-agent: {agent}\r\n{trace}\r\n")
    }
}

/// Whether a socket's deadline is over.
fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// The body of a 2xx answer, or the error that stands in it.
fn told(path: &str, status: u16, body: Vec<u8>) -> Result<Vec<u8>, ClientError> {
    if (200..300).contains(&status) {
        return Ok(body);
    }
    Err(match serde_json::from_slice::<ErrorReply>(&body) {
        Ok(reply) => ClientError::Answered(reply.error),
        Err(_) => broken(path, format!("{status} without a reason")),
    })
}

fn ended(path: &str, why: String) -> ClientError {
    ClientError::Left { what: format!("GET {path}"), why }
}

fn broken(path: &str, why: String) -> ClientError {
    ClientError::Broken { what: format!("GET {path}"), why }
}

/// The answer, when all of it has come; an error when it is none.
fn answered(came: &[u8]) -> Result<Option<Answered>, String> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = came.windows(END.len()).position(|part| part == END) else {
        return Ok(None);
    };
    let no_http = || "what came is no HTTP".to_owned();
    let head = std::str::from_utf8(&came[..end]).map_err(|_| no_http())?;
    let (first, rest) = head.split_once("\r\n").unwrap_or((head, ""));
    let status = first.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
    let status = status.ok_or_else(no_http)?;
    let length = rest.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.ok_or("it does not say how long it is")?;
    if length > BODY_BYTES_MAX {
        return Err(format!("it is {length} bytes long"));
    }
    let begin = end + END.len();
    let body = begin..begin + length;
    Ok((body.end <= came.len()).then_some(Answered { status, body }))
}

#[cfg(test)]
mod tests {
    use super::{Answered, answered};

    #[test]
    fn an_answer_is_one_when_all_of_it_has_come() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Type: x\r\nContent-Length: 4\r\n\r\nrows";
        for end in 0..whole.len() {
            assert_eq!(answered(&whole[..end]), Ok(None), "{end}");
        }
        let body = whole.len() - 4..whole.len();
        assert_eq!(answered(whole), Ok(Some(Answered { status: 200, body })));
        let none = b"HTTP/1.1 503 Busy\r\ncontent-length:0\r\n\r\n";
        let body = none.len()..none.len();
        assert_eq!(answered(none), Ok(Some(Answered { status: 503, body })));
    }

    #[test]
    fn what_is_no_answer_of_ours_is_said() {
        let endless = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let huge = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
        for (came, why) in [
            (&endless[..], "does not say how long"),
            (huge, "99999999999 bytes long"),
            (b"SSH-2.0-OpenSSH\r\n\r\n", "no HTTP"),
            (b"\xff\xfe\r\n\r\n", "no HTTP"),
        ] {
            let said = answered(came).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }
}
