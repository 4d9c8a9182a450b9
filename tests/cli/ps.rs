//! `ps`: the table at every width, without colour where none belongs, and without a supervisor.

use axum::routing::get;
use axum::{Json, Router};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::fake::{Fake, ps, row, rows};
use crate::need::need;
use crate::terminal::Terminal;

fn fake(rows: Vec<Value>) -> Fake {
    Fake::serving(Router::new().route("/v1/ps", get(|| async move { Json(ps(&rows)) })))
}

fn at(columns: &str) -> String {
    let fake = fake(rows());
    let output = fake.finished(fake.command(&["ps"]).env("COLUMNS", columns));
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    output.stdout
}

#[test]
fn a_pipe_gets_the_whole_table_without_colour() {
    let fake = fake(rows());
    let output = fake.mosaic(&["fleet", "ps"]);
    assert_eq!(output.code, 0);
    assert!(!output.stdout.contains('\x1b'));
    assert_snapshot!(output.stdout);
}

#[test]
fn two_hundred_columns_hold_everything() {
    assert_snapshot!(at("200"));
}

#[test]
fn a_hundred_and_twenty_columns_lose_what_is_looked_at_least() {
    assert_snapshot!(at("120"));
}

#[test]
fn eighty_columns_keep_the_verdicts() {
    assert_snapshot!(at("80"));
}

#[test]
fn however_narrow_the_name_and_the_health_stay() {
    let table = at("1");
    assert!(table.starts_with("AGENT    HEALTH\nada      healthy\n"), "{table}");
}

#[test]
fn wide_says_everything() {
    let fake = fake(rows());
    let output = fake.finished(fake.command(&["ps", "--wide"]).env("COLUMNS", "40"));
    assert_snapshot!(output.stdout);
}

#[test]
fn tenant_and_host_show_when_there_is_more_than_one() {
    let mut other = row("zoe");
    other["host"] = json!("vale");
    let output = fake(vec![row("ada"), other]).mosaic(&["ps"]);
    assert!(output.stdout.starts_with("AGENT  HOST  ROLE"), "{}", output.stdout);
}

#[test]
fn colour_follows_the_choice_and_moves_nothing() {
    let fake = fake(rows());
    let coloured = fake.mosaic(&["ps", "--color", "always"]).stdout;
    assert!(coloured.contains("\x1b[32mhealthy\x1b[0m") && coloured.contains("\x1b[31m"));
    let mut plain = String::new();
    for (at, part) in coloured.split('\x1b').enumerate() {
        plain.push_str(if at == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(plain, fake.mosaic(&["ps", "--color", "never"]).stdout);
}

#[test]
fn a_terminal_gets_colour_in_its_width_and_no_color_is_honoured() {
    if !need("tmux") {
        return;
    }
    let fake = fake(rows());
    let terminal = Terminal::running(fake.home.path(), (80, 20), "", "ps");
    terminal.shows("[ended 0]");
    let screen = terminal.screen();
    assert!(screen.contains("HEARTBEAT") && !screen.contains("UNIT"), "{screen}");
    assert!(screen.lines().all(|line| line.chars().count() <= 80));
    assert!(terminal.coloured().contains("\x1b[32mhealthy"), "{:?}", terminal.coloured());
    drop(terminal);
    let terminal = Terminal::running(fake.home.path(), (80, 20), "NO_COLOR=1", "ps");
    terminal.shows("[ended 0]");
    assert!(!terminal.coloured().contains("\x1b["), "{:?}", terminal.coloured());
}

#[test]
fn json_is_the_reply_byte_for_byte() {
    let fake =
        Fake::serving(Router::new().route("/v1/ps", get(|| async { "{\"later\": [1,  2]}" })));
    let output = fake.mosaic(&["ps", "--json"]);
    assert_eq!((output.code, output.stdout.as_str()), (0, "{\"later\": [1,  2]}\n"));
}

#[test]
fn an_empty_fleet_says_what_to_do() {
    let output = fake(Vec::new()).mosaic(&["ps"]);
    assert_eq!(output.code, 0);
    assert_snapshot!(output.stdout);
}

#[test]
fn without_a_supervisor_the_panes_that_live_are_shown_and_nobody_is_healthy() {
    if !need("tmux") {
        return;
    }
    let fake = Fake::absent();
    let terminal = Terminal::running(fake.home.path(), (80, 20), "", "--version");
    terminal.shows("[ended 0]");
    std::os::unix::fs::symlink(terminal.socket(), fake.home.path().join("state/tmux.sock"))
        .unwrap();
    let output = fake.mosaic(&["ps"]);
    assert_eq!(output.code, 3, "{output:?}");
    assert!(
        output.stdout.contains("%0 alive") && output.stdout.contains("unmanaged"),
        "{output:?}"
    );
    assert!(!output.stdout.contains("healthy"));
    assert!(output.stderr.contains("1 row by direct probing, its health unknown"), "{output:?}");
    let output = fake.mosaic(&["ps", "--json"]);
    let reply: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((output.code, &reply["supervisor"]), (3, &Value::Null));
    assert_eq!(reply["rows"][0]["health"], "unknown");
    terminal.hang_up();
    let output = fake.mosaic(&["ps"]);
    assert_eq!((output.code, output.stdout.as_str()), (3, ""), "{output:?}");
}

#[test]
fn a_reader_who_leaves_is_no_error() {
    let many: Vec<Value> = (0..4000).map(|at| row(&format!("agent-{at}"))).collect();
    let fake = fake(many);
    let mut child = fake
        .command(&["ps"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = fake.ended(child);
    assert_eq!((output.code, output.stderr.as_str()), (141, ""));
}
