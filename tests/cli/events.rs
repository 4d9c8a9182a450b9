//! `events`: pages without gap, and a follow that survives the supervisor.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::Query;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::fake::{Fake, Seen, status, wait_until};
use crate::need::need;
use crate::terminal::Terminal;

#[derive(serde::Deserialize)]
struct Which {
    from: u64,
    limit: Option<u64>,
    #[serde(default)]
    follow: bool,
}

fn event(seq: u64) -> Value {
    json!({
        "seq": seq, "id": format!("e{seq}"), "ts_ms": 1_709_210_096_789u64 + seq, "tenant": "tess", "host": "hill",
        "agent": "ada", "session": "s1", "type": "session.exited", "schema_version": 1,
        "actor": "supervisor", "cause": null, "traceparent": null,
        "payload": {"agent": "ada", "exit": {"code": 3}, "left_behind": 0, "said": "a\u{1b}[2J\nb".repeat(20), "none": null}
    })
}

fn journal(head: u64) -> Router {
    Router::new().route("/v1/status", get(|| async { Json(status()) })).route(
        "/v1/events",
        get(move |Query(which): Query<Which>| async move {
            let last = head.min(which.from + which.limit.unwrap_or(1000) - 1);
            let events: Vec<Value> = (which.from..=last).map(event).collect();
            Json(json!({"as_of_seq": head, "events": events}))
        }),
    )
}

#[test]
fn a_line_tells_what_happened_and_moves_no_cursor() {
    let output = Fake::serving(journal(2)).mosaic(&["events"]);
    assert_eq!(output.code, 0);
    assert_snapshot!(output.stdout);
}

#[test]
fn pages_join_without_gap_or_duplicate() {
    let output = Fake::serving(journal(2500)).mosaic(&["events", "--json", "--from", "7"]);
    let seqs = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap());
    assert!(seqs.eq(7..=2500));
}

#[test]
fn a_filter_is_asked_of_the_supervisor() {
    let seen = Seen::default();
    let fake = Fake::serving(seen.noting(journal(1)));
    fake.mosaic(&["events", "--agent", "a&b", "--type", "agent.held,session.exited"]);
    assert_eq!(
        seen.lines(),
        ["GET /v1/events?from=1&limit=1000&agent=a%26b&type=agent%2Eheld,session%2Eexited"]
    );
}

#[test]
fn a_type_that_there_is_not_is_told_with_the_nearest_and_asked_of_nobody() {
    let seen = Seen::default();
    let fake = Fake::serving(seen.noting(journal(1)));
    for (asked, says) in [
        ("session.startd", "did you mean session.started?"),
        ("agent.held,tmux-lost", "did you mean tmux.lost?"),
        ("heartbeat", "docs/events.md has all of them"),
        ("", "docs/events.md has all of them"),
    ] {
        for more in [&[][..], &["--follow"], &["--json"]] {
            let output = fake.mosaic(&[&["events", "--type", asked], more].concat());
            assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{asked}: {output:?}");
            assert!(output.stderr.contains("no event has this type; "), "{asked}: {output:?}");
            assert!(output.stderr.contains(says), "{asked}: {output:?}");
        }
    }
    assert_eq!(seen.lines(), [""; 0]);
}

#[test]
fn what_is_beyond_the_head_is_said_and_zero_is_the_beginning() {
    let fake = Fake::serving(journal(42));
    let beyond = fake.mosaic(&["events", "--from", "44"]);
    assert_eq!((beyond.code, beyond.stdout.as_str()), (0, ""));
    assert_eq!(beyond.stderr, "mosaic: the last event is 42; --follow waits for 44\n");
    let last = fake.mosaic(&["events", "--from", "42"]);
    assert_eq!((last.stdout.lines().count(), last.stderr.as_str()), (1, ""));
    let all = fake.mosaic(&["events", "--from", "1"]);
    let zero = fake.mosaic(&["events", "--from", "0"]);
    assert_eq!((zero.code, zero.stderr.as_str()), (0, ""));
    // Of the supervisor, which counts from 1 whatever it is asked for, these are tested elsewhere.
    assert!(zero.stdout.ends_with(&all.stdout), "{}", zero.stdout);
    for bad in ["-1", "1.5", "many", ""] {
        let output = fake.mosaic(&["events", &format!("--from={bad}")]);
        assert_eq!(output.code, 2, "{output:?}");
        assert!(output.stderr.contains("is no seq; write a whole number"), "{output:?}");
    }
}

#[test]
fn a_narrow_terminal_gets_a_line_for_each_event_and_a_pipe_gets_all_of_it() {
    let fake = Fake::serving(journal(3));
    let piped = fake.finished(fake.command(&["events"]).env("COLUMNS", "40"));
    assert_eq!(piped.stdout.lines().count(), 3);
    assert!(piped.stdout.lines().all(|line| line.ends_with('…') && line.len() > 120), "{piped:?}");
    if !need("tmux") {
        return;
    }
    let whole = piped.stdout.lines().next().unwrap();
    for (columns, color) in [(100, "always"), (60, "always"), (34, "never"), (7, "always")] {
        let verb = format!("events --color {color}");
        let terminal = Terminal::running(fake.home.path(), (columns, 12), "clear;", &verb);
        terminal.shows("[ended");
        let screen = terminal.screen();
        let lines: Vec<&str> = screen.lines().skip_while(|line| *line == "before").collect();
        let events: Vec<&str> = lines.iter().copied().filter(|line| line.ends_with('…')).collect();
        assert_eq!(events.len(), 3, "{columns}:\n{screen}");
        assert_eq!(lines[..3], events, "nothing between them: {columns}:\n{screen}");
        let mut words = whole.split_whitespace();
        let mut next = || words.next().unwrap();
        let (seq, time, agent, kind) = (next(), &next()[11..19], next(), next());
        let rest = whole.split_once(kind).unwrap().1.trim_start();
        // The day goes before what happened does, then the time.
        let line = match columns {
            100.. => whole.to_owned(),
            40.. => format!("{seq} {time} {agent} {kind} {rest}"),
            _ => format!("{seq} {agent} {kind} {rest}"),
        };
        let cut: String = line.chars().take(usize::from(columns) - 1).collect();
        assert_eq!(events[0], format!("{cut}…"), "{columns}");
        let coloured = terminal.coloured().contains('\x1b');
        assert_eq!(coloured, color == "always", "{:?}", terminal.coloured());
    }
}

/// Three events and a lost connection, and from then on where it left off.
fn breaking(connections: Arc<AtomicU64>) -> Router {
    Router::new().route("/v1/status", get(|| async { Json(status()) })).route(
        "/v1/events",
        get(move |Query(which): Query<Which>| async move {
            assert!(which.follow);
            connections.fetch_add(1, Ordering::SeqCst);
            // One that is known comes again: it must not be shown twice.
            let first = which.from.saturating_sub(1).max(43);
            let text: String = (first..which.from + 3)
                .map(|seq| format!(": alive\n\nid: {seq}\ndata: {}\n\n", event(seq)))
                .collect();
            ([("content-type", "text/event-stream")], text + "data: {\"half").into_response()
        }),
    )
}

#[test]
fn a_follow_goes_on_where_the_connection_broke_and_ends_at_ctrl_c() {
    let connections = Arc::new(AtomicU64::new(0));
    let fake = Fake::serving(breaking(connections.clone()));
    let out = fake.home.path().join("out");
    let mut child = fake
        .command(&["events", "--follow", "--json"])
        .stdout(std::fs::File::create(&out).unwrap())
        .spawn()
        .unwrap();
    let read = || std::fs::read_to_string(&out).unwrap();
    wait_until("nine events", || read().lines().count() >= 9);
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(connections.load(Ordering::SeqCst) >= 3);
    let text = read();
    let seqs: Vec<u64> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap())
        .collect();
    assert!(seqs.iter().copied().eq(43..43 + u64::try_from(seqs.len()).unwrap()), "{seqs:?}");
}

#[test]
fn a_follow_ends_when_the_supervisor_stays_away() {
    let fake = Fake::serving(breaking(Arc::default()));
    let out = fake.home.path().join("out");
    let child = fake
        .command(&["events", "--follow"])
        .stdout(std::fs::File::create(&out).unwrap())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("an event", || !std::fs::read_to_string(&out).unwrap().is_empty());
    std::fs::remove_file(fake.socket()).unwrap();
    let output = fake.ended(child);
    assert_eq!(output.code, 3, "{output:?}");
    assert!(output.stderr.contains("mosaic fleet up"), "{output:?}");
}
