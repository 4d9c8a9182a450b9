//! A real supervisor that is killed at named points between append, commit, publish, answer and
//! act: each key is answered once, and no agent notices.
//!
//! `MOSAIC_KILLS=10000` runs it longer; `docs/reliability.md` has the result.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, need, signal, wait_until};

const POINTS: [&str; 6] = ["append", "commit", "publish", "acknowledge", "acknowledged", "act"];

/// Two at each point; each is a whole life of a supervisor.
const KILLS: usize = 12;

/// The journal alone is killed for the rest of a long run. More lives than these, each too short to
/// deliver anything, would fill the mailbox.
const KILLS_MAX: usize = 30;

fn kills() -> usize {
    let asked = std::env::var("MOSAIC_KILLS").ok().and_then(|text| text.parse().ok());
    asked.map_or(KILLS, |kills: usize| kills.clamp(KILLS, KILLS_MAX))
}

fn supervise(fleet: &Fleet, armed: Option<String>) -> Child {
    let mut command = fleet.command(&["supervise"]);
    if let Some(armed) = armed {
        command.env("MOSAIC_KILL_AT", armed);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Sends a message with a key; its id and seq, or nothing when the supervisor died before.
fn send(fleet: &Fleet, key: &str) -> Option<(String, u64)> {
    let body = format!(r#"{{"text":"message {key}"}}"#);
    let mut stream = UnixStream::connect(fleet.state("control.sock")).ok()?;
    stream.set_read_timeout(Some(LONG)).ok()?;
    write!(
        stream,
        "POST /v1/agents/ada/messages HTTP/1.1\r\nHost: mosaic\r\nConnection: close\r\n\
         Content-Type: application/json\r\nIdempotency-Key: {key}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let reply: Value = serde_json::from_str(text.split_once("\r\n\r\n")?.1).ok()?;
    let id = reply["id"].as_str().unwrap_or_else(|| panic!("{key}: {text}")).to_owned();
    Some((id, reply["seq"].as_u64().unwrap_or_default()))
}

#[test]
fn a_supervisor_killed_at_every_named_point_answers_each_key_once_and_loses_nothing() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let ada = fleet.pid("ada");
    fleet.kill_supervisor();
    let mut told: BTreeMap<String, (String, u64)> = BTreeMap::new();
    let mut open: Vec<String> = Vec::new();
    let mut by_point: BTreeMap<&str, usize> = BTreeMap::new();
    for round in 0..kills() {
        let point = POINTS[round % POINTS.len()];
        // The first commits of a life are its start; behind them come the commands.
        let mut supervisor = supervise(&fleet, Some(format!("{point}:{}", 1 + round / 6 % 9)));
        let gone = |supervisor: &mut Child| supervisor.try_wait().unwrap().is_some();
        open.extend((0..3).map(|at| format!("{round}.{at}")));
        wait_until("the end of a supervisor", LONG, || {
            open.retain(|key| match send(&fleet, key) {
                Some(answer) => {
                    let before = told.insert(key.clone(), answer.clone());
                    assert!(before.is_none_or(|before| before == answer), "{key}");
                    false
                }
                None => true,
            });
            if open.is_empty() && !gone(&mut supervisor) {
                open.push(format!("{round}.more.{}", told.len()));
            }
            gone(&mut supervisor)
        });
        let status = supervisor.wait().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{status}");
        *by_point.entry(point).or_default() += 1;
    }
    let mut last = supervise(&fleet, None);
    wait_until("all answers", LONG, || {
        open.retain(|key| {
            send(&fleet, key).map(|answer| told.insert(key.clone(), answer)).is_none()
        });
        open.is_empty()
    });
    for (key, answer) in &told {
        assert_eq!(send(&fleet, key).as_ref(), Some(answer), "{key} has one answer for ever");
    }
    let events = fleet.events();
    assert!(events.iter().map(|event| event["seq"].as_u64().unwrap()).eq(1..=events.len() as u64));
    let mut queued: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in events.iter().filter(|event| event["type"] == "message.queued") {
        let message = &event["payload"]["message"];
        let key = message["text"].as_str().unwrap().trim_start_matches("message ").to_owned();
        queued.entry(key).or_default().push(message["id"].as_str().unwrap().to_owned());
    }
    for (key, (id, _)) in &told {
        assert_eq!(queued.get(key), Some(&vec![id.clone()]), "{key}: once, and as it was told");
    }
    assert_eq!(queued.len(), told.len());
    assert_eq!((fleet.pid("ada"), fleet.count("ada", "session.started")), (ada, 1));
    fleet.mosaic(&["events", "verify"]).ended(0);
    println!("{by_point:?}, {} keys", told.len());
    signal(last.id(), Signal::SIGTERM);
    last.wait().unwrap();
}
