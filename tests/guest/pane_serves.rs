//! The pane and a supervisor that goes, comes back, moves, and speaks of newer things.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use serde_json::{Value, json};

use super::place::{Place, shell};
use super::supervisor::{Supervisor, wait_for, wait_until};

#[test]
fn a_supervisor_that_returns_hears_what_runs_and_what_ended() {
    let place = Place::new();
    let (_pane, supervisor, mut guest) = place.served();
    guest.say(&shell("ended-astrhwrawe", "exit 6"));
    guest.expect("exited");
    guest.say(&shell("runs-astrhwrawe", "exec sleep 1000"));
    let pid = guest.expect("started")["pid"].clone();
    drop((guest, supervisor));
    fs::remove_file(place.path("guest.sock")).unwrap();

    let mut supervisor = Supervisor::listen(&place.path("guest.sock"));
    let mut guest = supervisor.welcome("pane");
    assert_eq!(guest.hello["running_pid"], pid);
    assert_eq!(guest.hello["session"], "runs-astrhwrawe");
    assert_eq!(guest.hello["exits"][0]["session"], "ended-astrhwrawe");
    assert_eq!(guest.hello["exits"][0]["code"], 6);
    guest.say(&json!({"type": "exit_recorded", "session": "ended-astrhwrawe"}));
    guest.say(&json!({"type": "stop", "session": "runs-astrhwrawe", "signal": 9, "grace_ms": 0}));
    assert_eq!(guest.expect("exited")["session"], "runs-astrhwrawe");
}

#[test]
fn an_agent_lives_and_dies_without_a_supervisor() {
    let place = Place::new();
    let (pane, supervisor, mut guest) = place.served();
    guest.say(&shell("alone-aaladwas", "echo ready; read line; exit 8"));
    pane.shows("ready");
    drop((guest, supervisor));
    fs::remove_file(place.path("guest.sock")).unwrap();
    pane.keys(&["Enter"]);
    wait_until("the record", || place.path("exits/alone-aaladwas.json").exists());
    let mut supervisor = Supervisor::listen(&place.path("guest.sock"));
    let guest = supervisor.welcome("pane");
    assert_eq!(guest.hello["running_pid"], Value::Null);
    assert_eq!(guest.hello["exits"][0]["code"], 8);
}

#[test]
fn the_socket_may_come_late_and_its_link_may_point_elsewhere() {
    let place = Place::new();
    for directory in ["one", "two"] {
        fs::create_dir(place.path(directory)).unwrap();
    }
    let pane = place.pane();
    pane.shows("ada waits to be started");
    for (directory, life) in [("one", "first-tsmclailmpe"), ("two", "second-tsmclailmpe")] {
        let socket = place.path(directory).join("g.sock");
        let mut supervisor = Supervisor::listen(&socket);
        symlink(&socket, place.path("link")).unwrap();
        fs::rename(place.path("link"), place.path("guest.sock")).unwrap();
        let mut guest = supervisor.welcome("pane");
        guest.say(&shell(life, "exit 0"));
        assert_eq!(
            guest.expect_like("its exit", |frame| frame["session"] == life)["session"],
            life
        );
    }
}

#[test]
fn frames_of_a_newer_supervisor_are_ignored() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    guest.say(&json!({"type": "of_tomorrow", "value": [1, 2, 3]}));
    guest.say(&json!(["not", "even", "an", "object"]));
    let mut go = shell("life-foansai", "exit 2");
    go["companions"] = json!([{"argv": ["true"]}]);
    guest.say(&go);
    assert_eq!(guest.expect("exited")["code"], 2);
}

#[test]
fn a_line_without_end_costs_the_connection_and_not_the_agent() {
    let place = Place::new();
    let (_pane, mut supervisor, mut guest) = place.served();
    guest.say(&shell("life-alwectcanta", "exec sleep 1000"));
    let pid = guest.expect("started")["pid"].clone();
    guest.shout(&"x".repeat(2 * 1024 * 1024));
    let guest = supervisor.welcome("pane");
    assert_eq!(guest.hello["running_pid"], pid);
}

#[test]
fn a_refused_pane_says_so_on_its_screen() {
    let place = Place::new();
    let mut supervisor = Supervisor::listen(&place.path("guest.sock"));
    let pane = place.pane();
    let mut guest = supervisor.accept("pane");
    guest.say(&json!({"type": "refused", "reason": "no agent of this name"}));
    pane.shows("the supervisor refuses this pane: no agent of this name");
    assert!(!pane.is_dead());
}

#[test]
fn go_for_the_session_that_runs_says_started_again() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    let life = shell("life-gftstrssa", "exec sleep 1000");
    guest.say(&life);
    let first = guest.expect("started");
    guest.say(&life);
    assert_eq!(guest.expect("started"), first);
}

#[test]
fn a_long_path_to_the_socket_works() {
    let place = Place::new();
    let deep = place.path(&"d".repeat(120));
    fs::create_dir(&deep).unwrap();
    let mut supervisor = Supervisor::listen(&place.path("real.sock"));
    symlink(place.path("real.sock"), deep.join("guest.sock")).unwrap();
    let socket = deep.join("guest.sock");
    let exits = place.text("exits");
    let words = ["pane-exec", "ada", "--socket", socket.to_str().unwrap(), "--exits", &exits];
    let _pane = place.window(&[&[super::place::MOSAIC], &words[..]].concat());
    assert_eq!(supervisor.welcome("pane").hello["agent"], "ada");
}

#[test]
fn a_waiting_pane_is_small_and_sleeps() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&shell("life-awpisas", "exec sleep 1000"));
    guest.expect("started");
    // The program's own pages are the page cache's: who counts for them depends on who else runs
    // the program, and on whether the compiler's last word has reached the disk.
    let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", pane.pid)).unwrap();
    let own = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:")).unwrap();
    let kib: u64 = own.split_whitespace().next().unwrap().parse().unwrap();
    // A program that is not optimised has more pages that the loader had to write to.
    let most = if cfg!(debug_assertions) { 2048 } else { 1536 };
    assert!((1..=most).contains(&kib), "{kib} KiB of its own");
    let turns = || {
        let status = fs::read_to_string(format!("/proc/{}/status", pane.pid)).unwrap();
        status.lines().find(|line| line.starts_with("voluntary_ctxt")).unwrap().to_owned()
    };
    // Nothing happens, so nothing may wake it: no two looks half a second apart differ.
    wait_for("half a second without a turn", || {
        let before = turns();
        std::thread::sleep(Duration::from_millis(500));
        (turns() == before).then_some(())
    });
}
