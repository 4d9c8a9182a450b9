//! `agent start`, `stop`, `restart`: several at once, and waited for.

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::{Fleet, LONG, Roster, is_alive, need, wait_until};

#[test]
fn several_are_stopped_and_started_and_the_wait_ends_with_the_verdicts() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob").stub("cyd"));
    let before = [fleet.pid("ada"), fleet.pid("bob"), fleet.pid("cyd")];
    let said = fleet.mosaic(&["agent", "stop", "ada", "bob", "ada", "--wait"]).ended(0).stdout;
    assert_eq!(said, "ada stops\nbob stops\nada: exited\nbob: exited\n");
    assert!(!is_alive(before[0]) && !is_alive(before[1]) && is_alive(before[2]));
    assert_eq!(fleet.row("bob")["lifecycle"], "exited");
    let said = fleet.mosaic(&["agent", "start", "ada", "bob", "--wait=1m"]).ended(0).stdout;
    assert!(
        said.ends_with("ada: running, health healthy\nbob: running, health healthy\n"),
        "{said}"
    );
    assert_eq!(
        (fleet.row("ada")["health"].clone(), fleet.pid("cyd")),
        (json!("healthy"), before[2])
    );
    let second = fleet.pid("ada");
    let said = fleet.mosaic(&["agent", "restart", "ada", "--wait", "--json"]).ended(0).stdout;
    let said: Value = serde_json::from_str(&said).unwrap();
    let one = &said["agents"][0];
    assert_eq!((&one["agent"], &one["verdict"]), (&json!("ada"), &json!("reached")));
    assert_eq!(one["row"]["health"], "healthy", "{one}");
    assert_ne!(one["row"]["pid"], json!(second), "the next life is awaited, not the last");
}

#[test]
fn a_name_that_nobody_has_stops_all_of_it_and_the_nearest_is_told() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("ada-1"));
    let before = fleet.pid("ada");
    for names in [&["ada", "ada-2"][..], &["ada-2"]] {
        let output = fleet.mosaic(&[&["agent", "stop"], names].concat()).ended(4);
        assert!(output.stderr.contains("did you mean \"ada-1\"?"), "{output:?}");
        assert_eq!(output.stdout, "");
    }
    assert_eq!(fleet.pid("ada"), before);
    assert_eq!(fleet.count("ada", "session.stopping"), 0);
    fleet.mosaic(&["agent", "stop"]).ended(2);
}

#[test]
fn a_start_that_fails_and_one_without_a_verdict_have_their_exit_codes() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let mute = "runtime: stub, env: {MOSAIC_STUB_MUTE: \"1\"}";
    let roster = Roster::new().stub("ada").command("bad", "sleep 0.1; exit 3").agent("dee", mute);
    fleet.roster(&roster);
    let up = fleet.mosaic(&["fleet", "up", "--wait", "100ms"]);
    assert!([1, 10].contains(&up.code), "{up:?}");
    let output = fleet.mosaic(&["agent", "restart", "dee", "--wait=300ms"]).ended(10);
    assert!(output.stderr.contains("no verdict after 0.3 s on dee"), "{output:?}");
    assert!(output.stdout.contains("\ndee: "), "{output:?}");
    let output = fleet.mosaic(&["agent", "start", "bad", "--wait"]).ended(1);
    assert!(output.stderr.contains("started and ended again: bad"), "{output:?}");
    assert!(output.stdout.contains("bad: held: "), "{output:?}");
    let output = fleet.mosaic(&["agent", "stop", "ada", "--wait=1s", "--timeout", "2s"]).ended(2);
    assert!(output.stderr.contains("give one of them"), "{output:?}");
    assert_eq!(fleet.count("ada", "session.stopping"), 0);
}

#[test]
fn ctrl_c_ends_the_wait_and_nothing_else() {
    if !need("tmux") {
        return;
    }
    let ignores = "runtime: stub, env: {MOSAIC_STUB_IGNORE_TERM: \"1\"}, stop: {grace: 5s}";
    let fleet = Fleet::up(&Roster::new().agent("ada", ignores));
    let agent = fleet.pid("ada");
    let waits = fleet.background(&["agent", "stop", "ada", "--wait"]);
    wait_until("its stop", LONG, || fleet.row("ada")["lifecycle"] == "stopping");
    wait_until("its word", LONG, || waits.stdout().contains("ada stops"));
    waits.signal(Signal::SIGINT);
    let output = waits.end().ended(130);
    assert!(output.stderr.contains("mosaic events --agent ada --follow"), "{output:?}");
    assert!(is_alive(agent), "it has its grace");
    wait_until("its end", LONG, || !is_alive(agent));
    assert_eq!(fleet.row("ada")["wanted"], "down");
}
