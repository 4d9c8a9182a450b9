//! From a command to the client that follows the events.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use super::support::{Fleet, Roster};
use super::{Figure, percentile};

/// Commands.
const ROUNDS: usize = 400;

pub fn figures() -> Vec<Figure> {
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let socket = fleet.state("control.sock");
    let mut events = UnixStream::connect(&socket).unwrap();
    let after = fleet.events().len() + 1;
    write!(
        events,
        "GET /v1/events?follow=true&from={after}&type=message.queued,message.cancelled HTTP/1.1\r\n\
         Host: mosaic\r\n\r\n"
    )
    .unwrap();
    let (heard, hears) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(events).lines() {
            let Ok(line) = line else { return };
            if line.starts_with("data:") && heard.send(Instant::now()).is_err() {
                return;
            }
        }
    });
    // Nothing types while nobody is there to take it: only the queueing is measured.
    fleet.mosaic(&["agent", "stop", "ada"]).ended(0);
    let (mut whole, mut behind) = (Vec::new(), Vec::new());
    let mut asks = UnixStream::connect(&socket).unwrap();
    for at in 0..ROUNDS {
        let sent = Instant::now();
        let reply =
            ask(&mut asks, "POST", "/v1/agents/ada/messages", &format!(r#"{{"text":"{at}"}}"#));
        let replied = Instant::now();
        let at = hears.recv().unwrap();
        whole.push(at.duration_since(sent).as_secs_f64() * 1000.0);
        behind.push(at.saturating_duration_since(replied).as_secs_f64() * 1000.0);
        let id = reply.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap();
        ask(&mut asks, "DELETE", &format!("/v1/messages/{id}"), "");
        hears.recv().unwrap();
    }
    vec![Figure {
        what: "command sent → its event at a follower".to_owned(),
        median: format!("{:.2} ms", percentile(&mut whole, 50)),
        beside: format!(
            "p99 {:.2} ms; behind the reply {:.2} ms, p99 {:.2} ms",
            percentile(&mut whole, 99),
            percentile(&mut behind, 50),
            percentile(&mut behind, 99)
        ),
    }]
}

/// One request on a connection that is kept.
fn ask(stream: &mut UnixStream, method: &str, path: &str, body: &str) -> String {
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: mosaic\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut text = vec![0; length];
    reader.read_exact(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}
