//! Stop means stopped, and nothing of the last words is lost.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command};

use serde_json::{Value, json};

use super::place::{Place, go, marked, shell};
use super::supervisor::{Supervisor, wait_until};

/// A child in a session of its own, a grandchild of a parent that is gone, and one that neither
/// TERM nor HUP moves; says so when all of them stand.
const BROOD: &str = r#"
setsid sleep 1000 &
(setsid sh -c 'sleep 1001 & exit 0' &)
setsid sh -c 'trap "" TERM HUP; while :; do sleep 0.05; done' &
while [ "$(grep -lzsx "MOSAIC_SESSION=$MOSAIC_SESSION" /proc/[0-9]*/environ | wc -l)" -lt 5 ]; do sleep 0.02; done
echo standing
"#;

#[test]
fn stop_leaves_no_descendant() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&shell("stop-brood", &format!("{BROOD} exec sleep 1002")));
    pane.shows("standing");
    assert!(marked("stop-brood").len() >= 4);
    guest.say(&json!({"type": "stop", "session": "stop-brood", "signal": 15, "grace_ms": 2000}));
    let exited = guest.expect("exited");
    assert_eq!(exited["signal"], 15);
    assert!(exited["left_behind"].as_u64().unwrap() >= 3, "{exited}");
    wait_until("every descendant to go", || marked("stop-brood").is_empty());
    pane.shows("ended by signal 15; waiting");
    assert!(!pane.is_dead());
}

/// A process that hangs from no pane; it ends with the test.
struct Escaped(Child);

impl Escaped {
    fn from(session: &str) -> Self {
        let mut sleep = Command::new("sleep");
        Self(sleep.arg("1000").env("MOSAIC_SESSION", session).spawn().unwrap())
    }

    /// The signal that ended it; none while it lives.
    fn signal(&mut self) -> Option<i32> {
        self.0.try_wait().unwrap().and_then(|status| status.signal())
    }
}

impl Drop for Escaped {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[test]
fn who_carries_the_mark_of_the_session_is_ended_with_it_wherever_it_hangs() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    let (mut ours, mut other) = (Escaped::from("escapes"), Escaped::from("escapes-not"));
    guest.say(&shell("escapes", "exit 0"));
    assert_eq!(guest.expect("exited")["left_behind"], 0);
    wait_until("its end by SIGTERM", || ours.signal() == Some(15));
    assert_eq!(other.0.try_wait().unwrap(), None);
}

#[test]
fn who_ignores_the_signal_is_killed_after_the_grace() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&shell("stubborn", "trap '' TERM; echo ready; while :; do sleep 0.05; done"));
    pane.shows("ready");
    guest.say(&json!({"type": "stop", "session": "other-witsikatg", "signal": 9, "grace_ms": 0}));
    guest.say(&json!({"type": "stop", "session": "stubborn", "signal": 15, "grace_ms": 200}));
    assert_eq!(guest.expect("exited")["signal"], 9);
    wait_until("the session to be empty", || marked("stubborn").is_empty());
}

#[test]
fn a_stop_that_is_said_again_is_no_second_signal_and_may_shorten_the_grace() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    let told = "n=0; trap 'n=$((n+1)); echo told $n' INT; echo ready; while :; do sleep 0.05; done";
    guest.say(&shell("told-twice", told));
    pane.shows("ready");
    let stop = |grace_ms: u64| json!({"type": "stop", "session": "told-twice", "signal": 2, "grace_ms": grace_ms});
    guest.say(&stop(60_000));
    pane.shows("told 1");
    guest.say(&stop(1_000));
    assert_eq!(guest.expect("exited")["signal"], 9);
    let screen = pane.screen();
    assert!(!screen.contains("told 2"), "{screen}");
}

#[test]
fn a_frozen_agent_can_be_stopped() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&shell("frozen", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done"));
    let pid = guest.expect("started")["pid"].to_string();
    pane.shows("ready");
    Command::new("kill").args(["-STOP", &pid]).status().unwrap();
    guest.say(&json!({"type": "stop", "session": "frozen", "signal": 15, "grace_ms": 9000}));
    assert_eq!(guest.expect("exited")["code"], 7);
}

#[test]
fn a_closed_window_ends_the_session_and_leaves_a_record() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    // A second window, so that the server stays.
    place.window(&["sleep", "1000"]);
    guest.say(&shell("hung-up", &format!("trap '' HUP; {BROOD} while :; do sleep 0.05; done")));
    pane.shows("standing");
    place.tmux(&["kill-window", "-t", &pane.id]);
    let exited = guest.expect("exited");
    assert_eq!(exited["signal"], 9);
    wait_until("every descendant to go", || marked("hung-up").is_empty());
    wait_until("the pane's process to go", || !fs::exists(format!("/proc/{}", pane.pid)).unwrap());
    assert!(place.path("exits/hung-up.json").exists());
}

#[test]
fn the_death_of_the_tmux_server_ends_the_session() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&shell("orphan", &format!("{BROOD} exec sleep 1002")));
    pane.shows("standing");
    let server = pane.ask("#{pid}");
    Command::new("kill").args(["-KILL", &server]).status().unwrap();
    wait_until("every descendant to go", || marked("orphan").is_empty());
    wait_until("the record", || place.path("exits/orphan.json").exists());
    wait_until("the pane's process to go", || !fs::exists(format!("/proc/{}", pane.pid)).unwrap());
}

#[test]
fn close_waits_until_nothing_runs_and_leaves_with_zero() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&shell("last", "echo ready; read line; exit 3"));
    pane.shows("ready");
    guest.say(&json!({"type": "close"}));
    guest.say(&shell("too-late", "true"));
    assert_eq!(guest.expect("exited")["error"], "the pane is closing");
    assert!(!pane.is_dead());
    pane.keys(&["Enter"]);
    assert_eq!(guest.expect("exited")["code"], 3);
    wait_until("the pane to leave", || pane.is_dead());
    let pid = pane.pid.to_string();
    wait_until("its status", || {
        // tmux before 3.6 may miss the death of a child until the next one comes.
        Command::new("kill").args(["-CHLD", &pane.ask("#{pid}")]).status().unwrap();
        pane.ask("#{pane_dead_status}") == "0"
    });
    assert!(!fs::exists(format!("/proc/{pid}")).unwrap());
}

#[test]
fn sigterm_stops_the_agent_and_leaves() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&shell("told", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.05; done"));
    pane.shows("ready");
    Command::new("kill").args(["-TERM", &pane.pid.to_string()]).status().unwrap();
    assert_eq!(guest.expect("exited")["code"], 9);
    wait_until("the pane to leave", || pane.is_dead());
}

#[test]
fn two_hundred_bursts_have_their_last_word_on_the_screen_when_their_end_is_told() {
    let place = Place::new();
    let mut supervisor = Supervisor::listen(&place.path("guest.sock"));
    let panes: Vec<_> = (0..50).map(|_| (place.pane(), supervisor.welcome("pane"))).collect();
    let mut panes = panes.into_iter().collect::<Vec<_>>();
    let mut lost = Vec::new();
    for round in 0..4 {
        for (at, (_, guest)) in panes.iter_mut().enumerate() {
            let burst = format!("seq 1 5000; printf FINAL-{round}; exit {round}");
            guest.say(&go(&format!("burst-{at}-{round}"), &["sh", "-c", &burst]));
        }
        for (at, (pane, guest)) in panes.iter_mut().enumerate() {
            assert_eq!(guest.expect("exited")["code"], round);
            // At once: whoever hears of a death reads what it said.
            if !pane.screen().contains(&format!("5000\nFINAL-{round}")) {
                lost.push((at, round));
            }
        }
    }
    assert_eq!(lost, [], "of 200 bursts");
}

#[test]
fn a_pane_that_closes_after_a_burst_keeps_its_last_output() {
    let place = Place::new();
    let mut supervisor = Supervisor::listen(&place.path("guest.sock"));
    let panes: Vec<_> = (0..50).map(|_| place.pane()).collect();
    let mut guests: Vec<_> = panes.iter().map(|_| supervisor.welcome("pane")).collect();
    for (at, guest) in guests.iter_mut().enumerate() {
        guest.say(&go(&format!("closing-{at}"), &["sh", "-c", "seq 1 5000; printf FINAL"]));
        guest.say(&json!({"type": "close"}));
    }
    for guest in &mut guests {
        assert_eq!(guest.expect("exited")["code"], 0);
    }
    for pane in &panes {
        wait_until("the pane to leave", || pane.is_dead());
        let screen = pane.screen();
        assert!(screen.contains("5000\nFINAL"), "{screen}");
    }
}

#[test]
fn a_hundred_lives_follow_each_other_in_one_pane() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    for life in 0..100 {
        guest.say(&shell(
            &format!("life-ahlfeoiop-{life}"),
            &format!("echo life {life}; exit {life}"),
        ));
        let started = guest.expect("started");
        let exited = guest.expect("exited");
        assert_eq!(started["session"], exited["session"]);
        assert_eq!((&exited["code"], &exited["left_behind"]), (&json!(life), &json!(0)));
        assert_eq!(exited["error"], Value::Null);
    }
    pane.shows("life 99");
}
