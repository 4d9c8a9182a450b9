//! What is wrong gets a sentence, a next step and a code; nothing panics.

use axum::Router;
use axum::routing::{get, post};
use serde_json::json;

use crate::fake::{Fake, Output, error};
use crate::need::need;
use crate::terminal::Terminal;

fn is_a_sentence(output: &Output) -> bool {
    output.stderr.starts_with("mosaic: ") && !output.stderr.contains("panicked")
}

#[test]
fn every_verb_without_a_supervisor_says_how_to_start_one() {
    let fake = Fake::absent();
    for arguments in [
        &["ps"][..],
        &["fleet", "ps", "--json"],
        &["fleet", "down", "--yes"],
        &["agent", "list"],
        &["agent", "start", "ada"],
        &["agent", "stop", "ada"],
        &["agent", "restart", "ada"],
        &["agent", "explain", "ada"],
        &["watch", "ada"],
        &["send", "ada", "hello"],
        &["events"],
        &["events", "--follow"],
    ] {
        let output = fake.mosaic(arguments);
        assert_eq!(output.code, 3, "{arguments:?}: {output:?}");
        assert!(is_a_sentence(&output), "{arguments:?}: {output:?}");
        assert!(output.stderr.contains("next: `mosaic fleet up` starts it\n"), "{output:?}");
    }
}

#[test]
fn a_stale_socket_is_no_supervisor() {
    let fake = Fake::absent();
    drop(std::os::unix::net::UnixListener::bind(fake.socket()).unwrap());
    let output = fake.mosaic(&["ps"]);
    assert_eq!(output.code, 3, "{output:?}");
    assert!(output.stderr.contains("the one that did has left"), "{output:?}");
}

#[test]
fn each_class_of_the_api_has_its_code() {
    for (class, code) in [
        ("bad_request", 2),
        ("not_found", 4),
        ("wrong_roster", 6),
        ("refused", 5),
        ("failed", 1),
        ("missing", 7),
        ("forbidden", 8),
        ("shutting_down", 3),
    ] {
        let body = error(class, "what and where", Some("do this"));
        let route =
            post(move || async move { (axum::http::StatusCode::CONFLICT, axum::Json(body)) });
        let fake = Fake::serving(Router::new().route("/v1/agents/ada/start", route));
        let output = fake.mosaic(&["agent", "start", "ada"]);
        assert_eq!(output.code, code, "{class}: {output:?}");
        assert_eq!(output.stderr, "mosaic: what and where\nnext: do this\n");
    }
}

#[test]
fn an_answer_that_is_not_of_this_api_is_told_not_believed() {
    for text in ["", "{}", "[1]", "not json"] {
        let routes = Router::new().route("/v1/ps", get(move || async move { text }));
        let output = Fake::serving(routes).mosaic(&["ps"]);
        assert_eq!(output.code, 1, "{output:?}");
        assert!(is_a_sentence(&output), "{output:?}");
    }
    let output = Fake::serving(Router::new()).mosaic(&["ps"]);
    assert_eq!(output.code, 1, "404 without a reason: {output:?}");
}

#[test]
fn a_supervisor_that_hangs_is_not_waited_for_for_ever() {
    let routes = Router::new().route("/v1/status", get(std::future::pending::<&str>));
    let output = Fake::serving(routes).mosaic(&["events", "--follow"]);
    assert_eq!(output.code, 10, "{output:?}");
    assert!(output.stderr.contains("no answer to /v1/status within 2 s"), "{output:?}");
}

#[test]
fn a_wrong_command_line_is_two() {
    let fake = Fake::absent();
    for arguments in [
        &[][..],
        &["nope"],
        &["fleet"],
        &["agent"],
        &["send", "ada", "x", "--timeout", "1 day"],
        &["ps", "--json", "--wide"],
        &["send"],
    ] {
        let output = fake.mosaic(arguments);
        assert_eq!(output.code, 2, "{arguments:?}: {output:?}");
    }
    assert_eq!(fake.mosaic(&["--version"]).code, 0);
    let programs = [&["runtime", "stub"][..], &["hook"], &["mcp"]];
    for words in [&[][..], &["fleet", "up"]].into_iter().chain(programs) {
        let output = fake.mosaic(&[words, &["--help"]].concat());
        assert_eq!(output.code, 0, "{words:?}: {output:?}");
        let usage = format!("Usage: mosaic {}", words.join(" "));
        assert!(output.stdout.contains(usage.trim_end()), "{words:?}: {output:?}");
    }
}

#[test]
fn a_full_disk_under_the_output_is_told() {
    let rows = json!({"schema_version": 1, "as_of_seq": 1, "supervisor": null, "rows": []});
    let routes = Router::new().route("/v1/ps", get(move || async move { axum::Json(rows) }));
    let fake = Fake::serving(routes);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = fake.finished(fake.command(&["ps"]).stdout(full));
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stderr.contains("write to standard output"), "{output:?}");
}

#[test]
fn an_empty_home_and_none_at_all_are_both_understood() {
    let fake = Fake::absent();
    let output = fake.finished(
        fake.command(&["fleet", "check"]).env_remove("MOSAIC_HOME").env("HOME", fake.home.path()),
    );
    assert_eq!(output.code, 6, "{output:?}");
    assert!(output.stderr.contains("no roster at HOME/.config/mosaic/roster.yaml"), "{output:?}");
}

#[test]
fn what_was_typed_moves_no_cursor_when_it_is_told() {
    let fake = Fake::absent();
    for arguments in [
        &["ps", "a\u{1b}[31m\nb"][..],
        &["fleet", "check", "/nowhere/\u{1b}[31m\nb"],
        &["fleet", "up", "--roster", "/nowhere/\u{1b}]0;evil\u{7}"],
    ] {
        let output = fake.mosaic(arguments);
        assert!(is_a_sentence(&output), "{output:?}");
        assert!(!output.stderr.contains(['\u{1b}', '\u{7}']), "{output:?}");
        assert_eq!(output.stderr.lines().count(), 2, "what and next: {output:?}");
    }
    if !need("tmux") {
        return;
    }
    // Piped, such an error has none in any case.
    let verb = "\"$(printf '\\033[1;1Hevil')\"";
    let terminal = Terminal::running(fake.home.path(), (80, 12), "", verb);
    terminal.shows("[ended 2]");
    assert!(terminal.screen().starts_with("before\n"), "{}", terminal.screen());
    assert!(terminal.screen().contains("[1;1Hevil"), "{}", terminal.screen());
}

#[test]
fn a_verb_that_lies_elsewhere_is_told_where() {
    let fake = Fake::absent();
    for (typed, meant) in [
        (&["up"][..], "mosaic fleet up"),
        (&["restart", "ada"], "mosaic agent restart"),
        (&["agent", "apply"], "mosaic fleet apply"),
        (&["fleet", "events"], "mosaic events"),
        (&["status"], "mosaic ps"),
        (&["logs"], "mosaic events"),
    ] {
        let output = fake.mosaic(typed);
        assert_eq!(output.code, 2, "{output:?}");
        assert!(output.stderr.contains(&format!("'{meant}'")), "{output:?}");
    }
    for (typed, says) in [
        (&["runtime", "clyde"][..], "\"clyde\" is no runtime that comes with mosaic"),
        (&["mcp", "x"], "`mcp` takes no arguments"),
        (&["agent", "start", "--wait", "5s", "ada"], "`--wait=5s`"),
    ] {
        let output = fake.mosaic(typed);
        assert_eq!(output.code, 2, "{output:?}");
        assert!(is_a_sentence(&output) && output.stderr.contains(says), "{output:?}");
    }
}

#[test]
fn what_is_misspelt_is_answered_with_the_nearest_alone() {
    let fake = Fake::absent();
    for (typed, meant) in [
        (&["wacth", "ada"][..], "'watch'"),
        (&["agent", "lst"], "'list'"),
        (&["help", "agnet"], "'agent'"),
        (&["message", "shwo"], "'show'"),
        (&["ps", "--lable", "team"], "'--label'"),
        (&["top", "--no-mose"], "'--no-mouse'"),
        (&["events", "--type", "agent.hold"], "agent.held"),
    ] {
        let output = fake.mosaic(typed);
        assert_eq!(output.code, 2, "{output:?}");
        assert!(output.stderr.contains(meant), "{typed:?}: {output:?}");
        assert!(!output.stderr.contains("some similar"), "{typed:?}: {output:?}");
    }
}

#[test]
fn where_nothing_can_be_drawn_nothing_is() {
    if !need("tmux") {
        return;
    }
    let fake = Fake::absent();
    for verb in ["ps --watch", "watch ada"] {
        let terminal = Terminal::running(fake.home.path(), (100, 12), "TERM=dumb", verb);
        terminal.shows("[ended 9]");
        assert!(terminal.screen().contains("TERM=dumb"), "{}", terminal.screen());
    }
}

#[test]
fn a_roster_from_a_pipe_is_checked_and_never_applied() {
    let fake = Fake::absent();
    let output = fake.mosaic_reading(&["fleet", "check", "-"], b"version: 1\nagents: []\nno: x\n");
    assert_eq!(output.code, 6, "{output:?}");
    assert!(output.stderr.contains("<stdin>:3:1"), "{output:?}");
    let fifo = fake.home.path().join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    for file in [fifo.to_str().unwrap(), "/dev/stdin"] {
        for verb in ["up", "apply"] {
            let output = fake.mosaic_reading(&["fleet", verb, "--roster", file], b"");
            assert_eq!(output.code, 2, "{output:?}");
            assert!(output.stderr.contains("mosaic fleet check -"), "{output:?}");
        }
    }
}
