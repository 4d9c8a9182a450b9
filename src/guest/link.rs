//! The line to the supervisor: it comes back when the supervisor does, and never makes us wait.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::poll::PollFlags;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};

use crate::protocol::{FRAME_BYTES_MAX, FromGuest, Hello, ToGuest, decode, encode};

/// A supervisor that binds and then listens needs a moment between the two.
const WAIT_FIRST_MS: u64 = 10;

/// The directory is watched, so the clock is only the insurance for what inotify cannot see.
const WAIT_MAX_MS: u64 = 2_000;

/// A refusal does not change by asking more often; a new supervisor is seen at once anyway.
const WAIT_REFUSED_MS: u64 = 10_000;

/// Who accepts a connection and does not welcome it in this time is not answering.
const WELCOME_WITHIN_MS: u64 = 10_000;

/// Two of the longest frames: who lets more pile up has stopped reading.
const OUTGOING_BYTES_MAX: usize = 2 * FRAME_BYTES_MAX;

/// A supervisor that talks without end must not keep us from our own work.
const READS_A_TURN: usize = 64;

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

#[derive(Debug)]
struct Wire {
    stream: UnixStream,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    welcomed: bool,
    welcome_by: u64,
}

#[derive(Debug)]
struct Watch {
    inotify: Inotify,
    names: Vec<std::ffi::OsString>,
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
            (None, Some(watch)) => Some((watch.inotify.as_fd(), PollFlags::POLLIN)),
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
        self.wire = Some(Wire {
            stream,
            incoming: Vec::new(),
            outgoing: line,
            welcomed: false,
            welcome_by: now + WELCOME_WITHIN_MS,
        });
    }
}

impl Wire {
    /// Writes and reads what it can; `false` when the connection is of no use any more.
    fn turn(&mut self, now: u64, news: &mut Vec<News>) -> bool {
        let heard = self.read(news);
        let answered = self.welcomed || now < self.welcome_by;
        heard && answered && self.flush() && self.outgoing.len() <= OUTGOING_BYTES_MAX
    }

    fn flush(&mut self) -> bool {
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

impl Watch {
    /// Watches the directories in which the socket, and the link to it, may appear. `None` when
    /// the kernel has no watch to give; the clock then does alone.
    fn over(socket: &Path) -> Option<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC).ok()?;
        let mut names = Vec::new();
        let target = fs::read_link(socket).ok().map(|target| match socket.parent() {
            Some(beside) => beside.join(target),
            None => target,
        });
        for path in [Some(socket.to_owned()), target].into_iter().flatten() {
            let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
                continue;
            };
            let appears = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO;
            if inotify.add_watch(directory, appears).is_ok() {
                names.push(name.to_owned());
            }
        }
        (!names.is_empty()).then_some(Self { inotify, names })
    }

    fn saw_socket(&self) -> bool {
        let mut saw = false;
        while let Ok(events) = self.inotify.read_events() {
            // An event without a name says that the queue overflowed: it may have been ours.
            saw |= events
                .iter()
                .any(|event| event.name.as_ref().is_none_or(|name| self.names.contains(name)));
        }
        saw
    }
}

/// Connects without waiting: a supervisor whose queue is full is one that is not there now.
pub fn open(path: &Path) -> io::Result<UnixStream> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket: OwnedFd = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    match UnixAddr::new(path) {
        Ok(address) => connect(std::os::fd::AsRawFd::as_raw_fd(&socket), &address)?,
        Err(_) => connect_long(&socket, path)?,
    }
    Ok(UnixStream::from(socket))
}

/// A path beyond the 108 bytes of an address is named through its open directory.
fn connect_long(socket: &OwnedFd, path: &Path) -> io::Result<()> {
    use std::os::fd::AsRawFd as _;
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let directory =
        fs::OpenOptions::new().read(true).custom_flags(OFlag::O_PATH.bits()).open(parent)?;
    let short = Path::new("/proc/self/fd").join(directory.as_raw_fd().to_string()).join(name);
    Ok(connect(socket.as_raw_fd(), &UnixAddr::new(&short)?)?)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::unix::net::UnixListener;

    use super::{Link, News, WAIT_MAX_MS};
    use crate::protocol::{Hello, Role, VERSION};

    fn hello() -> Hello {
        Hello {
            v: VERSION,
            role: Role::Hook,
            agent: "ada".to_owned(),
            session: None,
            token: None,
            running_pid: None,
            exits: Vec::new(),
            delivers: false,
            software: None,
        }
    }

    /// A line that has tried for so long that its clock alone would let it wait two seconds more.
    fn tired(socket: &std::path::Path) -> (Link, u64) {
        let mut link = Link::new(socket);
        let mut now = 0;
        while link.wake_at().is_some_and(|at| at < now + WAIT_MAX_MS) {
            now = link.wake_at().unwrap();
            assert_eq!(link.turn(now, hello), []);
        }
        (link, now)
    }

    #[test]
    fn a_socket_that_appears_is_found_without_the_clock() {
        let place = tempfile::tempdir().unwrap();
        let (real, link_to_it) = (place.path().join("real"), place.path().join("link"));
        std::fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(real.join("g.sock"), &link_to_it).unwrap();
        let (mut link, now) = tired(&link_to_it);
        let listener = UnixListener::bind(real.join("g.sock")).unwrap();
        assert_eq!(link.turn(now + 1, hello), []);
        let (mut stream, _) = listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("\"type\":\"hello\""), "{line}");
        stream.write_all(b"{\"type\":\"welcome\",\"v\":1}\n").unwrap();
        assert_eq!(link.turn(now + 2, hello), [News::Welcomed]);
        assert_eq!(link.wake_at(), None, "a line that is up needs no clock");
    }

    #[test]
    fn who_accepts_and_never_welcomes_is_left_and_asked_ever_more_slowly() {
        let place = tempfile::tempdir().unwrap();
        let socket = place.path().join("g.sock");
        let _listener = UnixListener::bind(&socket).unwrap();
        let mut link = Link::new(&socket);
        let mut waits = Vec::new();
        for _ in 0..12 {
            let up = link.wake_at().unwrap();
            assert_eq!(link.turn(up, hello), []);
            let lost = link.wake_at().unwrap();
            assert_eq!(link.turn(lost, hello), [News::Lost]);
            waits.push(link.wake_at().unwrap() - lost);
        }
        assert!(waits.is_sorted() && waits[0] < 100, "{waits:?}");
        assert_eq!(waits.last(), Some(&WAIT_MAX_MS));
    }

    #[test]
    fn a_refusal_is_told_and_not_asked_about_again_at_once() {
        let place = tempfile::tempdir().unwrap();
        let socket = place.path().join("g.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let mut link = Link::new(&socket);
        assert_eq!(link.turn(0, hello), []);
        let mut stream = listener.accept().unwrap().0;
        stream.write_all(b"{\"type\":\"refused\",\"reason\":\"no\"}\n").unwrap();
        assert_eq!(link.turn(1, hello), [News::Refused("no".to_owned()), News::Lost]);
        assert!(link.wake_at() >= Some(10_000), "{:?}", link.wake_at());
    }
}
