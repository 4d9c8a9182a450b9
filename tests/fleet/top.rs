//! `fleet top` before a real fleet: keys are pressed and the screen is read.

use crate::support::{Fleet, LONG, Roster, Terminal, need, wait_until};

/// A fleet of two stubs and a shell, and the screen.
fn before(size: (u16, u16), environment: &str) -> (Fleet, Terminal) {
    let roster = Roster::new().stub("ada").stub("bob").command("cyd", "while read l; do :; done");
    let fleet = Fleet::up(&roster);
    let terminal = Terminal::running(fleet.home(), size, environment, "fleet top");
    terminal.shows("> ada");
    (fleet, terminal)
}

#[test]
fn the_screen_steers_a_real_fleet() {
    if !need("tmux") {
        return;
    }
    let (fleet, terminal) = before((120, 30), "");
    terminal.shows("2 healthy");
    // A message, written in two lines, is accepted by the runtime.
    terminal.press(&["s"]);
    terminal.shows("message for ada");
    terminal.press(&["run the tests", "Enter", "and say", "C-s"]);
    terminal.shows("accepted by its runtime");
    let sent = fleet.events();
    let text = &sent.iter().find(|event| event["type"] == "message.queued").unwrap()["payload"];
    assert_eq!(text["message"]["text"], "run the tests\nand say");
    // Closely: evidence, events, the message, the screen of the stub.
    terminal.press(&["Enter"]);
    terminal.shows("rule: healthy while");
    terminal.press(&["Tab"]);
    terminal.shows("message.accepted");
    terminal.press(&["3"]);
    terminal.shows("run the tests and say");
    terminal.press(&["4"]);
    terminal.shows("stub: done");
    terminal.press(&["q", "Down"]);
    terminal.shows("> bob");
    // A restart asks, and any key but y is no.
    let starts = || fleet.row("bob")["session"]["starts"].as_u64();
    terminal.press(&["r"]);
    terminal.shows("Restart bob?");
    terminal.press(&["n"]);
    terminal.shows("nothing was done");
    assert_eq!(starts(), Some(1));
    terminal.press(&["r", "y"]);
    wait_until("the next life", LONG, || starts() == Some(2));
    terminal.press(&["S", "y"]);
    terminal.shows("stopped");
    terminal.press(&["S"]);
    terminal.shows("Start bob?");
    terminal.press(&["y"]);
    wait_until("another life", LONG, || starts() == Some(3));
    // Watch and attach leave the screen and come back to it.
    terminal.press(&["g", "w"]);
    terminal.shows("q quits");
    terminal.press(&["q"]);
    terminal.shows("> ada");
    terminal.press(&["a"]);
    wait_until("the keyboard", LONG, || fleet.row("ada")["attached"].is_string());
    terminal.press(&["C-b", "d"]);
    terminal.shows("> ada");
    wait_until("the keyboard given back", LONG, || fleet.row("ada")["attached"].is_null());
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
    assert!(!terminal.is_alternate() && terminal.screen().contains("before"));
}

#[test]
fn a_supervisor_that_is_killed_leaves_dated_rows_and_is_found_again() {
    if !need("tmux") {
        return;
    }
    let (fleet, terminal) = before((120, 30), "");
    fleet.kill_supervisor();
    terminal.shows("NO ANSWER: rows of");
    terminal.shows("> ada");
    terminal.press(&["r"]);
    terminal.shows("nothing can be done now");
    fleet.mosaic(&["fleet", "up"]).ended(0);
    wait_until("the rows of the next one", LONG, || !terminal.screen().contains("NO ANSWER"));
    terminal.shows("2 healthy");
    terminal.press(&["C-c"]);
    terminal.shows("[ended 130]");
    assert!(!terminal.is_alternate());
}
