//! What outlived an upgrade from the first release: a pane whose pane-exec is of it, and its journal.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Fleet, LONG, Roster, is_alive, need, tmux, wait_until};

const OLD_PANE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/old_pane.py");
const OLD_JOURNAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/old_journal.py");
const JOURNALS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/journal");
const FRAMES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/protocol");

/// A pane of an agent as an old supervisor made it; its window.
fn old_pane(fleet: &Fleet, agent: &str, more: &[&str]) -> String {
    let (link, session) = (fleet.state("guest.sock"), format!("={agent}:"));
    let link = link.to_str().unwrap();
    let new = ["new-session", "-d", "-P", "-F", "#{pane_id}", "-s", agent, "-x", "80", "-y", "24"];
    let program = ["--", "python3", OLD_PANE, agent, link, FRAMES];
    let pane = tmux(fleet, &[&new[..], &program[..], more].concat());
    tmux(fleet, &["set-option", "-p", "-t", &session, "@mosaic_agent", agent]);
    pane
}

#[test]
fn a_pane_of_the_first_release_is_adopted_started_stopped_and_closed() {
    if !need("tmux") || !need("python3") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("bob"));
    let pane = old_pane(&fleet, "ada", &[]);
    let keys = "runtime: command, command: sleep, args: [\"1000\"]";
    fleet.roster(&Roster::new().stub("bob").agent("ada", keys));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    wait_until("ada runs in the old pane", LONG, || fleet.row("ada")["lifecycle"] == "running");
    let before = fleet.row("ada");
    assert_eq!(before["pane"]["id"], pane);
    let agent = fleet.pid("ada");
    let name = std::fs::read_to_string(format!("/proc/{agent}/comm")).unwrap();
    assert!(["sleep\n", "python3\n"].contains(&name.as_str()), "{name}");

    fleet.kill_supervisor();
    fleet.mosaic(&["fleet", "up"]).ended(0);
    wait_until("its adoption", LONG, || fleet.count("ada", "session.adopted") == 1);
    let after = fleet.row("ada");
    for field in ["pid", "pane", "session"] {
        assert_eq!(before[field], after[field], "{field}");
    }
    fleet.mosaic(&["agent", "stop", "ada"]).ended(0);
    wait_until("its end", LONG, || fleet.row("ada")["lifecycle"] == "exited");
    let events = fleet.events();
    let exits: Vec<&Value> = events
        .iter()
        .filter(|event| event["type"] == "session.exited" && event["agent"] == "ada")
        .collect();
    assert_eq!(exits.len(), 1, "{exits:#?}");
    assert_eq!(exits[0]["payload"]["exit"], json!({"signal": 15}));
    assert!(!is_alive(agent));
    let panes = || tmux(&fleet, &["list-panes", "-a", "-F", "#{pane_id}"]);
    wait_until("the old pane's end", LONG, || !panes().lines().any(|id| id == pane));
    fleet.mosaic(&["agent", "start", "ada"]).ended(0);
    wait_until("a life in a pane of today", LONG, || {
        let row = fleet.row("ada");
        row["lifecycle"] == "running" && row["pane"]["id"] != json!(pane)
    });
}

#[test]
fn a_go_that_a_pane_of_the_first_release_refuses_is_an_exit_with_its_reason() {
    if !need("tmux") || !need("python3") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("bob"));
    old_pane(&fleet, "ada", &["refuses"]);
    let keys = "runtime: command, command: sleep, args: [\"1000\"], restart: {policy: never}";
    fleet.roster(&Roster::new().stub("bob").agent("ada", keys));
    fleet.mosaic(&["fleet", "up"]);
    wait_until("its exit", LONG, || fleet.count("ada", "session.exited") == 1);
    let events = fleet.events();
    let exited = events.iter().find(|event| event["type"] == "session.exited").unwrap();
    assert_eq!(exited["payload"]["exit"], json!({"not_started": "an old pane refuses"}));
    assert_eq!(fleet.row("bob")["lifecycle"], "running");
}

/// Puts in the place of the journal the one that the first release would have written.
fn age_journal(fleet: &Fleet) {
    let (journal, written) = (fleet.state("journal.db"), fleet.state("old.db"));
    assert!(!fleet.state("journal.db-wal").exists(), "it was closed");
    let mut command = Command::new("python3");
    command.arg(OLD_JOURNAL).arg(&journal).arg(format!("{JOURNALS}/v1.db")).arg(&written);
    fleet.finished(&mut command).ended(0);
    for part in ["key", "checkpoints"] {
        std::fs::remove_file(journal.with_extension(part)).unwrap();
    }
    std::fs::rename(written, journal).unwrap();
}

#[test]
fn what_a_supervisor_of_the_first_release_left_is_taken_over() {
    if !need("tmux") || !need("python3") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("bob"));
    let pane = old_pane(&fleet, "ada", &[]);
    old_pane(&fleet, "dee", &[]);
    let mark = fleet.workspace().join("enough");
    let script = format!("until test -e {}; do sleep 0.05; done; exit 7", mark.display());
    let ends = format!(
        "runtime: command, command: sh, args: [\"-c\", {}], restart: {{policy: never}}",
        json!(script)
    );
    let stays = "runtime: command, command: sleep, args: [\"1000\"]";
    fleet.roster(&Roster::new().stub("bob").agent("ada", stays).agent("dee", &ends));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let before: Vec<Value> = ["ada", "bob", "dee"].iter().map(|name| fleet.row(name)).collect();
    assert_eq!(before[0]["pane"]["id"], pane);
    let dee = fleet.pid("dee");

    fleet.mosaic(&["fleet", "down", "--yes", "--keep-agents"]).ended(0);
    age_journal(&fleet);
    std::fs::write(&mark, "").unwrap();
    wait_until("the end of dee, which nobody hears", LONG, || !is_alive(dee));

    fleet.mosaic(&["fleet", "up", "--wait", "20s"]);
    for row in &before[..2] {
        let name = row["agent"].as_str().unwrap();
        wait_until("its adoption", LONG, || fleet.count(name, "session.adopted") == 1);
        let after = fleet.row(name);
        for field in ["pid", "pane", "session"] {
            assert_eq!(row[field], after[field], "{name}: {field}");
        }
        assert_eq!(fleet.count(name, "session.started"), 1, "{name}");
    }
    fleet.health("bob", "healthy");
    // What was to be up is started again, as every `up` does.
    wait_until("the exit of dee", LONG, || fleet.count("dee", "session.exited") > 0);
    let exits = |agent: &str| -> Vec<Value> {
        let events = fleet.events();
        let exited = |event: &&Value| event["type"] == "session.exited" && event["agent"] == agent;
        events.iter().filter(exited).map(|event| event["payload"]["exit"].clone()).collect()
    };
    assert_eq!(exits("dee")[0], json!({"code": 7}));
    let ada = fleet.pid("ada");
    fleet.mosaic(&["agent", "stop", "ada", "--wait"]).ended(0);
    assert_eq!(exits("ada"), [json!({"signal": 15})]);
    assert!(!is_alive(ada));

    fleet.mosaic(&["events", "verify"]).ended(0);
}
