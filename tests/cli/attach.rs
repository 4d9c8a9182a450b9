//! `attach`: runs what the supervisor says, and always gives the keyboard back.

use std::time::Duration;

use axum::routing::post;
use axum::{Json, Router};
use serde_json::json;

use crate::fake::{Fake, Seen, wait_until};
use crate::need::need;
use crate::terminal::Terminal;

fn lending(seen: &Seen, script: &'static str) -> Fake {
    let argv = ["sh", "-c", script];
    let routes = Router::new()
        .route(
            "/v1/agents/ada/attach",
            post(move || async move {
                Json(json!({"seq": 5, "argv": argv, "lease": "l1", "come_within_ms": 10_000}))
            }),
        )
        .route(
            "/v1/agents/ada/detach",
            post(|| async { Json(json!({"seq": 6, "said": "given back"})) }),
        );
    Fake::serving(seen.noting(routes))
}

fn is_given_back(seen: &Seen) -> bool {
    seen.lines().iter().any(|line| line == "POST /v1/agents/ada/detach")
}

#[test]
fn an_attach_lends_the_terminal_and_gives_the_keyboard_back() {
    if !need("tmux") {
        return;
    }
    let seen = Seen::default();
    let fake = lending(&seen, "echo \"tmux=<$TMUX>\"; read line; echo \"got $line\"");
    let terminal = Terminal::running(fake.home.path(), (80, 10), "", "attach ada --resize");
    terminal.shows("tmux=<>");
    let body = seen.body("POST /v1/agents/ada/attach");
    assert_eq!(body["resize"], true);
    assert!(body["tty"].as_str().unwrap().starts_with("/dev/pts/"), "{body}");
    assert!(!body["who"].as_str().unwrap().is_empty(), "{body}");
    terminal.press(&["hello", "Enter"]);
    terminal.shows("got hello");
    terminal.shows("[ended 0]");
    assert!(is_given_back(&seen), "{:?}", seen.lines());
    let body = seen.body("POST /v1/agents/ada/detach");
    assert_eq!((&body["lease"], &body["lost_terminal"]), (&json!("l1"), &json!(false)));
}

#[test]
fn a_lost_terminal_gives_the_keyboard_back() {
    if !need("tmux") {
        return;
    }
    let seen = Seen::default();
    let fake = lending(&seen, "echo attached; exec sleep 1000");
    let terminal = Terminal::running(fake.home.path(), (80, 10), "", "attach ada");
    terminal.shows("attached");
    terminal.hang_up();
    wait_until("the keyboard given back", || is_given_back(&seen));
    assert_eq!(seen.body("POST /v1/agents/ada/detach")["lost_terminal"], true);
}

#[test]
fn a_program_that_fails_is_told_and_the_keyboard_given_back() {
    if !need("tmux") {
        return;
    }
    let seen = Seen::default();
    let fake = lending(&seen, "exit 1");
    let terminal = Terminal::running(fake.home.path(), (80, 10), "", "attach ada");
    terminal.shows("[ended 1]");
    assert!(is_given_back(&seen), "{:?}", seen.lines());
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let seen = Seen::default();
    let output = lending(&seen, "true").mosaic(&["attach", "ada"]);
    assert_eq!(output.code, 9, "{output:?}");
    assert!(seen.lines().is_empty());
}

#[test]
fn who_gets_the_keyboard_later_than_it_waits_for_them_does_not_take_it() {
    if !need("tmux") {
        return;
    }
    let seen = Seen::default();
    // As a process that was stopped meanwhile sees it: the answer comes after the time is over.
    let lent = || async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        let argv = ["sh", "-c", "echo came; exec sleep 1000"];
        Json(json!({"seq": 5, "argv": argv, "lease": "l1", "come_within_ms": 20}))
    };
    let fake = Fake::serving(seen.noting(Router::new().route("/v1/agents/ada/attach", post(lent))));
    let terminal = Terminal::running(fake.home.path(), (200, 10), "", "attach ada");
    terminal.shows("[ended 10]");
    let screen = terminal.screen();
    assert!(screen.contains("was lent and not taken in time"), "{screen}");
    assert!(screen.contains("next: ") && !screen.contains("came"), "{screen}");
}
