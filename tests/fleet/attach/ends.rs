//! How a lease ends without a word: a lost terminal, a killed client, an agent that is gone.

use nix::sys::signal::Signal;

use super::{ECHO, echoing, ends, held, is_back, seated, size};
use crate::support::{Fleet, LONG, Roster, Terminal, is_alive, need, signal, tmux, wait_until};

fn clients(fleet: &Fleet) -> String {
    tmux(fleet, &["list-clients", "-t", "=cyd", "-F", "#{client_pid}"])
}

#[test]
fn a_lost_terminal_gives_the_keyboard_and_the_size_back() {
    if !need("tmux") {
        return;
    }
    let (fleet, terminal) = held();
    wait_until("our size", LONG, || size(&fleet) == "100x30");
    terminal.hang_up();
    is_back(&fleet);
    wait_until("its size", LONG, || size(&fleet) == "80x24");
    assert_eq!(fleet.row("cyd")["lifecycle"], "running");
    assert_eq!(ends(&fleet), ["lost_terminal"]);
}

#[test]
fn a_killed_attach_leaves_no_client_behind() {
    if !need("tmux") {
        return;
    }
    let (fleet, terminal) = held();
    let client: u32 = clients(&fleet).parse().unwrap();
    signal(u32::try_from(terminal.program()).unwrap(), Signal::SIGKILL);
    is_back(&fleet);
    wait_until("the client's end", LONG, || !is_alive(client));
    wait_until("its size", LONG, || size(&fleet) == "80x24");
    assert_eq!(clients(&fleet), "");
    assert_eq!(ends(&fleet), ["died"]);
    assert_eq!(fleet.count("cyd", "attach.started"), 1, "its client was taken for another holder");
}

#[test]
fn a_killed_client_of_tmux_gives_the_keyboard_and_the_size_back() {
    if !need("tmux") {
        return;
    }
    let (fleet, terminal) = held();
    signal(clients(&fleet).parse().unwrap(), Signal::SIGKILL);
    terminal.shows("[ended 1]");
    is_back(&fleet);
    wait_until("its size", LONG, || size(&fleet) == "80x24");
    assert_eq!(fleet.row("cyd")["lifecycle"], "running");
    assert_eq!(ends(&fleet), ["detached"]);
}

#[test]
fn an_agent_that_exits_says_so_and_its_holder_stays_for_the_next_life() {
    if !need("tmux") {
        return;
    }
    let script = format!("echo life; {ECHO}");
    let fleet = Fleet::up(&Roster::new().command("cyd", &script));
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    seated(&fleet);
    signal(fleet.pid("cyd"), Signal::SIGKILL);
    wait_until("the next life", LONG, || {
        fleet.count("cyd", "session.started") == 2 && fleet.row("cyd")["lifecycle"] == "running"
    });
    terminal.press(&["again", "Enter"]);
    terminal.shows("got again");
    assert!(ends(&fleet).is_empty());
}

#[test]
fn an_agent_that_is_stopped_says_who_did_it_and_what_next() {
    if !need("tmux") {
        return;
    }
    let fleet = echoing();
    let terminal = Terminal::running(fleet.home(), (200, 30), "", "attach cyd");
    seated(&fleet);
    fleet.mosaic(&["agent", "stop", "cyd", "--wait"]).ended(0);
    terminal.shows("[ended 1]");
    let screen = terminal.screen();
    assert!(screen.contains("\"cyd\" was stopped, and its pane is gone"), "{screen}");
    assert!(screen.contains("next: "), "{screen}");
    assert_eq!(ends(&fleet), ["agent_ended"]);
    let again = Terminal::running(fleet.home(), (200, 30), "", "attach cyd");
    again.shows("[ended 5]");
    assert!(again.screen().contains("mosaic agent start cyd"), "{}", again.screen());
}
