//! `mosaic hook EVENT`: tells the supervisor what a runtime told its hook; never holds the runtime up.
//!
//! A runtime waits for its hooks, and a person waits for the runtime. So every way through here
//! is short, ends with 0 and prints nothing: what `UserPromptSubmit` prints would become a part
//! of the prompt. Without a supervisor the same lines that the socket would have got go into one
//! file of the spool, for the supervisor that comes next.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::Value;

use super::link;
use crate::clock;
use crate::protocol::{FrameMistake, FromGuest, Hello, Role, ToGuest, decode, encode};

/// More than any prompt that we could have sent; what is longer is no receipt of ours.
const PAYLOAD_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A runtime writes the payload before it waits; who has not by then will not.
const PAYLOAD_WITHIN_MS: u64 = 1_000;

/// A supervisor that lives answers in a millisecond; a person feels more than 200 ms.
const TAKEN_WITHIN_MS: u64 = 150;

/// Fields that are kept of a payload that is too long for a frame: ids and paths are shorter.
const FIELD_BYTES_MAX: usize = 4096;

/// Months of prompts without a supervisor; then new ones are dropped, not the disk filled.
const SPOOL_FILES_MAX: usize = 4096;

/// Tells, or spools, or does nothing; 0 in every case.
pub fn main(words: &[OsString]) -> ExitCode {
    if let Some(event) = words.first().and_then(|word| word.to_str()) {
        tell(event);
    }
    ExitCode::SUCCESS
}

fn tell(event: &str) {
    // Outside a pane of ours there is nobody to tell.
    let (Ok(agent), Some(socket)) =
        (std::env::var("MOSAIC_AGENT"), std::env::var_os("MOSAIC_HEARTBEAT_SOCKET"))
    else {
        return;
    };
    let Some(payload) = read_payload(clock::mono_ms() + PAYLOAD_WITHIN_MS) else {
        return;
    };
    let hello = Hello {
        session: std::env::var("MOSAIC_SESSION").ok(),
        token: std::env::var("MOSAIC_SESSION_TOKEN").ok(),
        ..Hello::new(Role::Hook, agent)
    };
    let at_ms = clock::now().wall_ms;
    let Ok(lines) = lines(hello, event, payload, at_ms) else {
        return;
    };
    if say(Path::new(&socket), &lines).is_err()
        && let Some(spool) = std::env::var_os("MOSAIC_SPOOL")
    {
        // A full disk must not hold the runtime up either.
        let _best = keep(Path::new(&spool), at_ms, &lines);
    }
}

/// The two lines that the supervisor gets: who speaks, and what the runtime said.
fn lines(hello: Hello, event: &str, payload: Value, at_ms: u64) -> Result<Vec<u8>, FrameMistake> {
    let mut lines = encode(&FromGuest::Hello(hello))?;
    let frame = |payload| FromGuest::Hook { event: event.to_owned(), payload, at_ms };
    let whole = frame(payload);
    match encode(&whole) {
        Ok(line) => lines.extend(line),
        Err(FrameMistake::TooLong) => lines.extend(encode(&frame(shortened(whole)))?),
        Err(mistake @ (FrameMistake::Form(_) | FrameMistake::UnknownType(_))) => {
            return Err(mistake);
        }
    }
    Ok(lines)
}

/// The short fields of a payload: they tell that something happened, and where.
fn shortened(frame: FromGuest) -> Value {
    let FromGuest::Hook { payload: Value::Object(mut fields), .. } = frame else {
        return Value::Null;
    };
    fields.retain(|_, value| match value {
        Value::String(text) => text.len() <= FIELD_BYTES_MAX,
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::Array(_) | Value::Object(_) => false,
    });
    Value::Object(fields)
}

/// What the runtime wrote to our standard input; `None` when it is no JSON, too long or too late.
fn read_payload(deadline: u64) -> Option<Value> {
    let mut input = File::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    while wait(input.as_fd(), PollFlags::POLLIN, deadline) {
        match input.read(&mut chunk) {
            Ok(0) => return serde_json::from_slice(&bytes).ok(),
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
        if bytes.len() > PAYLOAD_BYTES_MAX {
            return None;
        }
    }
    // A runtime that leaves the pipe open has still said all of it when it is whole JSON.
    serde_json::from_slice(&bytes).ok()
}

/// Says the lines, and waits until the supervisor has taken or refused them.
fn say(socket: &Path, lines: &[u8]) -> io::Result<()> {
    let deadline = clock::mono_ms() + TAKEN_WITHIN_MS;
    let mut stream = link::open(socket)?;
    let mut left = lines;
    while !left.is_empty() {
        if !wait(stream.as_fd(), PollFlags::POLLOUT, deadline) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match stream.write(left) {
            Ok(count) => left = &left[count..],
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(error),
        }
    }
    answered(&mut stream, deadline)
}

/// Waits for the line that ends the talk. A refusal ends it too: it would be refused again.
fn answered(stream: &mut UnixStream, deadline: u64) -> io::Result<()> {
    let mut heard = Vec::new();
    let mut chunk = [0; 1024];
    while wait(stream.as_fd(), PollFlags::POLLIN, deadline) {
        match stream.read(&mut chunk) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => heard.extend_from_slice(&chunk[..count]),
            Err(error) if is_passing(&error) => continue,
            Err(error) => return Err(error),
        }
        let ends =
            |line: &[u8]| matches!(decode(line), Ok(ToGuest::HookTaken | ToGuest::Refused { .. }));
        if heard.split(|byte| *byte == b'\n').any(ends) {
            return Ok(());
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// Waits until the descriptor is ready; `false` when the time is up first.
fn wait(descriptor: BorrowedFd<'_>, readiness: PollFlags, deadline: u64) -> bool {
    loop {
        let left = deadline.saturating_sub(clock::mono_ms());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(descriptor, readiness)], timeout) {
            Ok(0) if clock::mono_ms() >= deadline => return false,
            Ok(0) | Err(nix::errno::Errno::EINTR) => {}
            Ok(_) => return true,
            Err(_) => return false,
        }
    }
}

/// Puts the lines into the spool as one file, whole or not at all. It is not synced: a disk that
/// is busy would hold a person up, and after a power cut the message is `unknown`, never lost.
fn keep(spool: &Path, at_ms: u64, lines: &[u8]) -> io::Result<()> {
    if fs::read_dir(spool)?.take(SPOOL_FILES_MAX).count() == SPOOL_FILES_MAX {
        return Err(io::ErrorKind::StorageFull.into());
    }
    let name = format!("{at_ms:015}-{}", std::process::id());
    let draft = spool.join(format!(".{name}"));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let written =
        file.write_all(lines).and_then(|()| fs::rename(&draft, spool.join(name + ".jsonl")));
    written.inspect_err(|_| drop(fs::remove_file(&draft)))
}
