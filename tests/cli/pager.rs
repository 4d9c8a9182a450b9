//! Long output on a real terminal goes through the user's pager, and nothing else does.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::fake::Fake;
use crate::need::need;
use crate::terminal::Terminal;

/// Longer than a pager takes for a key on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// A journal of so many events, a page at a time.
fn journal(head: u64) -> Router {
    async fn page(
        State(head): State<u64>,
        Query(asked): Query<std::collections::HashMap<String, String>>,
    ) -> axum::Json<Value> {
        let from: u64 = asked["from"].parse().unwrap();
        let events: Vec<Value> = (from..=head)
            .take(1000)
            .map(|seq| {
                json!({"seq": seq, "id": format!("{seq:032x}"), "ts_ms": 1_764_000_000_000_u64,
                    "tenant": "t", "host": "h", "agent": "ada", "session": null,
                    "type": "agent.started", "schema_version": 1, "actor": "cli", "cause": null,
                    "traceparent": null, "payload": {"agent": "ada"}})
            })
            .collect();
        axum::Json(json!({"schema_version": 1, "as_of_seq": head, "events": events}))
    }
    Router::new().route("/v1/events", get(page)).with_state(head)
}

/// Presses q until this stands on the terminal: Ctrl-C throws away what is typed behind it, so that
/// nobody knows whether one press was heard.
pub fn leave(terminal: &Terminal, text: &str) {
    let started = Instant::now();
    while !terminal.screen().contains(text) {
        assert!(started.elapsed() < DEADLINE, "no {text:?} in:\n{}", terminal.screen());
        terminal.press(&["q"]);
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A pager that says in a file that it ran.
fn marking(home: &Path) -> (PathBuf, String) {
    let (pager, mark) = (home.join("pager"), home.join("mark"));
    let script = format!("#!/bin/sh\ntouch '{}'\nexec cat\n", mark.display());
    std::fs::write(&pager, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&pager, mode).unwrap();
    (mark, format!("PAGER='{}'", pager.display()))
}

#[test]
fn what_does_not_fit_is_paged_and_q_is_no_error() {
    if !need("tmux") || !need("less") {
        return;
    }
    let fake = Fake::serving(journal(200_000));
    for verb in ["events", "help send", "send --help", "fleet schema", "fleet init"] {
        let terminal = Terminal::running(fake.home.path(), (80, 12), "TERM=screen", verb);
        // Its prompt, with more below.
        terminal.shows(":");
        assert!(!terminal.screen().contains("[ended"), "{verb}: {}", terminal.screen());
        terminal.press(&["q"]);
        terminal.shows("[ended 0]");
        assert!(!terminal.screen().contains("mosaic: "), "{verb}: {}", terminal.screen());
    }
}

#[test]
fn what_fits_is_piped_or_is_not_wanted_in_a_pager_has_none() {
    if !need("tmux") {
        return;
    }
    let fake = Fake::serving(journal(3));
    let home = fake.home.path();
    let (mark, pager) = marking(home);
    let program = env!("CARGO_BIN_EXE_mosaic");
    for (size, before, verb) in [
        ((100, 60), "", "events"),
        ((100, 60), "", "help message show"),
        ((80, 12), "", "help send --no-pager"),
        ((80, 12), "TERM=dumb", "help send"),
        ((80, 12), "MOSAIC_PAGER=", "help send"),
        ((80, 12), "MOSAIC_PAGER=cat", "help send"),
        ((80, 12), "", "help send | cat"),
        ((80, 12), "", "events --json > /dev/null"),
        ((80, 12), "", "completions bash"),
        ((80, 12), "", "fleet init | cat"),
        ((80, 12), "", "fleet schema > /dev/null"),
        ((80, 12), "", &format!("ps; '{program}' help send > /dev/null")),
    ] {
        let terminal = Terminal::running(home, size, &format!("{pager} {before}"), verb);
        terminal.shows("[ended ");
        assert!(!mark.exists(), "{before} {verb}");
    }
    let terminal = Terminal::running(home, (80, 12), &pager, "help send");
    terminal.shows("[ended 0]");
    assert!(mark.exists(), "and here it runs");
}

#[test]
fn a_pager_that_leaves_early_has_seen_enough() {
    if !need("tmux") {
        return;
    }
    let fake = Fake::serving(journal(200_000));
    let before = "MOSAIC_PAGER='head -n 2'";
    let terminal = Terminal::running(fake.home.path(), (80, 12), before, "events");
    terminal.shows("[ended 0]");
    assert!(!terminal.screen().contains("mosaic: "), "{}", terminal.screen());
}

#[test]
fn a_pager_that_is_not_there_hides_nothing() {
    if !need("tmux") {
        return;
    }
    let fake = Fake::absent();
    let verb = "help send";
    let terminal = Terminal::running(fake.home.path(), (80, 100), "PAGER=no-such-pager", verb);
    terminal.shows("[ended 0]");
    let terminal = Terminal::running(fake.home.path(), (80, 12), "PAGER=no-such-pager", verb);
    terminal.shows("[ended 0]");
    terminal.shows("docs/send.md");
    // Nobody has named one, and there is none.
    let before = format!("PATH='{}'", fake.home.path().display());
    let terminal = Terminal::running(fake.home.path(), (80, 12), &before, verb);
    terminal.shows("[ended 0]");
    assert!(!terminal.screen().contains("mosaic: run"), "{}", terminal.screen());
    // Only a shell can say that of its words.
    let before = "PAGER='no-such-pager | cat; exit 127'";
    let terminal = Terminal::running(fake.home.path(), (100, 12), before, verb);
    terminal.shows("[ended 1]");
    terminal.shows("--no-pager");
}

#[test]
fn ctrl_c_and_a_polite_end_leave_the_terminal_whole() {
    if !need("tmux") || !need("less") {
        return;
    }
    let fake = Fake::serving(journal(200_000));
    let program = env!("CARGO_BIN_EXE_mosaic");
    let home = fake.home.path();
    let line = format!(
        "trap : INT; MOSAIC_HOME='{}' TERM=screen '{program}' events; echo \"[code $?]\"; stty -a | grep -o '.icanon'",
        home.display()
    );
    let terminal = Terminal::with(home, (80, 12), &line);
    terminal.shows(":");
    terminal.press(&["C-c"]);
    // The rest was not fetched any more.
    leave(&terminal, "[code 130]");
    terminal.shows(" icanon");
    let line = format!(
        "trap : INT; MOSAIC_HOME='{}' TERM=screen '{program}' help send; echo \"[code $?]\"; stty -a | grep -o '.icanon'",
        home.display()
    );
    let terminal = Terminal::with(home, (80, 12), &line);
    terminal.shows(":");
    kill(Pid::from_raw(terminal.program()), Signal::SIGTERM).unwrap();
    terminal.shows("[code ");
    terminal.shows(" icanon");
}
