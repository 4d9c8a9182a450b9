//! One connection to the supervisor: bytes in both directions, cut into frames.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;

use super::News;
use crate::protocol::{FRAME_BYTES_MAX, ToGuest, decode};

/// Who accepts a connection and does not welcome it in this time is not answering.
const WELCOME_WITHIN_MS: u64 = 10_000;

/// Two of the longest frames: who lets more pile up has stopped reading.
const OUTGOING_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX;

/// A supervisor that talks without end must not keep us from our own work.
const READS_A_TURN: usize = 64;

/// A connection.
#[derive(Debug)]
pub struct Wire {
    /// The socket; it never blocks.
    pub stream: UnixStream,
    incoming: Vec<u8>,
    /// What it has not taken yet.
    pub outgoing: Vec<u8>,
    /// Whether the supervisor has taken the hello.
    pub welcomed: bool,
    /// When it should have, in monotonic milliseconds.
    pub welcome_by: u64,
}

impl Wire {
    /// A new connection, with the hello to be said first.
    pub fn new(stream: UnixStream, hello: Vec<u8>, now: u64) -> Self {
        Self {
            stream,
            incoming: Vec::new(),
            outgoing: hello,
            welcomed: false,
            welcome_by: now + WELCOME_WITHIN_MS,
        }
    }

    /// Writes and reads what it can; `false` when the connection is of no use any more.
    pub fn turn(&mut self, now: u64, news: &mut Vec<News>) -> bool {
        let heard = self.read(news);
        let answered = self.welcomed || now < self.welcome_by;
        heard && answered && self.flush() && self.outgoing.len() <= OUTGOING_BYTES_MAX
    }

    /// Writes what goes without waiting; `false` when the connection is of no use any more.
    pub fn flush(&mut self) -> bool {
        while !self.outgoing.is_empty() {
            match self.stream.write(&self.outgoing) {
                Ok(0) => return false,
                Ok(written) => {
                    self.outgoing.drain(..written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        true
    }

    fn read(&mut self, news: &mut Vec<News>) -> bool {
        let mut chunk = [0; 4096];
        for _ in 0..READS_A_TURN {
            match self.stream.read(&mut chunk) {
                Ok(0) => return false,
                Ok(count) => {
                    self.incoming.extend_from_slice(&chunk[..count]);
                    if chunk[..count].contains(&b'\n') {
                        self.take_lines(news);
                    }
                    if self.incoming.len() > FRAME_BYTES_MAX {
                        return false;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        true
    }

    fn take_lines(&mut self, news: &mut Vec<News>) {
        let incoming = std::mem::take(&mut self.incoming);
        let mut rest = incoming.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            // What does not decode comes from a newer supervisor: a guest answers it with nothing.
            if let Ok(frame) = decode::<ToGuest>(&rest[..end]) {
                news.push(self.told(frame));
            }
            rest = &rest[end + 1..];
        }
        self.incoming = rest.to_vec();
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "every other frame is the guest's own")]
    fn told(&mut self, frame: ToGuest) -> News {
        match frame {
            ToGuest::Welcome { .. } => {
                self.welcomed = true;
                News::Welcomed
            }
            ToGuest::Refused { reason } => News::Refused(reason),
            frame => News::Frame(frame),
        }
    }
}
