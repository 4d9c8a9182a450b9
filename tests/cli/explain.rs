//! `agent explain`, `list`, `start`: what the supervisor says, for people.

use axum::routing::{get, post};
use axum::{Json, Router};
use insta::assert_snapshot;
use serde_json::json;

use crate::fake::{Fake, Seen, ps, row, rows};

#[test]
fn every_verdict_comes_with_evidence_source_age_and_rule() {
    let reply = json!({
        "as_of_seq": 42, "address": "ada@hill/tess", "row": row("ada"),
        "evidence": [
            {"cell": "health", "verdict": "healthy", "evidence": "challenge answered in 0.4 ms",
             "source": "heartbeat", "age_ms": 2100, "rule": "answered within 10 s"},
            {"cell": "boot", "verdict": "yes", "evidence": "unit enabled, linger on",
             "source": "systemd", "age_ms": null, "rule": "both are needed"},
            {"cell": "role", "verdict": "tester", "evidence": "its `role`",
             "source": "roster", "age_ms": null, "rule": "told once"},
            {"cell": "labels", "verdict": "team=\u{1b}web", "evidence": "its `labels`",
             "source": "roster", "age_ms": null, "rule": "told once"}
        ],
        "last_words": ["Traceback:", "  \u{1b}[31mboom"],
        "events": []
    });
    let route = get(move || async move { Json(reply) });
    let fake = Fake::serving(Router::new().route("/v1/agents/ada/explain", route));
    let output = fake.mosaic(&["agent", "explain", "ada"]);
    assert_eq!(output.code, 0);
    assert_snapshot!(output.stdout);
    let narrow = fake.finished(fake.command(&["agent", "explain", "ada"]).env("COLUMNS", "40"));
    let (verdicts, _) = narrow.stdout.split_once("\n\n").unwrap();
    assert!(verdicts.lines().all(|line| line.chars().count() <= 40), "{verdicts}");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&narrow.stdout), words(&output.stdout), "nothing is lost");
}

#[test]
fn the_last_events_are_one_line_each_however_narrow_the_terminal() {
    let event = |seq: u64, kind: &str, payload: serde_json::Value| {
        json!({"seq": seq, "id": "e", "ts_ms": 1_790_000_000_000_u64, "tenant": "tess", "host": "hill",
            "agent": "ada", "session": "s-1", "type": kind, "schema_version": 1,
            "actor": "supervisor", "cause": null, "traceparent": null, "payload": payload})
    };
    let events = [
        event(
            41,
            "session.starting",
            json!({"session": "0198c5d2-5b4e-7a41", "argv": "a b ".repeat(40)}),
        ),
        event(42, "session.exited", json!({"exit": {"code": 3}, "session": "0198c5d2-5b4e-7a41"})),
    ];
    let reply = json!({"as_of_seq": 42, "address": "ada@hill/tess", "row": row("ada"),
        "evidence": [], "last_words": [], "events": events});
    let route = get(move || async move { Json(reply) });
    let fake = Fake::serving(Router::new().route("/v1/agents/ada/explain", route));
    for columns in [20, 40, 80, 120] {
        let mut command = fake.command(&["agent", "explain", "ada"]);
        let output = fake.finished(command.env("COLUMNS", columns.to_string()));
        let (_, told) = output.stdout.split_once("last events\n").unwrap();
        let lines: Vec<&str> = told.lines().collect();
        assert_eq!(lines.len(), 2, "{told}");
        for (line, kind) in lines.iter().zip(["session.starting", "session.exited"]) {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
            assert!(columns < 40 || line.contains(kind), "{columns}: {line}");
        }
    }
    let piped = fake.mosaic(&["agent", "explain", "ada"]).stdout;
    assert!(piped.lines().any(|line| line.chars().count() > 120), "a pipe gets all: {piped}");
}

#[test]
fn a_list_names_the_agents_and_no_others() {
    let fake = Fake::serving(Router::new().route("/v1/ps", get(|| async { Json(ps(&rows())) })));
    let output = fake.mosaic(&["agent", "list"]);
    assert_eq!(
        output.stdout,
        "ada  stub    running\nbob  stub    running\ncyd  stub    held\ndee  claude  running\neve  stub    absent\n"
    );
}

#[test]
fn a_command_says_what_it_did_and_why_goes_into_the_journal() {
    let seen = Seen::default();
    let route = post(|| async { Json(json!({"seq": 43, "said": "ada is stopping"})) });
    let routes = Router::new().route("/v1/agents/ada/stop", route);
    let fake = Fake::serving(seen.noting(routes));
    let output = fake.mosaic(&["agent", "stop", "ada", "--reason", "lunch"]);
    assert_eq!((output.code, output.stdout.as_str()), (0, "ada is stopping\n"));
    assert_eq!(seen.body("POST")["reason"], "lunch");
}
