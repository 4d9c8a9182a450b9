//! The supervisor's connection to its tmux server: its end is no end of the server.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use nix::sys::signal::Signal;

use crate::support::{Fleet, LONG, Roster, need, signal, tmux, tmux_server, wait_until};

/// The control client by which the supervisor asks.
fn client(fleet: &Fleet) -> Option<u32> {
    let said = tmux(fleet, &["list-clients", "-F", "#{client_session} #{client_pid}"]);
    said.lines().find_map(|line| line.strip_prefix("mosaic-hub ")?.parse().ok())
}

fn count(fleet: &Fleet, kind: &str) -> usize {
    fleet.events().iter().filter(|event| event["type"] == kind).count()
}

/// The sessions of tmux that hold a window of an agent, whether anything lives there or not.
fn windows(fleet: &Fleet, agent: &str) -> Vec<String> {
    let panes = tmux(fleet, &["list-panes", "-a", "-F", "#{@mosaic_agent} #{session_name}"]);
    let its = panes.lines().filter_map(|line| line.strip_prefix(agent)?.strip_prefix(' '));
    its.map(str::to_owned).collect()
}

fn answers_again(fleet: &Fleet, than: u32) {
    wait_until("another connection", LONG, || {
        fleet.ps()["supervisor"]["tmux"] == "running"
            && client(fleet).is_some_and(|again| again != than)
    });
}

/// What a fleet's supervisor cannot do with tmux while a file is there.
struct Gates {
    /// Reach it.
    shut: PathBuf,
    /// List panes: tmux answers that it does not know how.
    listless: PathBuf,
    /// See any pane in the first list of a connection; the file is gone when that was asked for.
    blind: PathBuf,
    /// Hear that a pane was made: the connection ends first. What the file holds says whether tmux
    /// gets to hear that one is wanted. It is gone when that has happened.
    cut: PathBuf,
}

/// In the place of tmux on the PATH: `HOME` is the fleet's, and `REAL` has the real one.
const GATES: &str = r#"#!/bin/sh
PATH='REAL'
[ -e 'HOME/shut' ] && [ "$1" != -V ] && exit 1
case " $* " in *' -C '*)
    if [ -e 'HOME/listless' ]; then
        sed -u s/list-panes/list-pains/ | tmux "$@"
        exit
    elif [ -e 'HOME/blind' ]; then
        while IFS= read -r line; do
            case "$line" in *list-panes*)
                [ -e 'HOME/blind' ] && line=$(printf '%s' "$line" | sed 's/list-panes/& -f 0/')
                rm -f 'HOME/blind' ;;
            esac
            printf '%s\n' "$line"
        done | tmux "$@"
        exit
    elif [ -e 'HOME/cut' ]; then
        while IFS= read -r line; do
            case "$line" in *new-session*)
                heard=$(cat 'HOME/cut')
                rm 'HOME/cut'
                [ "$heard" = made ] && printf '%s\n' "$line"
                exit ;;
            esac
            printf '%s\n' "$line"
        done | tmux "$@" | while IFS= read -r line; do
            [ -e 'HOME/cut' ] && printf '%s\n' "$line"
        done
        exit
    fi ;;
esac
exec tmux "$@"
"#;

/// A fleet whose supervisor goes through these gates to tmux.
fn gated(roster: &Roster) -> (Fleet, Gates) {
    let fleet = Fleet::new();
    fleet.roster(roster);
    let programs = fleet.home().join("programs");
    let [shut, listless, blind, cut] =
        ["shut", "listless", "blind", "cut"].map(|gate| fleet.home().join(gate));
    let gates = Gates { shut, listless, blind, cut };
    std::fs::create_dir(&programs).unwrap();
    let path = std::env::var("PATH").unwrap();
    let home = fleet.home().to_string_lossy();
    let script = GATES.replace("HOME", &home).replace("REAL", &path);
    std::fs::write(programs.join("tmux"), script).unwrap();
    std::fs::set_permissions(programs.join("tmux"), Permissions::from_mode(0o755)).unwrap();
    let mut up = fleet.command(&["fleet", "up"]);
    up.env("PATH", format!("{}:{path}", programs.display()));
    fleet.finished(&mut up).ended(0);
    (fleet, gates)
}

#[test]
fn r12_a_connection_that_ended_is_no_lost_server_and_who_starts_meanwhile_waits() {
    if !need("tmux") {
        return;
    }
    let (fleet, gates) = gated(&Roster::new().stub("ada").stub("bob"));
    let (ada, server) = (fleet.pid("ada"), tmux_server(&fleet));
    let first = client(&fleet).unwrap();
    tmux(&fleet, &["detach-client", "-s", "mosaic-hub"]);
    answers_again(&fleet, first);
    fleet.mosaic(&["send", "ada", "still there", "--verify"]).ended(0);
    fleet.mosaic(&["agent", "stop", "bob", "--wait"]).ended(0);

    // It lives, and the supervisor does not reach it for a while.
    let second = client(&fleet).unwrap();
    std::fs::write(&gates.shut, "").unwrap();
    signal(second, Signal::SIGKILL);
    wait_until("the end of the connection", LONG, || fleet.ps()["supervisor"]["tmux"] != "running");
    fleet.mosaic(&["agent", "start", "bob"]).ended(0);
    wait_until("a start without a pane", LONG, || fleet.row("bob")["lifecycle"] == "starting");
    assert_eq!(fleet.row("ada")["health"], "healthy", "it is asked without tmux");
    std::fs::remove_file(&gates.shut).unwrap();
    fleet.health("bob", "healthy");
    answers_again(&fleet, second);
    assert_eq!((tmux_server(&fleet), fleet.pid("ada")), (server, ada));
    assert_eq!((count(&fleet, "tmux.lost"), count(&fleet, "tmux.started")), (0, 1));
    assert_eq!((fleet.count("bob", "pane.failed"), fleet.count("bob", "session.exited")), (0, 1));
    assert_eq!(fleet.count("ada", "session.exited"), 0);

    // One that is gone is said to be.
    signal(server, Signal::SIGKILL);
    wait_until("ada again", LONG, || {
        let row = fleet.row("ada");
        row["health"] == "healthy" && row["pid"] != ada
    });
    assert_eq!((count(&fleet, "tmux.lost"), count(&fleet, "tmux.started")), (1, 2));
}

#[test]
fn r12_panes_that_a_new_connection_cannot_list_are_not_gone() {
    if !need("tmux") {
        return;
    }
    let (fleet, gates) = gated(&Roster::new().stub("ada").command("cyd", "exec sleep 1000"));
    let before = [fleet.pid("ada"), fleet.pid("cyd")];
    let first = client(&fleet).unwrap();
    std::fs::write(&gates.listless, "").unwrap();
    signal(first, Signal::SIGKILL);
    wait_until("a list that fails", LONG, || {
        let state = fleet.ps()["supervisor"]["tmux"].as_str().unwrap().to_owned();
        state.contains("list all panes") && state.contains("unknown command")
    });
    fleet.kill_supervisor();
    let mut supervisor = fleet.command(&["supervise"]);
    let path = std::env::var("PATH").unwrap();
    supervisor.env("PATH", format!("{}/programs:{path}", fleet.home().display()));
    let mut supervisor = supervisor.stderr(std::process::Stdio::null()).spawn().unwrap();
    wait_until("the same for its successor", LONG, || {
        let output = fleet.mosaic(&["ps", "--json"]);
        output.code == 0 && output.stdout.contains("list all panes")
    });
    std::fs::remove_file(&gates.listless).unwrap();
    answers_again(&fleet, first);
    assert_eq!([fleet.pid("ada"), fleet.pid("cyd")], before);
    for agent in ["ada", "cyd"] {
        for kind in ["pane.lost", "session.exited", "pane.failed"] {
            assert_eq!(fleet.count(agent, kind), 0, "{agent} {kind}");
        }
        assert_eq!(fleet.count(agent, "session.adopted"), 1, "{agent}");
    }
    signal(supervisor.id(), Signal::SIGTERM);
    supervisor.wait().unwrap();
}

#[test]
fn r12_panes_that_one_list_lacks_are_not_gone() {
    if !need("tmux") {
        return;
    }
    let (fleet, gates) = gated(&Roster::new().stub("ada").command("cyd", "exec sleep 1000"));
    let before = [fleet.pid("ada"), fleet.pid("cyd")];
    let first = client(&fleet).unwrap();
    std::fs::write(&gates.blind, "").unwrap();
    signal(first, Signal::SIGKILL);
    answers_again(&fleet, first);
    assert!(!gates.blind.exists(), "no list was asked for");
    fleet.mosaic(&["send", "ada", "still there", "--verify"]).ended(0);
    assert_eq!([fleet.pid("ada"), fleet.pid("cyd")], before);
    for agent in ["ada", "cyd"] {
        for kind in ["pane.lost", "session.exited", "pane.failed"] {
            assert_eq!(fleet.count(agent, kind), 0, "{agent} {kind}");
        }
    }
}

#[test]
fn r12_a_pane_whose_making_was_on_its_way_when_the_connection_ended_is_no_failure() {
    if !need("tmux") {
        return;
    }
    let (fleet, gates) = gated(&Roster::new().stub("ada").command("cyd", "exec sleep 1000"));
    for (life, heard) in [(2, "made"), (3, "lost")] {
        fleet.mosaic(&["agent", "stop", "cyd", "--wait"]).ended(0);
        wait_until("its window's end", LONG, || windows(&fleet, "cyd").is_empty());
        std::fs::write(&gates.cut, heard).unwrap();
        let before = client(&fleet).unwrap();
        signal(before, Signal::SIGKILL);
        answers_again(&fleet, before);
        fleet.mosaic(&["agent", "start", "cyd"]).ended(0);
        wait_until("the end of the connection", LONG, || !gates.cut.exists());
        wait_until(heard, LONG, || fleet.row("cyd")["lifecycle"] == "running");
        assert_eq!(windows(&fleet, "cyd"), ["cyd"], "{heard}");
        assert_eq!(fleet.count("cyd", "session.starting"), life, "{heard}");
    }
    for kind in ["pane.failed", "agent.restart_scheduled", "agent.held"] {
        assert_eq!(fleet.count("cyd", kind), 0, "{kind}");
    }
    assert_eq!(fleet.count("ada", "session.exited"), 0);
}

#[test]
fn a_pane_that_left_while_tmux_was_out_of_reach_leaves_no_window() {
    if !need("tmux") {
        return;
    }
    let (fleet, gates) = gated(&Roster::new().stub("ada").command("cyd", "exec sleep 1000"));
    let before = client(&fleet).unwrap();
    std::fs::write(&gates.shut, "").unwrap();
    signal(before, Signal::SIGKILL);
    wait_until("the end of the connection", LONG, || fleet.ps()["supervisor"]["tmux"] != "running");
    fleet.mosaic(&["agent", "stop", "cyd", "--wait"]).ended(0);
    let dead =
        || tmux(&fleet, &["list-panes", "-a", "-f", "#{pane_dead}", "-F", "#{session_name}"]);
    wait_until("the pane's end", LONG, || dead() == "cyd");
    std::fs::remove_file(&gates.shut).unwrap();
    wait_until("its window's end", LONG, || windows(&fleet, "cyd").is_empty());
    fleet.mosaic(&["agent", "start", "cyd"]).ended(0);
    wait_until("its next life", LONG, || fleet.row("cyd")["lifecycle"] == "running");
    assert_eq!(windows(&fleet, "cyd"), ["cyd"]);
    assert_eq!(fleet.count("ada", "session.exited"), 0);
}
