//! The line to the supervisor: it comes back when the supervisor does, and never makes us wait.

mod open;
#[cfg(test)]
mod tests;
mod watch;
mod wire;

use std::os::fd::{AsFd as _, BorrowedFd};
use std::path::{Path, PathBuf};

use nix::poll::PollFlags;

use crate::protocol::{FromGuest, Hello, ToGuest, encode};
pub use open::open;
use watch::Watch;
use wire::Wire;

/// A supervisor that binds and then listens needs a moment between the two.
const WAIT_FIRST_MS: u64 = 10;

/// The directory is watched, so the clock is only the insurance for what inotify cannot see.
const WAIT_MAX_MS: u64 = 2_000;

/// A refusal does not change by asking more often; a new supervisor is seen at once anyway.
const WAIT_REFUSED_MS: u64 = 10_000;

/// What the line brings.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    /// The hello was taken.
    Welcomed,
    /// The hello was not taken: why.
    Refused(String),
    /// The supervisor says something.
    Frame(ToGuest),
    /// The connection ended.
    Lost,
}

/// The line.
#[derive(Debug)]
pub struct Link {
    socket: PathBuf,
    wire: Option<Wire>,
    watch: Option<Watch>,
    attempt_at: u64,
    wait_ms: u64,
}

impl Link {
    /// A line to this socket, or to what a symbolic link of this name points at; not connected yet.
    pub fn new(socket: &Path) -> Self {
        Self {
            socket: socket.to_owned(),
            wire: None,
            watch: None,
            attempt_at: 0,
            wait_ms: WAIT_FIRST_MS,
        }
    }

    /// What to wait for.
    pub fn interest(&self) -> Option<(BorrowedFd<'_>, PollFlags)> {
        match (&self.wire, &self.watch) {
            (Some(wire), _) if wire.outgoing.is_empty() => {
                Some((wire.stream.as_fd(), PollFlags::POLLIN))
            }
            (Some(wire), _) => Some((wire.stream.as_fd(), PollFlags::POLLIN | PollFlags::POLLOUT)),
            (None, Some(watch)) => Some((watch.interest(), PollFlags::POLLIN)),
            (None, None) => None,
        }
    }

    /// When the line has something to do without being called, in monotonic milliseconds.
    pub fn wake_at(&self) -> Option<u64> {
        match &self.wire {
            Some(wire) if wire.welcomed => None,
            Some(wire) => Some(wire.welcome_by),
            None => Some(self.attempt_at),
        }
    }

    /// Whether all that was said has left us.
    pub fn is_flushed(&self) -> bool {
        self.wire.as_ref().is_none_or(|wire| wire.outgoing.is_empty())
    }

    /// Whether the supervisor has taken our hello.
    pub fn is_welcomed(&self) -> bool {
        self.wire.as_ref().is_some_and(|wire| wire.welcomed)
    }

    /// Says a frame; `false` when it was lost, since nobody is there to hear it.
    pub fn say(&mut self, frame: &FromGuest) -> bool {
        // A frame that is too long has no way to be said; our own texts are bounded below that.
        let (Some(wire), Ok(line)) = (&mut self.wire, encode(frame)) else {
            return false;
        };
        wire.outgoing.extend_from_slice(&line);
        // A connection that fails here is told as lost at the next turn.
        wire.flush()
    }

    /// Does everything that can be done without waiting: connect, write, read.
    pub fn turn(&mut self, now: u64, hello: impl FnOnce() -> Hello) -> Vec<News> {
        if self.wire.is_none() {
            self.listen_for_socket(now);
            if now < self.attempt_at {
                return Vec::new();
            }
            self.attempt(now, hello);
        }
        let Some(wire) = &mut self.wire else {
            return Vec::new();
        };
        let mut news = Vec::new();
        let alive = wire.turn(now, &mut news);
        let refused = news.iter().any(|news| matches!(news, News::Refused(_)));
        let was_welcomed = wire.welcomed;
        if !alive || refused {
            // Who takes connections and never welcomes is asked ever more slowly.
            if was_welcomed {
                self.wait_ms = WAIT_FIRST_MS;
            }
            self.wire = None;
            self.watch = Watch::over(&self.socket);
            self.try_later(now);
            if refused {
                self.attempt_at = now + WAIT_REFUSED_MS;
            }
            news.push(News::Lost);
        }
        news
    }

    fn try_later(&mut self, now: u64) {
        self.attempt_at = now + self.wait_ms;
        self.wait_ms = (self.wait_ms * 2).min(WAIT_MAX_MS);
    }

    /// A socket of our name appeared: try at once.
    fn listen_for_socket(&mut self, now: u64) {
        if self.watch.as_ref().is_some_and(Watch::saw_socket) {
            self.attempt_at = now;
            self.wait_ms = WAIT_FIRST_MS;
        }
    }

    fn attempt(&mut self, now: u64, hello: impl FnOnce() -> Hello) {
        let mut opened = open(&self.socket);
        if opened.is_err() {
            // The watch is there before the second look, so that nothing appears in between.
            self.watch = Watch::over(&self.socket);
            opened = open(&self.socket);
        }
        let (Ok(stream), Ok(line)) = (opened, encode(&FromGuest::Hello(hello()))) else {
            self.try_later(now);
            return;
        };
        self.watch = None;
        self.wire = Some(Wire::new(stream, line, now));
    }
}
