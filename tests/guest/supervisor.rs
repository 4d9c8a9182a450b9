//! A supervisor of a few lines: it listens, speaks the frames, and decides nothing.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Long enough for a loaded machine, short enough for a person.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Looks until there is something, or stops the test.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "never came: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Looks until it is so, or stops the test.
pub fn wait_until(what: &str, mut look: impl FnMut() -> bool) {
    wait_for(what, || look().then_some(()));
}

/// The listening end.
pub struct Supervisor {
    listener: UnixListener,
    waiting: Vec<Guest>,
}

/// One connection, after its hello.
pub struct Guest {
    pub hello: Value,
    lines: BufReader<UnixStream>,
    line: Vec<u8>,
}

impl Supervisor {
    pub fn listen(socket: &Path) -> Self {
        let _old = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self { listener, waiting: Vec::new() }
    }

    /// The next guest of this role, welcomed.
    pub fn welcome(&mut self, role: &str) -> Guest {
        let mut guest = self.accept(role);
        guest.say(&json!({"type": "welcome", "v": 1}));
        guest
    }

    /// The next guest of this role, not welcomed yet.
    pub fn accept(&mut self, role: &str) -> Guest {
        wait_for(&format!("a connection of role {role}"), || {
            if let Ok((stream, _)) = self.listener.accept() {
                self.waiting.push(Guest::meet(stream));
            }
            let at = self.waiting.iter().position(|guest| guest.hello["role"] == role)?;
            Some(self.waiting.remove(at))
        })
    }
}

impl Guest {
    fn meet(stream: UnixStream) -> Self {
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        let mut guest =
            Self { hello: Value::Null, lines: BufReader::new(stream), line: Vec::new() };
        guest.hello = guest.expect("hello");
        guest
    }

    pub fn say(&mut self, frame: &Value) {
        writeln!(self.lines.get_mut(), "{frame}").unwrap();
    }

    /// Writes until it is all written or the other end has enough of it.
    pub fn shout(&mut self, text: &str) {
        let _enough = self.lines.get_mut().write_all(text.as_bytes());
    }

    /// The next frame of this type; frames of other types before it are passed over.
    pub fn expect(&mut self, kind: &str) -> Value {
        wait_for(&format!("a frame of type {kind}"), || {
            let frame = self.poll()?;
            (frame["type"] == kind).then_some(frame)
        })
    }

    /// The next frame that is like this.
    pub fn expect_like(&mut self, what: &str, like: impl Fn(&Value) -> bool) -> Value {
        wait_for(what, || self.poll().filter(&like))
    }

    /// Whatever has come within a few milliseconds.
    pub fn poll(&mut self) -> Option<Value> {
        match self.lines.read_until(b'\n', &mut self.line) {
            Ok(0) => None,
            Ok(_) => Some(serde_json::from_slice(&std::mem::take(&mut self.line)).unwrap()),
            Err(error) => {
                let waits =
                    [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::ConnectionReset];
                assert!(waits.contains(&error.kind()), "{error}");
                None
            }
        }
    }

    /// Asks, and says whether the answer with this nonce came in time.
    pub fn challenge(&mut self, nonce: &str, within: Duration) -> bool {
        self.say(&json!({"type": "challenge", "nonce": nonce}));
        let until = Instant::now() + within;
        while Instant::now() < until {
            if self.poll().is_some_and(|frame| frame["type"] == "answer" && frame["nonce"] == nonce)
            {
                return true;
            }
        }
        false
    }
}
