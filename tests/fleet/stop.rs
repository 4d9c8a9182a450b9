//! A stop leaves nothing of an agent, however its processes left it, and whenever it comes.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::{Fleet, LONG, Roster, Terminal, is_alive, need, wait_until};

/// Processes that have this file in their arguments, whatever became of their environment.
fn holding(file: &Path) -> Vec<u32> {
    let name = file.to_string_lossy().into_owned();
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| {
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.windows(name.len()).any(|part| part == name.as_bytes()) && is_alive(*pid)
    })
    .collect()
}

/// A fleet whose one agent runs this script; `HELD` in it is the file that its processes hold.
fn holder(script: &str) -> (Fleet, std::path::PathBuf) {
    let fleet = Fleet::new();
    let held = fleet.workspace().join("held");
    // Whoever reads a pipe that nobody opens for writing waits for ever.
    nix::unistd::mkfifo(&held, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let script = script.replace("HELD", &held.to_string_lossy());
    fleet.roster(&Roster::new().command("cyd", &script));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    (fleet, held)
}

/// Whether the agent is at rest; one that was stopped before its life began has never been.
fn is_down(fleet: &Fleet) -> bool {
    ["exited", "absent"].contains(&fleet.row("cyd")["lifecycle"].as_str().unwrap())
}

/// Stops the agent and waits until nothing of it is left.
fn stops_without_a_rest(fleet: &Fleet, held: &Path) {
    fleet.mosaic(&["agent", "stop", "cyd"]).ended(0);
    wait_until("its end", LONG, || is_down(fleet));
    wait_until("the end of all that it started", LONG, || holding(held).is_empty());
    assert_eq!(fleet.row("cyd")["pid"], json!(null));
}

#[test]
fn r18_a_stop_ends_what_left_its_session_its_parent_and_its_environment() {
    if !need("tmux") {
        return;
    }
    let (fleet, held) = holder(
        "setsid cat HELD & (setsid sh -c 'cat HELD & exit 0' &); \
         env -i /usr/bin/setsid /usr/bin/cat HELD & \
         setsid sh -c 'trap \"\" TERM HUP INT; cat HELD & wait; wait' & \
         exec cat HELD",
    );
    wait_until("all of them", LONG, || holding(&held).len() >= 6);
    stops_without_a_rest(&fleet, &held);
}

#[test]
fn r18_a_stop_ends_what_another_process_adopted() {
    if !need("tmux") {
        return;
    }
    let (fleet, held) = holder("exec cat HELD");
    // A child of this test, as one that some daemon started for the agent: no descendant of it.
    let session = fleet.row("cyd")["session"]["id"].as_str().unwrap().to_owned();
    let escape = |session: &str| {
        let mut cat = Command::new("cat");
        cat.arg(&held).env("MOSAIC_SESSION", session);
        cat.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let (mut escaped, mut other) = (escape(&session), escape("another-life"));
    fleet.mosaic(&["agent", "stop", "cyd"]).ended(0);
    wait_until("its end", LONG, || escaped.try_wait().unwrap().is_some());
    wait_until("the agent's end", LONG, || holding(&held) == [other.id()]);
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn r18_a_stop_ends_two_hundred_processes_that_do_not_hear_it() {
    if !need("tmux") {
        return;
    }
    let (fleet, held) = holder(
        "trap '' TERM; for i in 1 2 3 4 5 6 7 8 9 10; do setsid sh -c ' \
         for j in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cat HELD & done; \
         wait' & done; wait",
    );
    wait_until("all of them", LONG, || holding(&held).len() >= 200);
    let agent = fleet.pid("cyd");
    stops_without_a_rest(&fleet, &held);
    assert!(!is_alive(agent));
    let events = fleet.events();
    let exited = events.iter().find(|event| event["type"] == "session.exited").unwrap();
    assert_eq!(exited["payload"]["exit"], json!({"signal": 9}), "killed after its grace");
}

#[test]
fn r18_a_stop_that_comes_during_a_start_is_the_last_word() {
    if !need("tmux") {
        return;
    }
    let (fleet, held) = holder("setsid cat HELD & exec cat HELD");
    stops_without_a_rest(&fleet, &held);
    for _ in 0..10 {
        let start = fleet.background(&["agent", "start", "cyd"]);
        wait_until("a start on its way", LONG, || !is_down(&fleet));
        stops_without_a_rest(&fleet, &held);
        start.end();
    }
    fleet.mosaic(&["agent", "start", "cyd"]).ended(0);
    wait_until("its last life", LONG, || fleet.row("cyd")["lifecycle"] == "running");
    assert_eq!(fleet.row("cyd")["wanted"], "up");
}

#[test]
fn r18_a_stop_ends_an_agent_while_somebody_sits_at_it() {
    if !need("tmux") {
        return;
    }
    let (fleet, held) = holder("setsid cat HELD & while read line; do echo got $line; done");
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    wait_until("the keyboard", LONG, || !fleet.row("cyd")["attached"].is_null());
    terminal.press(&["hello", "Enter"]);
    terminal.shows("got hello");
    stops_without_a_rest(&fleet, &held);
    terminal.shows("[ended ");
    wait_until("the keyboard back", LONG, || fleet.row("cyd")["attached"].is_null());
    fleet.mosaic(&["agent", "start", "cyd"]).ended(0);
    wait_until("its next life", LONG, || fleet.row("cyd")["lifecycle"] == "running");
}
