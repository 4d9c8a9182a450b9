//! The supervisor: one at a time, and killing it kills no agent.

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, is_alive, need, wait_until};

#[test]
fn a_second_supervisor_says_who_holds_the_fleet() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let output = fleet.mosaic(&["supervise"]).ended(5);
    assert!(output.stderr.contains(&format!("pid {}", fleet.supervisor())), "{output:?}");
}

#[test]
fn many_starts_at_once_leave_one_supervisor() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada"));
    let starts: Vec<_> = (0..4).map(|_| fleet.background(&["fleet", "up"])).collect();
    for start in starts {
        start.end().ended(0);
    }
    let events = fleet.events();
    let started = events.iter().filter(|event| event["type"] == "supervisor.started").count();
    assert_eq!((started, fleet.count("ada", "session.started")), (1, 1));
}

#[test]
fn killing_the_supervisor_kills_no_agent_and_up_adopts_each_once() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob").command("cyd", "exec sleep 1000"));
    let before: Vec<Value> = ["ada", "bob", "cyd"].iter().map(|name| fleet.row(name)).collect();
    fleet.kill_supervisor();
    let output = fleet.mosaic(&["ps"]).ended(3);
    assert!(output.stderr.contains("mosaic fleet up"), "{output:?}");
    for row in &before {
        let name = row["agent"].as_str().unwrap();
        assert!(is_alive(u32::try_from(row["pid"].as_u64().unwrap()).unwrap()), "{name}");
        assert!(output.stdout.contains(name), "seen by direct probing: {output:?}");
    }
    assert!(!output.stdout.contains("healthy"), "nobody vouches for health: {output:?}");
    fleet.mosaic(&["fleet", "up"]).ended(0);
    for row in &before {
        let name = row["agent"].as_str().unwrap();
        let after = fleet.row(name);
        for field in ["pid", "pane", "session"] {
            assert_eq!(row[field], after[field], "{name}: {field}");
        }
        wait_until("its adoption", LONG, || fleet.count(name, "session.adopted") > 0);
        assert_eq!(fleet.count(name, "session.adopted"), 1, "{name}");
        assert_eq!(fleet.count(name, "session.started"), 1, "{name}");
    }
    fleet.health("ada", "healthy");
}

#[test]
fn what_dies_while_no_supervisor_lives_is_known_afterwards() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().agent("ada", "runtime: stub, restart: {policy: never}"));
    let agent = fleet.pid("ada");
    fleet.kill_supervisor();
    crate::support::signal(agent, Signal::SIGKILL);
    wait_until("the agent's end", LONG, || !is_alive(agent));
    fleet.mosaic(&["fleet", "up"]);
    let exits: Vec<Value> =
        fleet.events().into_iter().filter(|event| event["type"] == "session.exited").collect();
    assert_eq!(exits.len(), 1, "{exits:?}");
    assert!(exits[0]["payload"].to_string().contains("\"signal\":9"), "{exits:?}");
}

#[test]
fn sigterm_ends_the_supervisor_and_leaves_the_agents() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let (supervisor, agent) = (fleet.supervisor(), fleet.pid("ada"));
    crate::support::signal(supervisor, Signal::SIGTERM);
    wait_until("the supervisor's end", LONG, || !is_alive(supervisor));
    assert!(is_alive(agent));
}

#[test]
fn a_supervisor_in_the_foreground_serves_and_ends_at_ctrl_c() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada"));
    let supervisor = fleet.background(&["supervise"]);
    wait_until("an answer", LONG, || fleet.mosaic(&["ps"]).code == 0);
    assert_eq!(fleet.supervisor(), supervisor.pid());
    fleet.mosaic(&["fleet", "up"]).ended(0);
    supervisor.signal(Signal::SIGINT);
    let output = supervisor.end();
    assert!([0, 130].contains(&output.code), "{output:?}");
}

#[test]
fn a_supervisor_tells_its_starter_when_it_serves() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let supervisor = fleet.background(&["supervise", "--kept-by", "detached"]);
    wait_until("its word", LONG, || supervisor.stdout() == "ready\n");
    fleet.mosaic(&["ps"]).ended(0);
    supervisor.signal(Signal::SIGTERM);
    assert_eq!(supervisor.end().stdout, "ready\n", "nothing else goes there");
}

#[test]
fn an_agent_that_is_killed_runs_again_in_the_same_pane() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let before = fleet.row("ada");
    let agent = fleet.pid("ada");
    crate::support::signal(agent, Signal::SIGKILL);
    wait_until("the next session", LONG, || {
        let row = fleet.row("ada");
        row["health"] == "healthy" && row["session"]["id"] != before["session"]["id"]
    });
    let after = fleet.row("ada");
    assert_eq!(before["pane"]["id"], after["pane"]["id"]);
    assert_ne!(before["pid"], after["pid"]);
}

#[test]
fn stop_leaves_no_descendant_and_start_begins_anew() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let left = fleet.workspace().join("left");
    let script =
        format!("setsid sh -c 'echo $$ > {}; exec sleep 1000' & exec sleep 1000", left.display());
    fleet.roster(&Roster::new().command("cyd", &script));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let mut escaped = None;
    wait_until("the escaped child", LONG, || {
        escaped = std::fs::read_to_string(&left).ok().and_then(|text| text.trim().parse().ok());
        escaped.is_some()
    });
    let (agent, escaped): (u32, u32) = (fleet.pid("cyd"), escaped.unwrap());
    fleet.mosaic(&["agent", "stop", "cyd"]).ended(0);
    wait_until("the agent's end", LONG, || {
        fleet.row("cyd")["lifecycle"] == "exited" && !is_alive(agent) && !is_alive(escaped)
    });
    fleet.mosaic(&["agent", "stop", "cyd"]).ended(0);
    fleet.mosaic(&["agent", "start", "cyd"]).ended(0);
    wait_until("it runs again", LONG, || fleet.row("cyd")["lifecycle"] == "running");
    let second = fleet.pid("cyd");
    fleet.mosaic(&["agent", "restart", "cyd"]).ended(0);
    wait_until("its third life", LONG, || {
        let row = fleet.row("cyd");
        row["lifecycle"] == "running" && row["pid"].as_u64() != Some(u64::from(second))
    });
    assert!(!is_alive(second));
}

#[test]
fn a_start_right_behind_a_stop_gets_a_new_pane_and_one_life() {
    if !need("tmux") {
        return;
    }
    const ROUNDS: usize = 12;
    let fleet = Fleet::up(&Roster::new().command("cyd", "exec sleep 1000"));
    for _ in 0..ROUNDS {
        fleet.mosaic(&["agent", "stop", "cyd"]).ended(0);
        wait_until("its end", LONG, || fleet.row("cyd")["lifecycle"] == "exited");
        // Its pane is still leaving.
        fleet.mosaic(&["agent", "start", "cyd"]).ended(0);
        wait_until("it runs", LONG, || fleet.row("cyd")["lifecycle"] == "running");
    }
    let lost: Vec<_> = fleet
        .events()
        .into_iter()
        .filter(|event| {
            event["type"] == "session.exited" && event["payload"]["exit"]["lost"] != Value::Null
        })
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(fleet.count("cyd", "session.starting"), ROUNDS + 1);
}
