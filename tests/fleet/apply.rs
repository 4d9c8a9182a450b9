//! `fleet apply`: what it shows, what it asks, and that it does exactly that.

use std::io::Write as _;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::{Fleet, LONG, Roster, Terminal, is_alive, need, wait_until};

/// A roster that differs from [`first`] in every way at once.
fn second() -> Roster {
    Roster::new()
        .stub("ada")
        .stub_with("bob", "{CHANGED: \"1\"}")
        .agent("cyd", "runtime: stub, role: reviews, heartbeat: {every: 100ms}")
        .stub("eve")
}

fn first() -> Roster {
    Roster::new().stub("ada").stub("bob").stub("cyd").stub("dee")
}

fn pids(fleet: &Fleet, names: &[&str]) -> Vec<u32> {
    names.iter().map(|name| fleet.pid(name)).collect()
}

fn words(reply: &str) -> Vec<(String, String)> {
    let reply: Value = serde_json::from_str(reply).unwrap();
    let word = |change: &Value, key: &str| change[key].as_str().unwrap().to_owned();
    let changes = reply["changes"].as_array().unwrap();
    changes.iter().map(|change| (word(change, "agent"), word(change, "what"))).collect()
}

#[test]
fn a_plan_shows_each_difference_and_changes_nothing() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&first());
    let (before, head) = (pids(&fleet, &["ada", "bob", "cyd", "dee"]), fleet.events().len());
    fleet.roster(&second());
    let shown = fleet.mosaic(&["fleet", "apply", "--plan"]).ended(0).stdout;
    let wanted = "\
bob: restart
  env.CHANGED: not set → \"1\"
cyd: update, in force at once
  role: not set → reviews
  heartbeat.every: 250ms → 100ms
eve: start
dee: stop, gone from the roster
1 to start, 1 to stop, 1 to restart, 1 to update; 1 unchanged
";
    assert_eq!(shown, wanted);
    assert_eq!(pids(&fleet, &["ada", "bob", "cyd", "dee"]), before);
    assert_eq!(fleet.events().len(), head);
}

#[test]
fn without_a_terminal_and_without_yes_nothing_is_done() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&first());
    let (before, head) = (pids(&fleet, &["ada", "bob", "cyd", "dee"]), fleet.events().len());
    fleet.roster(&second());
    let output = fleet.mosaic(&["fleet", "apply"]).ended(9);
    assert!(output.stderr.contains("would stop dee and restart bob"), "{output:?}");
    assert!(output.stderr.contains("mosaic fleet apply --yes"), "{output:?}");
    assert_eq!(pids(&fleet, &["ada", "bob", "cyd", "dee"]), before);
    assert_eq!(fleet.events().len(), head, "not even the harmless part");
}

#[test]
fn what_is_agreed_to_is_done_and_then_nothing_differs() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&first());
    let before = pids(&fleet, &["ada", "bob", "cyd"]);
    fleet.roster(&second());
    let reply = fleet.mosaic(&["fleet", "apply", "--yes", "--json"]).ended(0).stdout;
    let done = [
        ("ada", "unchanged"),
        ("bob", "restarting"),
        ("cyd", "updated"),
        ("eve", "starting"),
        ("dee", "stopping"),
    ];
    assert_eq!(words(&reply), done.map(|(agent, what)| (agent.to_owned(), what.to_owned())));
    fleet.health("bob", "healthy");
    fleet.health("eve", "healthy");
    wait_until("the end of dee", LONG, || {
        fleet.ps()["rows"].as_array().unwrap().iter().all(|row| row["agent"] != "dee")
    });
    let after = pids(&fleet, &["ada", "bob", "cyd"]);
    assert_eq!((before[0], before[2]), (after[0], after[2]), "nobody else was touched");
    wait_until("the next life of bob", LONG, || fleet.row("bob")["pid"] != json!(before[1]));
    for agent in ["ada", "bob", "cyd", "eve"] {
        assert_eq!(fleet.row(agent)["drift"], json!([]), "{agent}");
    }
    let again = fleet.mosaic(&["fleet", "apply"]).ended(0).stdout;
    assert_eq!(again, "nothing differs: 4 unchanged\n");
}

#[test]
fn an_update_is_in_force_at_once_on_a_live_agent() {
    if !need("tmux") {
        return;
    }
    let slow = "runtime: stub, heartbeat: {every: 1h, healthy_within: 2h}";
    let fleet = Fleet::up(&Roster::new().agent("ada", slow));
    let (agent, answered) = (fleet.pid("ada"), fleet.row("ada")["heartbeat"]["age_ms"].clone());
    let quick = "runtime: stub, heartbeat: {every: 100ms, healthy_within: 5m}, \
                 size: {columns: 100, rows: 30}";
    fleet.roster(&Roster::new().agent("ada", quick));
    let said = fleet.mosaic(&["fleet", "apply"]).ended(0).stdout;
    assert!(said.contains("ada: updated; in force now"), "{said}");
    assert_eq!(fleet.row("ada")["drift"], json!([]));
    assert_eq!(fleet.row("ada")["heartbeat"]["within_ms"], json!(300_000));
    // A challenge of the old rhythm would come in an hour.
    wait_until("a challenge of the new rhythm", LONG, || {
        let age = fleet.row("ada")["heartbeat"]["age_ms"].as_u64().unwrap();
        age < answered.as_u64().unwrap()
    });
    let socket = fleet.ps()["supervisor"]["tmux_socket"].as_str().unwrap().to_owned();
    wait_until("the new size", LONG, || {
        let mut tmux = std::process::Command::new("tmux");
        tmux.args(["-N", "-S", &socket, "list-panes", "-a", "-F", "#{pane_width}x#{pane_height}"]);
        fleet.finished(&mut tmux).stdout.contains("100x30")
    });
    assert_eq!(fleet.pid("ada"), agent);
}

#[test]
fn who_is_asked_on_a_terminal_decides() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob"));
    let before = fleet.pid("bob");
    fleet.roster(&Roster::new().stub("ada").stub_with("bob", "{CHANGED: \"1\"}"));
    let apply = || {
        let terminal = Terminal::running(fleet.home(), (100, 30), "", "fleet apply");
        terminal.shows("Restart bob? [y/N]");
        terminal
    };
    let refused = apply();
    refused.press(&["n", "Enter"]);
    refused.shows("[ended 5]");
    assert_eq!(fleet.pid("bob"), before);
    // Edited between the question and the answer: nobody has agreed to that.
    let overtaken = apply();
    fleet
        .roster(&Roster::new().stub_with("ada", "{A: \"1\"}").stub_with("bob", "{CHANGED: \"2\"}"));
    overtaken.press(&["y", "Enter"]);
    overtaken.shows("[ended 5]");
    assert!(overtaken.screen().contains("another one than that which was agreed to"));
    assert_eq!((fleet.pid("bob"), fleet.row("bob")["drift"].clone()), (before, json!([])));
    fleet.roster(&Roster::new().stub("ada").stub_with("bob", "{CHANGED: \"1\"}"));
    let agreed = apply();
    agreed.press(&["y", "Enter"]);
    agreed.shows("[ended 0]");
    wait_until("the next life of bob", LONG, || {
        let row = fleet.row("bob");
        row["health"] == "healthy" && row["pid"] != json!(before)
    });
}

#[test]
fn a_busy_agent_shows_as_drift_until_its_restart_is_asked_for() {
    if !need("tmux") {
        return;
    }
    let busy = "{MOSAIC_STUB_TURN_MS: \"600000\"}";
    let fleet = Fleet::up(&Roster::new().stub_with("ada", busy));
    let before = fleet.pid("ada");
    fleet.mosaic(&["send", "ada", "work", "--verify"]).ended(0);
    wait_until("ada busy", LONG, || fleet.row("ada")["activity"]["state"] == "busy");
    fleet.roster(&Roster::new().stub_with("ada", "{MOSAIC_STUB_TURN_MS: \"1\"}"));
    let said = fleet.mosaic(&["fleet", "apply", "--yes"]).ended(0).stdout;
    assert!(said.contains("ada: restart not now: busy; --restart-busy restarts it"), "{said}");
    assert_eq!(fleet.pid("ada"), before);
    assert_eq!(fleet.row("ada")["drift"][0]["field"], json!("env.MOSAIC_STUB_TURN_MS"));
    fleet.mosaic(&["fleet", "apply", "--yes", "--restart-busy"]).ended(0);
    wait_until("its next life", LONG, || {
        let row = fleet.row("ada");
        row["health"] == "healthy" && row["pid"] != json!(before)
    });
}

#[test]
fn a_wrong_roster_is_told_and_nothing_is_applied() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let path = fleet.home().join("config/roster.yaml");
    std::fs::OpenOptions::new().append(true).open(path).unwrap().write_all(b"no: key\n").unwrap();
    let output = fleet.mosaic(&["fleet", "apply", "--yes"]).ended(6);
    assert!(output.stderr.contains("mosaic fleet check"), "{output:?}");
    let none = Fleet::new();
    none.roster(&Roster::new().stub("ada"));
    let output = none.mosaic(&["fleet", "apply"]).ended(3);
    assert!(output.stderr.contains("mosaic fleet up"), "{output:?}");
}

#[test]
fn a_waiting_apply_ends_with_the_verdict_on_everyone_it_has_touched() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&first());
    let before = pids(&fleet, &["bob", "dee"]);
    fleet.roster(&second());
    let said = fleet.mosaic(&["fleet", "apply", "--yes", "--wait"]).ended(0).stdout;
    let ends = "\
bob: running, health healthy
cyd: running, health healthy
eve: running, health healthy
dee: gone
";
    assert!(said.ends_with(ends), "{said}");
    assert!(!said.contains("ada: "), "it was not touched: {said}");
    assert!(before.iter().all(|pid| !is_alive(*pid)), "the next life is awaited, not the last");
    assert_eq!(fleet.row("bob")["health"], "healthy");
    let again = fleet.mosaic(&["fleet", "apply", "--wait", "--timeout", "1s"]).ended(0).stdout;
    assert_eq!(again, "nothing differs: 4 unchanged\n");
    fleet.mosaic(&["fleet", "apply", "--wait", "--plan"]).ended(2);
    let output = fleet.mosaic(&["fleet", "apply", "--timeout", "1s"]).ended(2);
    assert!(output.stderr.contains("--wait"), "{output:?}");
}

#[test]
fn a_waiting_apply_tells_who_ended_and_who_has_no_verdict() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let mute = "runtime: stub, env: {MOSAIC_STUB_MUTE: \"1\"}";
    let roster = Roster::new().stub("ada").command("pid-1", "exec sleep 1000").agent("dee", mute);
    fleet.roster(&roster);
    let apply = ["fleet", "apply", "--yes", "--wait", "--timeout", "2s", "--json"];
    let output = fleet.mosaic(&apply).ended(10);
    assert!(output.stderr.contains("no verdict after 2 s on dee"), "{output:?}");
    let reply: Value = serde_json::from_str(&output.stdout).unwrap();
    let verdicts: Vec<_> = reply["changes"].as_array().unwrap().iter().collect();
    let verdict = |at: usize| (verdicts[at]["agent"].clone(), verdicts[at]["verdict"].clone());
    assert_eq!(verdict(0), (json!("ada"), Value::Null), "nobody has touched it");
    assert_eq!(verdict(1), (json!("pid-1"), json!("reached")), "nobody can ask it, and it stands");
    assert_eq!(verdict(2), (json!("dee"), json!("pending")));
    assert_eq!(verdicts[2]["row"]["health"], "starting");
    let done = "runtime: command, command: \"true\", restart: {policy: on-failure}";
    fleet.roster(&Roster::new().stub("ada").command("bad", "exit 3").agent("done", done));
    let output = fleet.mosaic(&["fleet", "apply", "--yes", "--wait"]).ended(1);
    assert!(output.stderr.contains("started and ended again: bad"), "{output:?}");
    assert!(output.stderr.contains("mosaic agent explain bad"), "{output:?}");
    assert!(output.stdout.contains("bad: held: "), "{output:?}");
    assert!(output.stdout.contains("\ndone: exited\npid-1: gone\ndee: gone\n"), "{output:?}");
}

#[test]
fn ctrl_c_ends_the_wait_of_an_apply_and_tells_how_to_follow() {
    if !need("tmux") {
        return;
    }
    let ignores = "runtime: stub, env: {MOSAIC_STUB_IGNORE_TERM: \"1\"}, stop: {grace: 5s}";
    let fleet = Fleet::up(&Roster::new().stub("ada").agent("bob", ignores));
    let agent = fleet.pid("bob");
    fleet.roster(&Roster::new().stub("ada"));
    let waits = fleet.background(&["fleet", "apply", "--yes", "--wait"]);
    wait_until("its word", LONG, || waits.stdout().contains("bob: stopping"));
    waits.signal(Signal::SIGINT);
    let output = waits.end().ended(130);
    assert!(output.stderr.contains("mosaic events --agent bob --follow"), "{output:?}");
    assert!(is_alive(agent), "it has its grace");
    wait_until("its end", LONG, || !is_alive(agent));
}
