//! A supervisor that dies while somebody has a keyboard: its successor asks tmux.

use nix::sys::signal::Signal;

use super::{ends, held, is_back, is_free, seated, size};
use crate::support::{LONG, Terminal, is_alive, need, signal, tmux, wait_until};

#[test]
fn a_lease_outlives_the_supervisor_and_ends_with_its_holder() {
    if !need("tmux") {
        return;
    }
    let (fleet, terminal) = held();
    let before = seated(&fleet);
    fleet.kill_supervisor();
    terminal.press(&["meanwhile", "Enter"]);
    terminal.shows("got meanwhile, size 30 100");
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let after = seated(&fleet);
    assert_eq!((&after["lease"], &after["since"]), (&before["lease"], &before["since"]));
    assert!(ends(&fleet).is_empty());
    let second = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    second.shows("[ended 17]");
    terminal.press(&["C-b", "d"]);
    terminal.shows("[ended 0]");
    is_back(&fleet);
    wait_until("its size", LONG, || size(&fleet) == "80x24");
    assert_eq!(ends(&fleet), ["detached"]);
}

#[test]
fn who_left_while_no_supervisor_was_there_has_given_the_keyboard_and_the_size_back() {
    if !need("tmux") {
        return;
    }
    let (fleet, terminal) = held();
    wait_until("our size", LONG, || size(&fleet) == "100x30");
    fleet.kill_supervisor();
    terminal.press(&["C-b", "d"]);
    terminal.shows("[ended 3]");
    assert!(terminal.screen().contains("as soon as a supervisor runs"), "{}", terminal.screen());
    fleet.mosaic(&["fleet", "up"]).ended(0);
    is_back(&fleet);
    assert_eq!(ends(&fleet), ["detached"], "tmux was asked; nothing had to run out");
    wait_until("its size", LONG, || size(&fleet) == "80x24");
}

#[test]
fn an_attach_that_was_killed_while_no_supervisor_was_there_leaves_no_client_behind() {
    if !need("tmux") {
        return;
    }
    let (fleet, terminal) = held();
    let client = tmux(&fleet, &["list-clients", "-t", "=cyd", "-F", "#{client_pid}"]);
    fleet.kill_supervisor();
    signal(u32::try_from(terminal.program()).unwrap(), Signal::SIGKILL);
    terminal.shows("[ended 137]");
    fleet.mosaic(&["fleet", "up"]).ended(0);
    is_back(&fleet);
    wait_until("the client's end", LONG, || !is_alive(client.parse().unwrap()));
    wait_until("its size", LONG, || size(&fleet) == "80x24");
    assert!(is_free(&fleet), "its client was taken for another holder");
}
