//! `mosaic mcp`: the MCP server that a runtime starts; asks the runtime, never answers for it.
//!
//! ```text
//! supervisor ──challenge──▶ mosaic mcp ──ping──▶ the runtime's own loop
//!            ◀───answer────            ◀─result─
//! ```
//!
//! One loop over standard input and the line to the supervisor. A nonce goes back only when the
//! client has answered the ping that carried it: while the client stands still, this process
//! lives and says nothing.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::path::Path;
use std::process::ExitCode;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::{Value, json};

use super::link::{Link, News};
use crate::clock;
use crate::protocol::{Answered, FromGuest, Hello, Role, ToGuest};

/// Pings without an answer. More would fill the pipe of a client that stands still, and our
/// write would then stand still with it; eight are far below the smallest pipe.
const PINGS_MAX: usize = 8;

/// The longest line of a client that is read; ours are asked for nothing longer than a ping.
const LINE_BYTES_MAX: usize = 1024 * 1024;

/// Serves until the runtime closes our standard input.
pub fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        // The pipes are gone: so is the runtime.
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut output = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let mut talk = Talk::default();
    // Outside a pane of ours it is a plain MCP server without anything to offer.
    let mut link = std::env::var_os("MOSAIC_HEARTBEAT_SOCKET")
        .filter(|_| std::env::var_os("MOSAIC_AGENT").is_some())
        .map(|socket| Link::new(Path::new(&socket)));
    let mut chunk = vec![0; 64 * 1024];
    loop {
        if let Some(link) = &mut link {
            for news in link.turn(clock::mono_ms(), hello) {
                talk.told(news, link);
            }
        }
        output.write_all(&talk.take_outgoing())?;
        if !wait(input.as_fd(), link.as_ref())? {
            continue;
        }
        match input.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => talk.hear(&chunk[..count], link.as_mut()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hello() -> Hello {
    Hello {
        session: std::env::var("MOSAIC_SESSION").ok(),
        token: std::env::var("MOSAIC_SESSION_TOKEN").ok(),
        software: Some(concat!("mosaic mcp ", env!("CARGO_PKG_VERSION")).to_owned()),
        ..Hello::new(Role::Mcp, std::env::var("MOSAIC_AGENT").unwrap_or_default())
    }
}

/// Waits until somebody speaks or the line wants a turn; whether it is the client who speaks.
fn wait(input: BorrowedFd<'_>, link: Option<&Link>) -> io::Result<bool> {
    let mut watched = vec![PollFd::new(input, PollFlags::POLLIN)];
    watched.extend(link.and_then(Link::interest).map(|(fd, flags)| PollFd::new(fd, flags)));
    let timeout = match link.and_then(Link::wake_at) {
        Some(at) => {
            PollTimeout::try_from(at.saturating_sub(clock::mono_ms())).unwrap_or(PollTimeout::MAX)
        }
        None => PollTimeout::NONE,
    };
    match poll(&mut watched, timeout) {
        Ok(_) => Ok(watched[0].any().unwrap_or(false)),
        Err(nix::errno::Errno::EINTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The talk with the client: JSON-RPC, a message a line.
#[derive(Debug, Default)]
struct Talk {
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// Whether the client has finished its handshake.
    ready: bool,
    /// Pings on their way: our id, and the nonce that its answer releases.
    asked: VecDeque<(u64, String)>,
    pings: u64,
    /// The newest challenge that found too many pings before it.
    waiting: Option<String>,
    /// The rest of a line that was too long is thrown away.
    skipping: bool,
}

impl Talk {
    fn take_outgoing(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outgoing)
    }

    /// What the supervisor's line brings.
    fn told(&mut self, news: News, link: &mut Link) {
        match news {
            News::Welcomed if self.ready => {
                link.say(&FromGuest::Ready);
            }
            News::Frame(ToGuest::Challenge { nonce, .. }) => self.ask(nonce),
            News::Welcomed | News::Refused(_) | News::Frame(_) | News::Lost => {}
        }
    }

    /// Brings a challenge to the client. Of those that find too many pings before them only the
    /// newest is kept, so that a client that wakes is seen awake by its first answer.
    fn ask(&mut self, nonce: String) {
        if self.asked.len() >= PINGS_MAX {
            self.waiting = Some(nonce);
            return;
        }
        self.pings += 1;
        self.asked.push_back((self.pings, nonce));
        let id = format!("mosaic-{}", self.pings);
        self.write(&json!({"jsonrpc": "2.0", "id": id, "method": "ping"}));
    }

    /// Bytes of the client.
    fn hear(&mut self, bytes: &[u8], mut link: Option<&mut Link>) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let ends = piece.ends_with(b"\n");
            if !self.skipping {
                self.incoming.extend_from_slice(piece);
            }
            self.skipping = !ends && (self.skipping || self.incoming.len() > LINE_BYTES_MAX);
            if ends || self.skipping {
                let line = std::mem::take(&mut self.incoming);
                if let (Ok(message), false) = (serde_json::from_slice(&line), self.skipping)
                    && let Some(frame) = self.take(&message)
                    && let Some(link) = link.as_deref_mut()
                    // Before the welcome nothing is owed: `told` says that we are ready then.
                    && link.is_welcomed()
                {
                    link.say(&frame);
                }
            }
        }
    }

    /// One message of the client: answers what it asks; gives what the supervisor must hear.
    fn take(&mut self, message: &Value) -> Option<FromGuest> {
        let id = message.get("id").filter(|id| !id.is_null());
        match (message.get("method").and_then(Value::as_str), id) {
            (None, Some(id)) => {
                self.answered(id).map(|nonce| FromGuest::Answer(Answered::to(nonce)))
            }
            (Some("notifications/initialized"), _) => {
                self.ready = true;
                Some(FromGuest::Ready)
            }
            (Some(method), Some(id)) => {
                let reply = reply(method, id, message.get("params"));
                self.write(&reply);
                None
            }
            (_, None) => None,
        }
    }

    /// The nonce of the ping that this id answers. An error is an answer too: it came from the
    /// client's own loop.
    fn answered(&mut self, id: &Value) -> Option<String> {
        let number: u64 = id.as_str()?.strip_prefix("mosaic-")?.parse().ok()?;
        let at = self.asked.iter().position(|(asked, _)| *asked == number)?;
        let (_, nonce) = self.asked.remove(at)?;
        if let Some(waiting) = self.waiting.take() {
            self.ask(waiting);
        }
        Some(nonce)
    }

    fn write(&mut self, message: &Value) {
        self.outgoing.extend(message.to_string().into_bytes());
        self.outgoing.push(b'\n');
    }
}

/// What a request of the client gets.
fn reply(method: &str, id: &Value, params: Option<&Value>) -> Value {
    let result = match method {
        "initialize" => json!({
            "protocolVersion": params
                .and_then(|params| params.get("protocolVersion"))
                .unwrap_or(&Value::from("2025-11-25")),
            "capabilities": {},
            "serverInfo": {"name": "mosaic", "version": env!("CARGO_PKG_VERSION")},
        }),
        "ping" => json!({}),
        "tools/list" => json!({"tools": []}),
        // Newer clients probe with `server/discover` first and fall back to `initialize`.
        _ => {
            let error = json!({"code": -32601, "message": format!("no method {method}")});
            return json!({"jsonrpc": "2.0", "id": id, "error": error});
        }
    };
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}
