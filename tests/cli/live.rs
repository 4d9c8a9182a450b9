//! `ps --watch` on a real terminal: drawn again when something changes, and given back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use futures_util::StreamExt as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::fake::{Fake, Seen, ps, row, wait_until};
use crate::need::need;
use crate::terminal::Terminal;

/// At this pace it asks by itself where every age is in minutes or more.
const SLOW: Duration = Duration::from_secs(10);

/// Rows that a test changes, and the events that tell of it.
#[derive(Clone, Default)]
pub struct Stage {
    rows: Arc<Mutex<Vec<Value>>>,
    asked: Arc<AtomicUsize>,
    follower: Arc<Mutex<Option<mpsc::UnboundedSender<Bytes>>>>,
}

impl Stage {
    pub fn router(&self) -> Router {
        let (rows, follower) = (self.clone(), self.follower.clone());
        let shown = get(move || async move {
            rows.asked.fetch_add(1, Ordering::Relaxed);
            Json(ps(&rows.rows.lock().unwrap())).into_response()
        });
        let events = get(move || {
            let (sender, receiver) = mpsc::unbounded_channel::<Bytes>();
            *follower.lock().unwrap() = Some(sender);
            let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
                receiver.recv().await.map(|bytes| (bytes, receiver))
            });
            async { Body::from_stream(stream.map(Ok::<_, std::convert::Infallible>)) }
        });
        Router::new().route("/v1/ps", shown).route("/v1/events", events)
    }

    pub fn show(&self, rows: Vec<Value>) {
        *self.rows.lock().unwrap() = rows;
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Ends the stream of events, as the death of a supervisor does.
    fn end(&self) {
        drop(self.follower.lock().unwrap().take());
    }

    /// Tells of an event, so that somebody asks.
    pub fn tell(&self, seq: u64) {
        let event = json!({
            "seq": seq, "id": "e", "ts_ms": 1, "tenant": "t", "host": "h", "agent": "ada", "session": null,
            "type": "health.changed", "schema_version": 1, "actor": "supervisor", "cause": null,
            "traceparent": null, "payload": {}
        });
        let text = format!("id: {seq}\ndata: {event}\n\n");
        let follower = self.follower.lock().unwrap();
        follower.as_ref().unwrap().send(Bytes::from(text)).unwrap();
    }
}

/// An agent whose ages are all in hours: nothing but an event has it asked for again soon.
pub fn old(name: &str) -> Value {
    let mut row = row(name);
    row["session"]["since_ms"] = json!(1);
    row["activity"]["since_ms"] = json!(1);
    row["heartbeat"]["age_ms"] = json!(90_000);
    row
}

fn watching(rows: Vec<Value>, size: (u16, u16), verb: &str) -> (Stage, Seen, Fake, Terminal) {
    let (stage, seen) = (Stage::default(), Seen::default());
    stage.show(rows);
    let fake = Fake::serving(seen.noting(stage.router()));
    let terminal = Terminal::running(fake.home.path(), size, "", verb);
    terminal.shows("AGENT");
    (stage, seen, fake, terminal)
}

#[test]
fn an_event_has_the_table_drawn_again_and_q_gives_the_terminal_back() {
    if !need("tmux") {
        return;
    }
    let (stage, seen, _fake, terminal) = watching(vec![old("ada")], (120, 8), "ps --watch");
    assert!(terminal.is_alternate() && !terminal.screen().contains("before"));
    assert!(terminal.screen().contains("1 agent: 1 healthy"), "{}", terminal.screen());
    let lines = seen.lines();
    assert!(lines.contains(&"GET /v1/events?from=43&follow=true".to_owned()), "{lines:?}");
    let mut late = old("ada");
    late["health"] = json!("late");
    stage.show(vec![late, old("bob")]);
    assert_eq!(stage.asked(), 1, "nothing happened, so that nobody asks");
    stage.tell(43);
    let told = Instant::now();
    terminal.shows("bob");
    assert!(told.elapsed() < SLOW, "it was the clock that asked: {:?}", told.elapsed());
    terminal.shows("2 agents: 1 healthy, 1 late; next: 1 late: mosaic agent explain ada");
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
    assert!(!terminal.is_alternate() && terminal.screen().contains("before"));
    assert!(!terminal.screen().contains("bob"));
    assert!(seen.lines().iter().all(|line| line.starts_with("GET ")), "{:?}", seen.lines());
}

#[test]
fn ages_go_on_while_nothing_happens_and_nothing_is_drawn_that_stands_there() {
    if !need("tmux") {
        return;
    }
    let (stage, _seen, fake, terminal) = watching(vec![row("ada")], (120, 8), "ps --watch");
    let drawn = fake.home.path().join("drawn");
    terminal.pipe(&drawn);
    let asked = stage.asked();
    wait_until("more questions", || stage.asked() >= asked + 2);
    assert_eq!(std::fs::read(&drawn).unwrap_or_default(), b"");
    let mut older = row("ada");
    older["heartbeat"]["age_ms"] = json!(4000);
    stage.show(vec![older]);
    terminal.shows("4s ago");
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
}

#[test]
fn it_takes_every_size_and_scrolls_what_does_not_fit() {
    if !need("tmux") {
        return;
    }
    let many: Vec<Value> = (10..40).map(|at| old(&format!("agent-{at}"))).collect();
    let (_stage, _seen, _fake, terminal) =
        watching(many, (100, 8), "ps --watch --sort agent --health healthy");
    terminal.shows("rows 1-6 of 30, arrows move");
    assert!(terminal.screen().contains("agent-15") && !terminal.screen().contains("agent-16"));
    terminal.press(&["Down", "Down"]);
    terminal.shows("rows 3-8 of 30");
    assert!(terminal.screen().starts_with("AGENT"), "{}", terminal.screen());
    terminal.resize(60, 40);
    terminal.shows("agent-39");
    let screen = terminal.screen();
    assert!(!screen.contains("HEARTBEAT") && screen.contains("30 agents: 30 healthy"), "{screen}");
    terminal.resize(20, 3);
    terminal.shows("rows 1-1 of 30");
    terminal.press(&["C-c"]);
    terminal.shows("[ended 130]");
    assert!(!terminal.is_alternate());
}

#[test]
fn a_supervisor_that_leaves_is_said_and_its_return_found() {
    if !need("tmux") {
        return;
    }
    let (stage, _seen, fake, terminal) = watching(vec![row("ada")], (120, 8), "ps --watch");
    let away = fake.home.path().join("state/away.sock");
    std::fs::rename(fake.socket(), &away).unwrap();
    terminal.shows("the supervisor does not answer: rows of");
    assert!(terminal.screen().contains("ada"), "the last rows stay");
    stage.show(vec![row("ada"), row("bob")]);
    std::fs::rename(&away, fake.socket()).unwrap();
    terminal.shows("2 agents: 2 healthy");
    assert!(!terminal.screen().contains("does not answer"), "{}", terminal.screen());
    kill(Pid::from_raw(terminal.program()), Signal::SIGTERM).unwrap();
    terminal.shows("[ended 143]");
    assert!(!terminal.is_alternate());
}

#[test]
fn a_supervisor_that_dies_is_missed_at_once_though_every_age_is_in_hours() {
    if !need("tmux") {
        return;
    }
    let (stage, _seen, fake, terminal) = watching(vec![old("ada")], (120, 8), "ps --watch");
    std::fs::remove_file(fake.socket()).unwrap();
    stage.end();
    let ended = Instant::now();
    terminal.shows("the supervisor does not answer: rows of");
    assert!(ended.elapsed() < SLOW / 2, "it was the clock that asked: {:?}", ended.elapsed());
}

#[test]
fn where_nothing_can_be_drawn_nothing_is() {
    let stage = Stage::default();
    stage.show(vec![row("ada")]);
    let fake = Fake::serving(stage.router());
    let output = fake.mosaic(&["ps", "--watch"]);
    assert_eq!((output.code, output.stdout.as_str()), (9, ""));
    assert!(output.stderr.contains("mosaic events --follow"), "{output:?}");
    assert_eq!(fake.mosaic(&["ps", "--watch", "--json"]).code, 2);
    if !need("tmux") {
        return;
    }
    let terminal = Terminal::running(fake.home.path(), (80, 10), "", "ps --watch adda");
    terminal.shows("[ended 4]");
    let screen = terminal.screen();
    assert!(screen.contains("before") && screen.contains("did you mean \"ada\"?"), "{screen}");
}
