//! `attach`: the keyboard through real tmux, under a lease, and back.

mod ends;
mod holders;
mod restart;

use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, Terminal, need, pane, tmux, wait_until};

const ECHO: &str = "while read line; do echo \"got $line, size $(stty size)\"; done";

/// A fleet with one agent that answers lines, and its size.
fn echoing() -> Fleet {
    Fleet::up(&Roster::new().command("cyd", ECHO))
}

/// The same, whose keyboard and size somebody at a terminal of 100 columns has.
fn held() -> (Fleet, Terminal) {
    let fleet = echoing();
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "attach cyd --resize");
    seated(&fleet);
    (fleet, terminal)
}

fn is_free(fleet: &Fleet) -> bool {
    fleet.row("cyd")["attached"].is_null()
}

/// Waits until tmux shows the client of whoever has the keyboard.
#[track_caller]
fn seated(fleet: &Fleet) -> Value {
    wait_until("the keyboard", LONG, || fleet.row("cyd")["keyboard"]["seated"] == true);
    fleet.row("cyd")["keyboard"].clone()
}

#[track_caller]
fn is_back(fleet: &Fleet) {
    wait_until("the keyboard back", LONG, || is_free(fleet));
}

/// The payloads of an agent's events of a type, oldest first.
fn told(fleet: &Fleet, kind: &str) -> Vec<Value> {
    let events = fleet.events().into_iter().filter(|event| event["type"] == kind);
    events.map(|event| event["payload"].clone()).collect()
}

/// Why each lease was over, oldest first.
fn ends(fleet: &Fleet) -> Vec<String> {
    let ends = told(fleet, "attach.ended").into_iter();
    ends.map(|payload| payload["end"].as_str().unwrap().to_owned()).collect()
}

fn size(fleet: &Fleet) -> String {
    let format = "#{pane_width}x#{pane_height}";
    tmux(fleet, &["display-message", "-p", "-t", &pane(fleet, "cyd"), format])
}

#[test]
fn an_attach_types_at_birth_size_and_detach_leaves_the_agent_running() {
    if !need("tmux") {
        return;
    }
    let fleet = echoing();
    let agent = fleet.pid("cyd");
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    seated(&fleet);
    terminal.press(&["hello", "Enter"]);
    terminal.shows("got hello, size 24 80");
    terminal.press(&["C-b", "d"]);
    terminal.shows("[ended 0]");
    is_back(&fleet);
    assert_eq!(fleet.pid("cyd"), agent);
    assert_eq!((fleet.count("cyd", "attach.started"), fleet.count("cyd", "attach.ended")), (1, 1));
    assert_eq!(ends(&fleet), ["detached"]);
}

#[test]
fn resize_gives_the_agent_our_size_and_takes_it_back() {
    if !need("tmux") {
        return;
    }
    let fleet = echoing();
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

#[test]
fn a_keyboard_is_shown_where_people_look() {
    if !need("tmux") {
        return;
    }
    let fleet = echoing();
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    let keyboard = seated(&fleet);
    assert!(keyboard["tty"].as_str().unwrap().starts_with("/dev/pts/"), "{keyboard}");
    assert_eq!((&keyboard["by_hand"], &keyboard["resize"]), (&false.into(), &false.into()));
    assert_eq!(keyboard["expires_ms"], Value::Null);
    let who = keyboard["who"].as_str().unwrap();
    let table = fleet.mosaic(&["ps"]).stdout;
    assert!(table.contains(&format!("{who} attached")), "{table}");
    let wide = fleet.mosaic(&["ps", "--wide"]).stdout;
    assert!(wide.contains(&format!("{who} on {}", keyboard["tty"].as_str().unwrap())), "{wide}");
    let why = fleet.mosaic(&["agent", "explain", "cyd"]).ended(0).stdout;
    assert!(why.contains(&format!("since {}", keyboard["since"].as_str().unwrap())), "{why}");
    terminal.press(&["C-b", "d"]);
    is_back(&fleet);
    assert!(!fleet.mosaic(&["ps"]).stdout.contains("attached"));
}

/// Those that tmux itself knows behind its prefix, but for the way out.
const KEYS: [&str; 40] = [
    ":", "x", "&", "c", "s", "w", "(", ")", "L", "D", "%", "\"", "!", "$", "n", "p", "l", "'", ",",
    ".", "f", "i", "m", "M", "E", "o", "q", "r", "t", "z", "{", "}", "~", "?", "#", "-", "=", "1",
    "Space", "C-z",
];

#[test]
fn no_key_leads_out_of_the_agent_or_ends_it() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("cyd", ECHO).command("dan", "exec sleep 1000"));
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    seated(&fleet);
    let session = || tmux(&fleet, &["list-clients", "-F", "#{client_tty} #{session_name}"]);
    let panes = || tmux(&fleet, &["list-panes", "-a", "-F", "#{pane_id} #{pane_dead}"]);
    let (before, there) = (panes(), session());
    for (at, key) in KEYS.iter().enumerate() {
        // Where a question or a list came up, `y` would answer it, and nothing would reach the agent.
        let word = format!("y{at}");
        terminal.press(&["C-b", key]);
        terminal.press(&[&word, "Enter"]);
        terminal.shows(&format!("got {word}, size 24 80"));
        assert_eq!((panes(), session()), (before.clone(), there.clone()), "{key}");
    }
    // In copy mode: prompts of tmux's own, pipes, jumps.
    terminal.press(&["C-b", "["]);
    for key in ["g", ":", "r", "f", "F", "t", "T", "|", "&", "M-x", "M-w", "C-w", "C-k"] {
        terminal.press(&[key, "1\" ; kill-server ; display \"", "Enter"]);
        terminal.press(&["Escape"]);
        terminal.press(&["C-b", "["]);
    }
    terminal.press(&["q"]);
    terminal.press(&["C-b", "C-b", "Enter"]);
    terminal.press(&["still", "Enter"]);
    terminal.shows("still, size 24 80");
    assert_eq!((panes(), session()), (before, there));
    terminal.press(&["C-b", "d"]);
    terminal.shows("[ended 0]");
}
