//! The journal over real files; what every test of it needs.

mod ahead;
mod append;
mod chain;
mod crash;
mod fixture;
mod full;
mod groups;
mod kills;
mod page;
mod proof;
mod read;
mod refuse;
mod samples;
mod stretches;
mod torn;
mod tree;
mod verify;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Journal, JournalError, NewEvent, Remember, Stamp, StoredEvent};
use crate::fleet::{AgentName, Event, Host, Moment, Recorded, Tenant};

/// A file of this repository.
fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal.db");
    (directory, path)
}

fn open(path: &Path) -> (Journal, Vec<StoredEvent>) {
    try_open(path).unwrap()
}

fn try_open(path: &Path) -> Result<(Journal, Vec<StoredEvent>), JournalError> {
    let mut events = Vec::new();
    let journal = Journal::open(path, |event, _| {
        events.push(event);
        Ok(())
    })?;
    Ok((journal, events))
}

fn stamp() -> Stamp {
    Stamp {
        tenant: Tenant { uid: 1000, label: "alice".into() },
        host: Host { id: "0123456789abcdef0123456789abcdef".into(), label: "mill".into() },
    }
}

fn name(text: &str) -> AgentName {
    AgentName::parse(text).unwrap()
}

/// A small event about an agent.
fn starting(agent: &str, id: &str) -> NewEvent {
    new(id, Event::AgentStarting { agent: name(agent) })
}

fn new(id: &str, event: Event) -> NewEvent {
    NewEvent {
        id: id.to_owned(),
        recorded: Recorded { at: Moment { wall_ms: 1_764_000_000_000, mono_ms: 5_000 }, event },
        actor: "supervisor".into(),
        cause: None,
        traceparent: None,
    }
}

fn answer(key: &str) -> Remember {
    let reply = r#"{"said":"done"}"#.into();
    Remember { key: key.into(), fingerprint: "f00d".into(), reply, events: 1 }
}

/// A second hand on the file, as somebody with sqlite3 has one.
fn sqlite(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}
