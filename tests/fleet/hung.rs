//! A runtime that answers nothing any more: what is said, and what the roster makes of it.

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, Spoken, is_alive, need, signal, wait_until};

/// A stub that is asked often, with this policy.
fn stub(policy: &str) -> Fleet {
    let heartbeat =
        format!("{{every: 100ms, healthy_within: 300ms, grace: 20s, on_unresponsive: {policy}}}");
    let fleet =
        Fleet::up(&Roster::new().agent("ada", &format!("runtime: stub, heartbeat: {heartbeat}")));
    fleet.health("ada", "healthy");
    fleet
}

/// The one event that says it; waits for it.
#[track_caller]
fn told(fleet: &Fleet) -> Value {
    let is_it = |event: &Value| event["type"] == "agent.unresponsive";
    wait_until("agent.unresponsive", LONG, || fleet.events().iter().any(is_it));
    fleet.events().into_iter().find(is_it).unwrap()["payload"].clone()
}

#[test]
fn a_frozen_agent_is_told_once_with_its_evidence_and_nothing_is_done_to_it() {
    if !need("tmux") {
        return;
    }
    let fleet = stub("notify");
    let agent = fleet.pid("ada");
    signal(agent, Signal::SIGSTOP);
    let payload = told(&fleet);
    assert_eq!((&payload["examined"], &payload["action"]), (&"stuck".into(), &"notify".into()));
    let row = fleet.row("ada");
    assert_eq!(row["health_reason"], "its process is stopped (T)", "{row}");
    let misses = row["heartbeat"]["misses"].as_u64().unwrap();
    wait_until("many more misses", LONG, || {
        fleet.row("ada")["heartbeat"]["misses"].as_u64().unwrap() > misses + 12
    });
    assert_eq!(fleet.count("ada", "agent.unresponsive"), 1, "once, not with every beat");
    signal(agent, Signal::SIGCONT);
    fleet.health("ada", "healthy");
    assert_eq!((fleet.pid("ada"), fleet.count("ada", "session.stopping")), (agent, 0));
}

#[test]
fn a_frozen_agent_is_restarted_where_the_roster_says_so() {
    if !need("tmux") {
        return;
    }
    let fleet = stub("restart");
    let agent = fleet.pid("ada");
    signal(agent, Signal::SIGSTOP);
    let payload = told(&fleet);
    assert_eq!((&payload["examined"], &payload["action"]), (&"stuck".into(), &"restart".into()));
    wait_until("its next life", LONG, || {
        let row = fleet.row("ada");
        row["health"] == "healthy" && row["pid"] != agent
    });
    assert!(!is_alive(agent), "the frozen one is gone");
    assert_eq!(fleet.count("ada", "session.started"), 2);
}

#[test]
fn a_frozen_agent_that_is_held_gets_nothing_until_it_answers_again() {
    if !need("tmux") {
        return;
    }
    let fleet = stub("hold");
    let agent = fleet.pid("ada");
    signal(agent, Signal::SIGSTOP);
    assert_eq!(told(&fleet)["action"], "hold");
    let said = fleet.mosaic(&["send", "ada", "hello", "--json"]).ended(0).stdout;
    assert!(said.contains("held for inspection"), "{said}");
    assert_eq!(fleet.count("ada", "message.typing"), 0);
    let shown = fleet.mosaic(&["ps", "--wide"]).stdout;
    assert!(shown.contains("mosaic agent restart ada"), "{shown}");
    assert!(is_alive(agent), "it is there to be looked at");
    signal(agent, Signal::SIGCONT);
    fleet.health("ada", "healthy");
    wait_until("the message", LONG, || fleet.count("ada", "message.accepted") == 1);
    assert_eq!(fleet.pid("ada"), agent);
}

#[test]
fn one_that_still_computes_is_never_restarted_for_its_silence() {
    if !need("tmux") {
        return;
    }
    let heartbeat = "{every: 100ms, healthy_within: 300ms, grace: 500ms, on_unresponsive: restart}";
    let script = "exec sh -c 'while :; do :; done'";
    let spoken = Spoken::running(script, &format!(", heartbeat: {heartbeat}"));
    let _mute = spoken.guest();
    let payload = told(&spoken.fleet);
    assert_eq!((&payload["examined"], &payload["action"]), (&"moving".into(), &"notify".into()));
    assert_eq!(spoken.fleet.count("ada", "session.stopping"), 0, "{payload}");
}
