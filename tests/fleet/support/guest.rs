//! A runtime written by hand: a socket and lines, said to the real supervisor by a test.

use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Fleet, LONG, Roster, wait_until};

/// A fleet with one agent whose program does nothing: the test speaks for it.
pub struct Spoken {
    pub fleet: Fleet,
    socket: String,
    session: String,
    token: String,
}

impl Spoken {
    /// The agent `ada`, with more keys of the roster.
    pub fn up(more: &str) -> Self {
        Self::running("exec sleep 1000", more)
    }

    /// The same, whose program does this.
    pub fn running(deed: &str, more: &str) -> Self {
        let fleet = Fleet::new();
        let told = fleet.workspace().join("told");
        let script = format!(
            "printf '%s\\n' \"$MOSAIC_HEARTBEAT_SOCKET\" \"$MOSAIC_SESSION\" \
             \"$MOSAIC_SESSION_TOKEN\" > {0}.new; mv {0}.new {0}; {deed}",
            told.display(),
        );
        let keys = format!("runtime: stub, command: sh, args: [\"-c\", {}]{more}", json!(script));
        fleet.roster(&Roster::new().agent("ada", &keys));
        fleet.mosaic(&["fleet", "up", "--wait", "0s"]);
        wait_until("what ada was told", LONG, || told.exists());
        let text = std::fs::read_to_string(told).unwrap();
        let mut lines = text.lines().map(str::to_owned);
        let mut next = || lines.next().unwrap();
        Self { socket: next(), session: next(), token: next(), fleet }
    }

    /// A connection that has said nothing.
    pub fn connect(&self) -> Guest {
        let stream = UnixStream::connect(&self.socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
        Guest { lines: BufReader::new(stream), line: Vec::new(), is_over: false }
    }

    /// The hello of ada's runtime.
    pub fn hello(&self) -> Value {
        json!({
            "type": "hello", "v": 1, "role": "runtime", "agent": "ada", "session": self.session,
            "token": self.token, "software": "a test",
        })
    }

    /// A connection that was welcomed.
    pub fn guest(&self) -> Guest {
        self.welcomed(&self.hello())
    }

    /// The same, which takes messages.
    pub fn taking_messages(&self) -> Guest {
        let mut hello = self.hello();
        hello["delivers"] = json!(true);
        self.welcomed(&hello)
    }

    fn welcomed(&self, hello: &Value) -> Guest {
        let mut guest = self.connect();
        guest.say(hello);
        guest.expect("welcome");
        guest
    }

    /// What was counted of ada.
    pub fn counted(&self, name: &str) -> u64 {
        let row = self.fleet.row("ada");
        row["heartbeat"]["counters"][name].as_u64().unwrap_or(0)
    }

    /// Waits until so many were counted.
    #[track_caller]
    pub fn counts(&self, name: &str, count: u64) {
        wait_until(&format!("{count} {name}"), LONG, || self.counted(name) >= count);
        assert_eq!(self.counted(name), count, "{name}");
    }

    /// Waits until ada's activity is this.
    #[track_caller]
    pub fn activity(&self, state: &str) {
        let what = format!("ada {state}");
        wait_until(&what, LONG, || self.fleet.row("ada")["activity"]["state"] == state);
    }
}

/// One connection.
pub struct Guest {
    lines: BufReader<UnixStream>,
    line: Vec<u8>,
    is_over: bool,
}

impl Guest {
    /// Says a frame.
    pub fn say(&mut self, frame: &Value) {
        self.say_bytes(format!("{frame}\n").as_bytes());
    }

    /// Says whatever it is. An end that has enough of it is no mistake of the test.
    pub fn say_bytes(&mut self, bytes: &[u8]) {
        let _enough = self.lines.get_mut().write_all(bytes);
    }

    /// Closes the half in which it speaks.
    pub fn falls_silent(&self) {
        self.lines.get_ref().shutdown(std::net::Shutdown::Write).unwrap();
    }

    /// The next frame of this type.
    #[track_caller]
    pub fn expect(&mut self, kind: &str) -> Value {
        let started = Instant::now();
        loop {
            if let Some(frame) = self.poll().filter(|frame| frame["type"] == kind) {
                return frame;
            }
            assert!(started.elapsed() < LONG && !self.is_over, "no {kind}");
        }
    }

    /// Answers the next challenge, with more keys beside its nonce; its nonce.
    pub fn answer(&mut self, more: &Value) -> String {
        let nonce = self.expect("challenge")["nonce"].as_str().unwrap().to_owned();
        let mut answer = json!({"type": "answer", "nonce": nonce});
        let keys = more.as_object().into_iter().flatten();
        keys.for_each(|(key, value)| answer[key] = value.clone());
        self.say(&answer);
        nonce
    }

    /// Waits for the end of the connection.
    #[track_caller]
    pub fn ends(&mut self) {
        let started = Instant::now();
        while !self.is_over {
            drop(self.poll());
            assert!(started.elapsed() < LONG, "the connection is still open");
        }
    }

    /// Whatever comes within a few milliseconds.
    fn poll(&mut self) -> Option<Value> {
        match self.lines.read_until(b'\n', &mut self.line) {
            Ok(0) => {
                self.is_over = true;
                None
            }
            Ok(_) => Some(serde_json::from_slice(&std::mem::take(&mut self.line)).unwrap()),
            Err(error) => {
                self.is_over = error.kind() == ErrorKind::ConnectionReset;
                None
            }
        }
    }
}
