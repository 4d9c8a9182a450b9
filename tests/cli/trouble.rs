//! What troubles the supervisor stands below the table of `ps`, a line each, with what to do.

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::fake::{Fake, ps, row};

/// The lines below the rows, when the supervisor says this of itself.
fn below(says: &[(&str, &str)]) -> Vec<String> {
    let mut reply: Value = ps(&[row("ada")]);
    for (field, text) in says {
        reply["supervisor"][field] = json!(text);
    }
    let fake = Fake::serving(Router::new().route("/v1/ps", get(|| async move { Json(reply) })));
    let output = fake.mosaic(&["ps"]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    output.stdout.lines().skip(2).map(str::to_owned).collect()
}

const COUNTED: &str = "1 agent: 1 healthy";

#[test]
fn a_supervisor_at_a_limit_of_its_host_is_said_to_be() {
    assert_eq!(below(&[]), [COUNTED]);
    let limit = "accept a client of the API: Too many open files (os error 24)";
    let lines = below(&[("strained", limit)]);
    let said = "the supervisor is at a limit of this host: accept a client of the API: Too many \
                open files (os error 24): who comes now waits, agents live on; raise that limit \
                (`ulimit -n`), or end what takes so much";
    assert_eq!(lines, [said, COUNTED]);
    assert!(!below(&[("strained", "a\u{1b}[2Jb")])[0].contains('\u{1b}'));
}

#[test]
fn a_journal_that_takes_nothing_is_said_with_what_helps() {
    for (why, cure) in [
        ("full", "make room on its disk"),
        ("read-only", "make it writable again"),
        ("locked by another program", "end the other program"),
        ("failing", "its supervisor's log says why"),
    ] {
        let since = format!("{why} since 2026-11-27T09:00:00.000Z");
        let said = format!("journal {since}: commands are refused, agents live on; {cure}");
        assert_eq!(below(&[("journal", &since)]), [said, COUNTED.to_owned()]);
    }
    let both = below(&[("journal", "full since 1"), ("strained", "x"), ("tmux", "it was killed")]);
    assert_eq!(both.len(), 4, "a line each: {both:?}");
}
