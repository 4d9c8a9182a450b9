//! `attach`: the keyboard through real tmux, and back.

use crate::support::{Fleet, LONG, Roster, Terminal, need, wait_until};

const ECHO: &str = "while read line; do echo \"got $line, size $(stty size)\"; done";

fn is_free(fleet: &Fleet) -> bool {
    fleet.row("cyd")["attached"].is_null()
}

#[test]
fn an_attach_types_at_birth_size_and_detach_leaves_the_agent_running() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("cyd", ECHO));
    let agent = fleet.pid("cyd");
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    wait_until("the keyboard", LONG, || !is_free(&fleet));
    terminal.press(&["hello", "Enter"]);
    terminal.shows("got hello, size 24 80");
    let second = Terminal::running(fleet.home(), (80, 24), "", "attach cyd");
    second.shows("[ended 5]");
    terminal.press(&["C-b", "d"]);
    terminal.shows("[ended 0]");
    wait_until("the keyboard back", LONG, || is_free(&fleet));
    assert_eq!(fleet.pid("cyd"), agent);
    assert_eq!((fleet.count("cyd", "attach.started"), fleet.count("cyd", "attach.ended")), (1, 1));
}

#[test]
fn resize_gives_the_agent_our_size_and_takes_it_back() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("cyd", ECHO));
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "attach cyd --resize");
    wait_until("our size", LONG, || {
        terminal.press(&["x", "Enter"]);
        terminal.screen().contains("size 30 100")
    });
    terminal.press(&["C-b", "d"]);
    terminal.shows("[ended 0]");
    let again = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    wait_until("its birth size", LONG, || {
        again.press(&["back", "Enter"]);
        again.screen().contains("got back, size 24 80")
    });
}

#[test]
fn a_lost_terminal_gives_the_keyboard_back() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("cyd", ECHO));
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    wait_until("the keyboard", LONG, || !is_free(&fleet));
    terminal.hang_up();
    wait_until("the keyboard back", LONG, || is_free(&fleet));
    assert_eq!(fleet.row("cyd")["lifecycle"], "running");
}

#[test]
fn r20_an_attach_without_a_locale_shows_what_the_agent_shows() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("cyd", "echo '❯ 世界'; exec sleep 1000"));
    let without = "unset LC_CTYPE; LC_ALL=C LANG=C";
    let terminal = Terminal::running(fleet.home(), (100, 30), without, "attach cyd");
    terminal.shows("❯ 世界");
    terminal.press(&["C-b", "d"]);
    terminal.shows("[ended 0]");
}
