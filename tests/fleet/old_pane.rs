//! A pane that outlived an upgrade: its pane-exec is of the first release, and is served as ever.

use serde_json::{Value, json};

use crate::support::{Fleet, LONG, Roster, is_alive, need, tmux, wait_until};

const OLD_PANE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/old_pane.py");
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
