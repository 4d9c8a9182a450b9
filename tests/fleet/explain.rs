//! `agent explain`: every verdict with its evidence.

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, need, pane, signal, tmux, wait_until};

#[test]
fn each_cell_is_explained_by_evidence_source_and_rule() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let output = fleet.mosaic(&["agent", "explain", "ada", "--json"]).ended(0);
    let reply: Value = serde_json::from_str(&output.stdout).unwrap();
    assert!(reply["address"].as_str().unwrap().starts_with("ada@"), "{reply}");
    let evidence = reply["evidence"].as_array().unwrap();
    for cell in [
        "lifecycle",
        "wanted",
        "health",
        "heartbeat",
        "activity",
        "inbox",
        "attached",
        "session",
        "pane",
        "pid",
        "process",
        "unit",
        "drift",
        "boot",
        "role",
        "runtime",
        "labels",
        "limits",
    ] {
        let one = evidence.iter().find(|one| one["cell"] == cell);
        let one = one.unwrap_or_else(|| panic!("{cell} in {reply}"));
        for part in ["verdict", "evidence", "source", "rule"] {
            assert!(!one[part].as_str().unwrap().is_empty(), "{cell}: {part} in {one}");
        }
    }
    assert!(!reply["events"].as_array().unwrap().is_empty());
    // A verdict says what the row beside it says.
    let row = &reply["row"];
    let verdict = |cell: &str| {
        let one = evidence.iter().find(|one| one["cell"] == cell).unwrap();
        one["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict("pid"), row["pid"].to_string());
    assert_eq!(verdict("pane"), format!("{} alive", row["pane"]["id"].as_str().unwrap()));
    for (cell, path) in [
        ("health", "/health"),
        ("session", "/session/id"),
        ("unit", "/unit/state"),
        ("wanted", "/wanted"),
    ] {
        assert_eq!(verdict(cell), row.pointer(path).unwrap().as_str().unwrap());
    }
    let events = reply["events"].as_array().unwrap();
    assert!(events.len() <= 10 && events.iter().all(|event| event["agent"] == "ada"), "{reply}");
    fleet.mosaic(&["agent", "explain", "ada"]).ended(0);
}

#[test]
fn a_held_agent_shows_why_and_its_last_words() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().command("cyd", "echo the disk is on fire; exit 7"));
    fleet.mosaic(&["fleet", "up"]);
    wait_until("cyd held", LONG, || fleet.row("cyd")["lifecycle"] == "held");
    let output = fleet.mosaic(&["agent", "explain", "cyd"]).ended(0);
    for part in ["held", "code 7", "the disk is on fire"] {
        assert!(output.stdout.contains(part), "{part} in {output:?}");
    }
}

#[test]
fn a_death_is_told_with_the_last_forty_lines_of_the_agents_own() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(
        &Roster::new()
            .command("few", "echo only; echo two; exit 7")
            .command("many", "seq 60; exec sleep 1000"),
    );
    fleet.mosaic(&["fleet", "up"]);
    let own = |agent: &str| -> Vec<String> {
        let mut exits =
            fleet.events().into_iter().filter(|event| event["type"] == "session.exited");
        let exit = exits.rfind(|event| event["agent"] == agent).unwrap();
        serde_json::from_value(exit["payload"]["last_words"].clone()).unwrap()
    };
    wait_until("few held", LONG, || fleet.row("few")["lifecycle"] == "held");
    assert_eq!(own("few"), ["only", "two"]);

    // Nobody listens: our own note stands below the last line long before it is read.
    let (dies, pane) = (fleet.pid("many"), pane(&fleet, "many"));
    fleet.kill_supervisor();
    signal(dies, Signal::SIGKILL);
    wait_until("the note", LONG, || {
        tmux(&fleet, &["capture-pane", "-p", "-t", &pane]).contains("[mosaic] many was ended")
    });
    fleet.mosaic(&["fleet", "up"]);
    wait_until("the death is told", LONG, || fleet.count("many", "session.exited") == 1);
    let last: Vec<String> = (21..=60).map(|line| line.to_string()).collect();
    assert_eq!(own("many"), last);
}
