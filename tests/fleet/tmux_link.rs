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

fn answers_again(fleet: &Fleet, than: u32) {
    wait_until("another connection", LONG, || {
        fleet.ps()["supervisor"]["tmux"] == "running"
            && client(fleet).is_some_and(|again| again != than)
    });
}

/// A fleet whose supervisor reaches tmux only while the gate is not shut.
fn gated(roster: &Roster) -> (Fleet, PathBuf) {
    let fleet = Fleet::new();
    fleet.roster(roster);
    let (programs, gate) = (fleet.home().join("programs"), fleet.home().join("shut"));
    std::fs::create_dir(&programs).unwrap();
    let path = std::env::var("PATH").unwrap();
    let script = format!(
        "#!/bin/sh\n[ -e '{}' ] && [ \"$1\" != -V ] && exit 1\nPATH='{path}' exec tmux \"$@\"\n",
        gate.display()
    );
    std::fs::write(programs.join("tmux"), script).unwrap();
    std::fs::set_permissions(programs.join("tmux"), Permissions::from_mode(0o755)).unwrap();
    let mut up = fleet.command(&["fleet", "up"]);
    up.env("PATH", format!("{}:{path}", programs.display()));
    fleet.finished(&mut up).ended(0);
    (fleet, gate)
}

#[test]
fn r12_a_connection_that_ended_is_no_lost_server_and_who_starts_meanwhile_waits() {
    if !need("tmux") {
        return;
    }
    let (fleet, gate) = gated(&Roster::new().stub("ada").stub("bob"));
    let (ada, server) = (fleet.pid("ada"), tmux_server(&fleet));
    let first = client(&fleet).unwrap();
    tmux(&fleet, &["detach-client", "-s", "mosaic-hub"]);
    answers_again(&fleet, first);
    fleet.mosaic(&["send", "ada", "still there", "--verify"]).ended(0);
    fleet.mosaic(&["agent", "stop", "bob", "--wait"]).ended(0);

    // It lives, and the supervisor does not reach it for a while.
    let second = client(&fleet).unwrap();
    std::fs::write(&gate, "").unwrap();
    signal(second, Signal::SIGKILL);
    wait_until("the end of the connection", LONG, || fleet.ps()["supervisor"]["tmux"] != "running");
    fleet.mosaic(&["agent", "start", "bob"]).ended(0);
    wait_until("a start without a pane", LONG, || fleet.row("bob")["lifecycle"] == "starting");
    assert_eq!(fleet.row("ada")["health"], "healthy", "it is asked without tmux");
    std::fs::remove_file(&gate).unwrap();
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
