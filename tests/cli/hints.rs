//! A walk through the ends that are not well: each says what happened and what to do next.

use std::collections::BTreeMap;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::fake::{Fake, Output, row};

/// Their hints come from elsewhere, and are proven there: a socket of another user, a damaged journal,
/// a keyboard that somebody has. The last three are the user's own doing.
const ELSEWHERE: [i32; 6] = [8, 15, 17, 130, 141, 143];

fn message(state: &str) -> Value {
    json!({"as_of_seq": 1, "id": "k3x9", "agent": "ada", "state": state, "reason": null,
        "position": null, "at_ms": 1, "is_final": state != "queued"})
}

/// What becomes of a message.
fn sent(state: &'static str) -> Output {
    let routes = Router::new()
        .route("/v1/agents/ada/messages", post(|| async { Json(message("queued")) }))
        .route("/v1/messages/k3x9", get(move || async move { Json(message(state)) }));
    Fake::serving(routes).mosaic(&["send", "ada", "hello", "--verify", "--timeout", "1s"])
}

fn serving_rows(rows: Value) -> Fake {
    let reply = json!({"schema_version": 1, "as_of_seq": 1, "supervisor": null, "rows": rows});
    let route = get(move || async move { Json(reply) });
    Fake::serving(Router::new().route("/v1/ps", route))
}

/// No tmux anywhere.
fn without_tmux() -> Output {
    let fake = Fake::absent();
    assert_eq!(fake.mosaic(&["fleet", "init", "--write"]).code, 0);
    let mut up = fake.command(&["fleet", "up"]);
    fake.finished(up.env("PATH", fake.home.path()).env("MOSAIC_ALLOW_TARGET", "1"))
}

#[test]
fn every_end_that_is_not_well_says_what_to_do_next() {
    let fake = Fake::absent();
    assert_eq!(fake.mosaic(&["fleet", "init", "--write"]).code, 0);
    let nowhere = Fake::absent();
    let broken = Router::new().route("/v1/ps", get(|| async { "not of this API" }));
    let ends = [
        (1, Fake::serving(broken).mosaic(&["ps"])),
        (
            1,
            nowhere.finished(
                nowhere.command(&["fleet", "init", "--write"]).env("MOSAIC_HOME", "/proc/x"),
            ),
        ),
        (2, fake.mosaic(&["send", "ada"])),
        (3, nowhere.mosaic(&["events"])),
        (3, nowhere.mosaic(&["agent", "screenshot", "ada"])),
        (4, serving_rows(json!([row("ada")])).mosaic(&["ps", "adda"])),
        (4, nowhere.mosaic(&["agent", "tail", "ada"])),
        (5, fake.mosaic(&["fleet", "init", "--write"])),
        (6, nowhere.mosaic(&["fleet", "check"])),
        (7, without_tmux()),
        (9, fake.mosaic(&["attach", "ada"])),
        (9, fake.mosaic(&["fleet", "top"])),
        (9, fake.mosaic(&["fleet", "down"])),
        (10, sent("queued")),
        (11, sent("rejected")),
        (12, sent("unknown")),
        (13, sent("expired")),
        (14, sent("cancelled")),
        (16, sent("typed_not_submitted")),
    ];
    let mut told: BTreeMap<i32, usize> = BTreeMap::new();
    for (code, output) in &ends {
        assert_eq!(output.code, *code, "{output:?}");
        let lines: Vec<&str> = output.stderr.lines().collect();
        assert!(lines.iter().any(|line| line.starts_with("mosaic: ")), "what: {output:?}");
        let next = lines.iter().find_map(|line| line.strip_prefix("next: "));
        assert!(next.is_some_and(|next| next.len() > 8), "what next: {output:?}");
        *told.entry(*code).or_default() += 1;
    }
    let page = include_str!("../../docs/exit-codes.md");
    let codes = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse::<i32>().ok());
    for code in codes.filter(|code| *code != 0) {
        assert!(told.contains_key(&code) || ELSEWHERE.contains(&code), "no end with {code}");
    }
}

#[test]
fn a_wrong_number_is_told_with_its_form() {
    let fake = Fake::absent();
    for words in [&["tail", "ada", "-n", "some"][..], &["agent", "inbox", "ada", "--ended", "all"]]
    {
        let output = fake.mosaic(words);
        assert_eq!(output.code, 2, "{output:?}");
        assert!(output.stderr.contains("is no count; write a whole number"), "{output:?}");
    }
}
