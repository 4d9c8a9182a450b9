//! An Idempotency-Key: however often and however close together it comes, its command is done once.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, need, signal};

/// Two requests with each of these keys wait for the supervisor at once.
const KEYS: usize = 20;

#[test]
fn commands_that_come_in_one_burst_are_each_done_once_and_each_remembered() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let first = burst(&fleet);
    for pair in first.chunks(2) {
        assert_eq!(pair[0], pair[1], "one key, one answer");
    }
    assert_eq!(burst(&fleet), first, "later, the same answers");
    assert_eq!(fleet.count("ada", "message.queued"), KEYS);
}

/// Sends every key's message twice to a supervisor that looks only when all are there.
fn burst(fleet: &Fleet) -> Vec<String> {
    let supervisor = fleet.supervisor();
    signal(supervisor, Signal::SIGSTOP);
    let asked: Vec<UnixStream> = (0..2 * KEYS).map(|at| ask(fleet, at / 2)).collect();
    signal(supervisor, Signal::SIGCONT);
    asked.into_iter().map(answer).collect()
}

fn ask(fleet: &Fleet, key: usize) -> UnixStream {
    let body = format!(r#"{{"text":"message {key}"}}"#);
    let mut stream = UnixStream::connect(fleet.state("control.sock")).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    write!(
        stream,
        "POST /v1/agents/ada/messages HTTP/1.1\r\nHost: mosaic\r\nConnection: close\r\n\
         Content-Type: application/json\r\nIdempotency-Key: burst-{key}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    stream
}

/// The message of a reply.
fn answer(mut stream: UnixStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let reply: Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
    reply["id"].as_str().unwrap_or_else(|| panic!("{text}")).to_owned()
}
