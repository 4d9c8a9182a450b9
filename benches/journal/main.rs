//! Durable events a second, a hundred writers, beside bare rusqlite with the same batches.
//!
//! ```text
//! cargo bench --bench journal
//! cargo bench --bench journal -- start 1000000
//! ```
//!
//! `start` opens a journal of so many events, which it makes first.
//!
//! The journal's source is part of this program, because the library keeps it private.

#![expect(clippy::unwrap_used, reason = "a figure without its ground is none")]
#![expect(clippy::disallowed_methods, reason = "figures read the time")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]
#![expect(dead_code, unused_imports, reason = "what is measured needs a part of them")]

use std::path::Path;
use std::time::Instant;

use fleet::{AgentName, Event, Fleet, Host, Moment, Recorded, Tenant, fold};
use host::journal::{Journal, NewEvent, Stamp};
use rusqlite::{Connection, TransactionBehavior, params};

#[path = "../../src/clock.rs"]
mod clock;
#[path = "../../src/fleet/mod.rs"]
mod fleet;
mod host;

/// Writers that wait for their own event each.
const WRITERS: usize = 100;

/// Events of each writer in one round.
const EVENTS: usize = 200;

/// Rounds, in turns.
const ROUNDS: usize = 9;

/// Events of a request while a long journal is made.
const AT_ONCE: u64 = 1000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|word| word == "start") {
        return started(arguments[at + 1].parse().unwrap());
    }
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let place = tempfile::tempdir().unwrap();
        std::fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .unwrap();
        ours.push(journaled(&place.path().join("journal.db")));
        bare.push(inserted(&place.path().join("bare.db")));
    }
    let (ours, bare) = (median(ours), median(bare));
    println!("| durable events a second, {WRITERS} writers | median | beside it |\n|---|---|---|");
    println!("| the journal | {ours:.0} | {:.2} × bare rusqlite |", ours / bare);
    println!("| bare rusqlite, {WRITERS} rows a transaction | {bare:.0} | |");
}

/// A start over so many events, thrice: until all are checked and folded.
fn started(count: u64) {
    let place = tempfile::tempdir().unwrap();
    std::fs::set_permissions(place.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .unwrap();
    let path = place.path().join("journal.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = Journal::open(&path, |_, _| Ok(())).unwrap();
        for from in (0..count).step_by(usize::try_from(AT_ONCE).unwrap()) {
            let events = (from..from + AT_ONCE).map(change).collect();
            journal.append(&stamp(), events, None).await.unwrap();
        }
        journal.close().await.unwrap();
    });
    println!("| a start over {count} events | seconds |\n|---|---|");
    for _ in 0..3 {
        let mut fleet = Fleet::default();
        let began = Instant::now();
        let journal = Journal::open(&path, |_, recorded| {
            fold(&mut fleet, &recorded);
            Ok(())
        })
        .unwrap();
        println!("| until all are folded | {:.2} |", began.elapsed().as_secs_f64());
        assert_eq!(*journal.head().borrow(), count);
        runtime.block_on(journal.close()).unwrap();
    }
}

/// A change of one of fifty agents.
fn change(at: u64) -> NewEvent {
    let agent = AgentName::parse(&format!("agent-{}", at % 50)).unwrap();
    let session = fleet::SessionId("0123456789abcdef0123456789abcdef".to_owned());
    let event = match at % 100 {
        0..50 => Event::AgentStarting { agent },
        _ => Event::ChannelLost { agent, session },
    };
    let at = Moment { wall_ms: 1_764_000_000_000 + at, mono_ms: 5_000 + at };
    NewEvent {
        id: format!("{:032x}", at.wall_ms),
        recorded: Recorded { at, event },
        actor: "supervisor".to_owned(),
        cause: Some("0123456789abcdef0123456789abcdef".to_owned()),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
    }
}

fn stamp() -> Stamp {
    Stamp {
        tenant: Tenant { uid: 1000, label: "alice".to_owned() },
        host: Host { id: "0123456789abcdef0123456789abcdef".to_owned(), label: "mill".to_owned() },
    }
}

/// Events a second of the journal, each acknowledged to its writer.
fn journaled(path: &Path) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = Journal::open(path, |_, _| Ok(())).unwrap();
        let began = Instant::now();
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| tokio::spawn(write(journal.clone(), writer))).collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let took = began.elapsed().as_secs_f64();
        journal.close().await.unwrap();
        rate(took)
    })
}

async fn write(journal: Journal, writer: usize) {
    let stamp = stamp();
    let agent = AgentName::parse(&format!("agent-{writer}")).unwrap();
    for at in 0..EVENTS {
        let event = NewEvent {
            id: format!("{writer:016x}{at:016x}"),
            recorded: Recorded {
                at: Moment { wall_ms: 1_764_000_000_000, mono_ms: 5_000 },
                event: Event::AgentStarting { agent: agent.clone() },
            },
            actor: "supervisor".to_owned(),
            cause: None,
            traceparent: None,
        };
        journal.append(&stamp, vec![event], None).await.unwrap();
    }
}

/// Rows a second of the same columns, as many a transaction as there are writers.
fn inserted(path: &Path) -> f64 {
    let mut connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    connection.pragma_update(None, "synchronous", "full").unwrap();
    connection
        .execute_batch(
            "CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, ts, mono_ms, \
             tenant, tenant_label, host, host_label, agent, session, run, stream, stream_seq, type, \
             schema_version, actor, cause, traceparent, payload, leaf)",
        )
        .unwrap();
    let began = Instant::now();
    for batch in 0..EVENTS {
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        for writer in 0..WRITERS {
            let agent = format!("agent-{writer}");
            transaction
                .prepare_cached(
                    "INSERT INTO events VALUES \
                     (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                )
                .unwrap()
                .execute(params![
                    (batch * WRITERS + writer + 1) as i64,
                    format!("{writer:016x}{batch:016x}"),
                    1_764_000_000_000_i64,
                    5_000,
                    1000,
                    "alice",
                    "0123456789abcdef0123456789abcdef",
                    "mill",
                    agent,
                    None::<String>,
                    None::<String>,
                    agent,
                    (batch + 1) as i64,
                    "agent.starting",
                    1,
                    "supervisor",
                    None::<String>,
                    None::<String>,
                    format!(r#"{{"agent":"{agent}"}}"#),
                    [7_u8; 32],
                ])
                .unwrap();
        }
        transaction.commit().unwrap();
    }
    rate(began.elapsed().as_secs_f64())
}

fn rate(seconds: f64) -> f64 {
    f64::from(u32::try_from(WRITERS * EVENTS).unwrap()) / seconds
}

/// The middle of some values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
