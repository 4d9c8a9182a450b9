//! The socket of a living tmux server: its file may go, the server and its sessions stay.

use std::path::PathBuf;

use crate::support::{Fleet, LONG, Roster, need, tmux_server, wait_until};

fn count(fleet: &Fleet, kind: &str) -> usize {
    fleet.events().iter().filter(|event| event["type"] == kind).count()
}

/// What may have been harmed, and was not.
fn unharmed(fleet: &Fleet, (ada, server): (u32, u32)) {
    assert_eq!((fleet.pid("ada"), tmux_server(fleet)), (ada, server));
    assert_eq!(count(fleet, "tmux.lost"), 0);
    assert_eq!(fleet.count("ada", "session.started"), 1);
    assert_eq!(fleet.count("ada", "session.exited"), 0);
    fleet.health("ada", "healthy");
    fleet.mosaic(&["send", "ada", "still there", "--verify"]).ended(0);
    fleet.mosaic(&["agent", "restart", "bob", "--wait"]).ended(0);
}

#[test]
fn a_socket_whose_file_is_gone_is_made_anew_by_the_server_that_lives() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob"));
    let before = (fleet.pid("ada"), tmux_server(&fleet));
    let socket: PathBuf = std::fs::read_link(fleet.state("tmux.sock")).unwrap();
    for _ in 0..2 {
        std::fs::remove_file(&socket).unwrap();
        wait_until("a socket again", LONG, || socket.exists());
        unharmed(&fleet, before);
    }
    let log = std::fs::read_to_string(fleet.state("supervisor.log")).unwrap();
    assert!(log.contains("our tmux server has made it anew"), "{log}");

    // With nobody there to see it, and with all of the directory.
    fleet.kill_supervisor();
    std::fs::remove_dir_all(socket.parent().unwrap()).unwrap();
    fleet.mosaic(&["fleet", "up"]).ended(0);
    unharmed(&fleet, before);
    assert_eq!(fleet.count("ada", "session.adopted"), 1);
}
