//! Claude in the roster: healthy because it answered, beside agents that know nothing of it.

use std::collections::BTreeMap;
use std::fs;

use super::Line;
use crate::start::tree;
use crate::support::Roster;

#[test]
fn a_claude_that_joins_a_running_fleet_is_healthy_because_it_answered() {
    let line = Line::new();
    let own = "{\n  \"permissions\": {\"allow\": [\"Bash(ls)\"]},\t\"hooks\": {}\n}\n";
    fs::write(line.configuration().join("settings.json"), own).unwrap();
    let before = tree(&line.configuration());
    line.fleet.roster(&Roster::new().stub("bob"));
    line.fleet.mosaic(&["fleet", "up"]).ended(0);
    let bob = line.fleet.pid("bob");

    line.fleet.roster(&line.with_claude(Roster::new().stub("bob")));
    let output = line.fleet.mosaic(&["fleet", "up"]).ended(0);
    assert!(output.stdout.contains("ada: starting"), "{output:?}");
    assert!(output.stdout.contains("2 agents: 2 healthy"), "{output:?}");
    assert_eq!(line.fleet.pid("bob"), bob, "bob lives on");
    let row = line.fleet.row("ada");
    assert_eq!((&row["runtime"], &row["health"]), (&"claude".into(), &"healthy".into()));
    assert_eq!(row["heartbeat"]["channel"], "mcp");
    assert!(row["heartbeat"]["rtt_us"].as_u64().is_some(), "it answered: {row}");
    assert_eq!(line.events("channel.opened").len(), 1);

    line.send("hello");
    line.hears("hello");
    line.fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
    untouched(&before, &tree(&line.configuration()));
    let work = tree(&line.fleet.workspace());
    assert!(work.is_empty(), "nothing of ours in the workspace: {:?}", work.keys());
}

/// What the user wrote is as it was; what claude wrote itself names nothing of ours, but in its
/// transcripts and logs of a conversation.
fn untouched(before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>) {
    for (path, bytes) in before.iter().filter(|(path, _)| !path.ends_with("/.claude.json")) {
        assert_eq!(after.get(path), Some(bytes), "{path}");
    }
    let program = env!("CARGO_BIN_EXE_mosaic").as_bytes();
    for (path, bytes) in after.iter().filter(|(path, _)| !path.contains("/projects/")) {
        let ours = bytes.windows(program.len()).any(|part| part == program);
        assert!(!ours, "our program stands in {path}");
    }
}

#[test]
fn a_claude_that_is_not_installed_is_said_and_the_rest_of_the_fleet_works() {
    let line = Line::new();
    let roster = Roster::new()
        .stub("bob")
        .agent("ada", "runtime: claude, env: {PATH: /nowhere/bin}")
        .agent("eve", "runtime: claude, command: /nowhere/claude");
    line.fleet.roster(&roster);
    let output = line.fleet.mosaic(&["fleet", "up"]).ended(1);
    assert!(output.stderr.contains("started and ended again: ada, eve"), "{output:?}");
    assert!(output.stderr.contains("mosaic agent explain ada"), "{output:?}");
    line.fleet.health("bob", "healthy");
    line.fleet.mosaic(&["send", "bob", "hello", "--verify"]).ended(0);
    for (agent, place) in [("ada", "`claude`: it is not in /nowhere/bin"), ("eve", "that place")] {
        let said = line.fleet.mosaic(&["agent", "explain", agent]).ended(0).stdout;
        let install = "install it with `npm install -g @anthropic-ai/claude-code`";
        assert!(said.contains(place) && said.contains(install), "{said}");
        let row = line.fleet.row(agent);
        assert!(row["pid"].is_null() && row["health"] != "healthy", "{row}");
    }
}
