//! `fleet up` over a supervisor that runs, and `fleet down`: what is asked, awaited and told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::fake::{Fake, Seen, ps, row, status};

/// Applies anything; the rows come in this order, one reply each, the last for ever.
fn applying(changes: Value, replies: Vec<Value>) -> Router {
    let asked = Arc::new(AtomicUsize::new(0));
    let applied =
        json!({"seq": 42, "changes": changes, "warnings": ["ada: no workspace of its own"]});
    let event = json!({
        "seq": 43, "id": "e", "ts_ms": 1, "tenant": "t", "host": "h", "agent": "ada", "session": null,
        "type": "health.changed", "schema_version": 1, "actor": "supervisor", "cause": null,
        "traceparent": null, "payload": {}
    });
    Router::new()
        .route("/v1/status", get(|| async { Json(status()) }))
        .route("/v1/roster/apply", post(move || async move { Json(applied) }))
        .route(
            "/v1/ps",
            get(move || async move {
                let at = asked.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1);
                Json(replies[at].clone())
            }),
        )
        .route(
            "/v1/events",
            get(move || async move {
                use futures_util::StreamExt as _;
                let first = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(
                    format!("id: 43\ndata: {event}\n\n"),
                )]);
                axum::body::Body::from_stream(first.chain(futures_util::stream::pending()))
            }),
        )
}

fn reply(health: &str, lifecycle: &str) -> Value {
    let mut row = row("ada");
    row["health"] = json!(health);
    row["lifecycle"] = json!(lifecycle);
    ps(&[row])
}

fn up(router: Router, rest: &[&str]) -> (crate::fake::Output, Fake) {
    let fake = Fake::serving(router);
    assert_eq!(fake.mosaic(&["fleet", "init", "--write"]).code, 0);
    let output = fake.mosaic(&[&["fleet", "up"], rest].concat());
    (output, fake)
}

#[test]
fn up_applies_the_roster_waits_for_health_and_shows_the_table() {
    let seen = Seen::default();
    let changes = json!([{"agent": "ada", "what": "starting"}, {"agent": "bob", "what": "changed", "detail": "it lives on as it was started", "fields": ["args"]},
        {"agent": "cyd", "what": "unchanged"}]);
    let routes = applying(changes, vec![reply("starting", "running"), reply("healthy", "running")]);
    let (output, fake) = up(seen.noting(routes), &[]);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(
        output.stdout.starts_with(
            "ada: starting\nbob: changed; it lives on as it was started (args)\nAGENT"
        )
    );
    assert!(output.stdout.contains("1 agent: 1 healthy"), "{output:?}");
    assert!(output.stderr.contains("no workspace of its own"));
    let roster = fake.home.path().join("config/roster.yaml");
    assert_eq!(seen.body("POST"), json!({"path": roster, "start": true}));
    let looks = seen.lines().iter().filter(|line| line.contains("/v1/ps")).count();
    assert_eq!(looks, 2, "one before the event, one after it, and that one is the table");
}

#[test]
fn a_wait_that_is_over_names_who_has_no_verdict() {
    let (output, _) =
        up(applying(json!([]), vec![reply("starting", "running")]), &["--wait", "300ms"]);
    assert_eq!(output.code, 10, "{output:?}");
    assert!(output.stderr.contains("no verdict after 0.3 s on ada"), "{output:?}");
}

#[test]
fn an_agent_that_ends_at_its_start_is_a_failure() {
    let changes = json!([{"agent": "ada", "what": "starting"}]);
    // It is just started again; the next look is another moment, and says nothing of this one.
    let looks = vec![reply("unknown", "exited"), reply("starting", "starting")];
    let (output, _) = up(applying(changes, looks), &[]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("mosaic agent explain ada"), "{output:?}");
}

#[test]
fn a_wrong_roster_is_told_whole_and_nothing_is_applied() {
    let seen = Seen::default();
    let fake = Fake::serving(seen.noting(applying(json!([]), vec![reply("healthy", "running")])));
    let roster = fake.home.path().join("wrong.yaml");
    std::fs::write(&roster, "version: 1\nagents:\n  - name: Ada\n    runtime: stubb\n").unwrap();
    let output = fake.mosaic(&["fleet", "up", "--roster", roster.to_str().unwrap()]);
    assert_eq!(output.code, 6, "{output:?}");
    assert!(
        output.stderr.contains("wrong.yaml:3:11") && output.stderr.contains("wrong.yaml:4:14"),
        "{output:?}"
    );
    assert!(seen.lines().iter().all(|line| line.contains("/v1/status")), "{:?}", seen.lines());
    let output = fake.mosaic(&["fleet", "check", roster.to_str().unwrap(), "--json"]);
    let told: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((output.code, told["ok"].as_bool()), (6, Some(false)));
    assert!(told["mistakes"].as_array().unwrap().len() >= 2);
}

#[test]
fn a_supervisor_is_not_started_from_a_build_directory_nor_from_inside_an_agent() {
    let fake = Fake::absent();
    assert_eq!(fake.mosaic(&["fleet", "init", "--write"]).code, 0);
    let output = fake.mosaic(&["fleet", "up"]);
    assert_eq!(output.code, 5, "{output:?}");
    assert!(output.stderr.contains("build directory"), "{output:?}");
    let output = fake.finished(
        fake.command(&["fleet", "up"]).env("MOSAIC_AGENT", "ada").env("MOSAIC_ALLOW_TARGET", "1"),
    );
    assert_eq!(output.code, 5, "{output:?}");
    assert!(output.stderr.contains("inside agent \"ada\""), "{output:?}");
}

#[test]
fn down_asks_where_somebody_can_answer_and_stops_nothing_elsewhere() {
    let seen = Seen::default();
    let stop = post(|| async { Json(json!({"seq": 44, "said": "the fleet is stopped"})) });
    let routes = Router::new().route("/v1/supervisor/stop", stop);
    let fake = Fake::serving(seen.noting(routes));
    let output = fake.mosaic(&["fleet", "down"]);
    assert_eq!(output.code, 9, "{output:?}");
    assert!(seen.lines().is_empty());
    let output = fake.mosaic(&["fleet", "down", "--yes", "--keep-agents"]);
    assert_eq!((output.code, output.stdout.as_str()), (0, "the fleet is stopped\n"));
    assert_eq!(seen.body("POST")["keep_agents"], true);
}
