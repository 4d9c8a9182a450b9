//! A supervisor of the test: takes hellos and hooks, challenges, and remembers every frame.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Long enough for a claude on a machine where other tests run; a test that works never waits it out.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// A supervisor on a socket.
pub struct Supervisor {
    socket: PathBuf,
    heard: Arc<Heard>,
    listener: UnixListener,
}

#[derive(Default)]
struct Heard {
    frames: Mutex<Vec<Value>>,
    changed: Condvar,
    connections: Mutex<Vec<(String, UnixStream)>>,
}

impl Supervisor {
    /// Binds the socket and takes connections until it is dropped.
    pub fn start(socket: &Path) -> Self {
        let listener = UnixListener::bind(socket).unwrap();
        let heard = Arc::new(Heard::default());
        let (accepting, hearing) = (listener.try_clone().unwrap(), Arc::clone(&heard));
        std::thread::spawn(move || {
            for stream in accepting.incoming() {
                let Ok(stream) = stream else { return };
                let hearing = Arc::clone(&hearing);
                std::thread::spawn(move || hear(&hearing, stream));
            }
        });
        Self { socket: socket.to_owned(), heard, listener }
    }

    /// Sends a challenge to the runtime's MCP server.
    pub fn challenge(&self, nonce: &str) {
        let mcp = {
            let connections = self.heard.connections.lock().unwrap();
            let (_, mcp) =
                connections.iter().rfind(|(role, _)| role == "mcp").expect("an MCP server");
            mcp.try_clone().unwrap()
        };
        let challenge = json!({"type": "challenge", "nonce": nonce});
        say(&mcp, &challenge).expect("the MCP server reads what it is told");
    }

    /// Waits for a frame; `None` when it does not come in time.
    pub fn frame_within(&self, time: Duration, is_it: impl Fn(&Value) -> bool) -> Option<Value> {
        let until = Instant::now() + time;
        let mut frames = self.heard.frames.lock().unwrap();
        loop {
            if let Some(frame) = frames.iter().find(|frame| is_it(frame)) {
                return Some(frame.clone());
            }
            let left = until.checked_duration_since(Instant::now())?;
            frames = self.heard.changed.wait_timeout(frames, left).unwrap().0;
        }
    }

    /// Waits for a frame that must come.
    pub fn frame(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        self.frame_within(DEADLINE, is_it)
            .unwrap_or_else(|| panic!("{what} did not come: {:#?}", self.frames()))
    }

    /// Waits until the runtime has answered this challenge.
    pub fn answer(&self, nonce: &str) {
        self.frame(nonce, |frame| frame["type"] == "answer" && frame["nonce"] == nonce);
    }

    /// Waits until the MCP server has said that the runtime can be asked.
    pub fn ready(&self) {
        self.frame("ready", |frame| frame["type"] == "ready");
    }

    /// Every frame so far.
    pub fn frames(&self) -> Vec<Value> {
        self.heard.frames.lock().unwrap().clone()
    }
}

impl Drop for Supervisor {
    /// Leaves as a killed supervisor does: every connection ends, the socket stays behind dead.
    fn drop(&mut self) {
        use std::os::fd::AsRawFd as _;
        let _closed =
            nix::sys::socket::shutdown(self.listener.as_raw_fd(), nix::sys::socket::Shutdown::Both);
        for (_, connection) in self.heard.connections.lock().unwrap().iter() {
            let _gone = connection.shutdown(std::net::Shutdown::Both);
        }
        let _removed = std::fs::remove_file(&self.socket);
    }
}

fn hear(heard: &Heard, stream: UnixStream) {
    stream.set_write_timeout(Some(DEADLINE)).unwrap();
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        let frame: Value = serde_json::from_str(&line).unwrap();
        match frame["type"].as_str().unwrap() {
            "hello" => {
                let role = frame["role"].as_str().unwrap().to_owned();
                heard.connections.lock().unwrap().push((role, stream.try_clone().unwrap()));
                let _gone = say(&stream, &json!({"type": "welcome", "v": 1}));
            }
            "hook" => drop(say(&stream, &json!({"type": "hook_taken"}))),
            _ => {}
        }
        heard.frames.lock().unwrap().push(frame);
        heard.changed.notify_all();
    }
}

fn say(mut stream: &UnixStream, frame: &Value) -> std::io::Result<()> {
    stream.write_all(format!("{frame}\n").as_bytes())
}
