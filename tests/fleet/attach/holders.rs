//! One holder at a time: refused, taken with a reason, by hand; and messages wait.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use nix::sys::signal::Signal;
use serde_json::json;

use super::{echoing, ends, held, is_back, is_free, seated, told};
use crate::support::{Fleet, LONG, Roster, Terminal, need, signal, tmux, wait_until, which};

#[test]
fn a_second_attach_is_refused_with_holder_terminal_and_time() {
    if !need("tmux") {
        return;
    }
    let fleet = echoing();
    let _first = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    let keyboard = seated(&fleet);
    let second = Terminal::running(fleet.home(), (200, 24), "", "attach cyd");
    second.shows("[ended 17]");
    let screen = second.screen();
    for part in ["who", "tty", "since"] {
        assert!(screen.contains(keyboard[part].as_str().unwrap()), "no {part} in:\n{screen}");
    }
    assert!(screen.contains("--steal --reason"), "{screen}");
    assert_eq!(fleet.count("cyd", "attach.started"), 1);
}

#[test]
fn a_stolen_keyboard_is_told_to_both_and_the_first_client_leaves() {
    if !need("tmux") {
        return;
    }
    let fleet = echoing();
    let first = Terminal::running(fleet.home(), (200, 30), "", "attach cyd --resize");
    seated(&fleet);
    for wrong in ["attach cyd --steal", "attach cyd --steal --reason '  '", "attach cyd --reason x"]
    {
        let terminal = Terminal::running(fleet.home(), (200, 24), "", wrong);
        terminal.shows("[ended 2]");
    }
    assert_eq!(fleet.count("cyd", "attach.ended"), 0);
    let steal = "attach cyd --steal --reason 'a train'";
    let second = Terminal::running(fleet.home(), (200, 30), "", steal);
    first.shows("[ended 17]");
    let screen = first.screen();
    assert!(screen.contains("has taken the keyboard of \"cyd\" from you: a train"), "{screen}");
    let held = seated(&fleet);
    // The size that the first had asked for is over with its lease.
    wait_until("its size", LONG, || {
        second.press(&["mine", "Enter"]);
        second.screen().contains("got mine, size 24 80")
    });
    let end = told(&fleet, "attach.ended").remove(0);
    assert_eq!((&end["end"], &end["reason"]), (&json!("stolen"), &json!("a train")));
    assert!(end["by"].as_str().unwrap().ends_with(held["tty"].as_str().unwrap()), "{end}");
    let sitting = tmux(&fleet, &["list-clients", "-t", "=cyd", "-F", "#{client_tty}"]);
    assert_eq!(sitting, held["tty"].as_str().unwrap());
    second.press(&["C-b", "d"]);
    second.shows("[ended 0]");
    assert_eq!(ends(&fleet), ["stolen", "detached"]);
}

#[test]
fn a_thief_who_wants_their_size_gets_it_whoever_had_theirs() {
    if !need("tmux") {
        return;
    }
    let (fleet, _first) = held();
    let steal = "attach cyd --resize --steal --reason 'a train'";
    let second = Terminal::running(fleet.home(), (120, 40), "", steal);
    wait_until("the second one's size", LONG, || {
        second.press(&["mine", "Enter"]);
        second.screen().contains("got mine, size 40 120")
    });
}

#[test]
fn a_message_waits_for_the_holder_and_goes_when_they_leave() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("cyd"));
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    let held = seated(&fleet);
    let sent = fleet.mosaic(&["send", "cyd", "look at the build", "--json"]);
    let sent: serde_json::Value = serde_json::from_str(&sent.stdout).unwrap();
    let why = sent["reason"].as_str().unwrap_or_default();
    let who = held["who"].as_str().unwrap();
    assert!(
        why.contains(&format!("{who} on ")) && why.contains("has the keyboard since"),
        "{sent}"
    );
    // It waits for as long as the keyboard is held, whatever happens meanwhile.
    terminal.press(&["C-b", "["]);
    assert_eq!(fleet.count("cyd", "message.typing"), 0);
    terminal.press(&["q"]);
    terminal.press(&["C-b", "d"]);
    wait_until("the receipt", LONG, || fleet.count("cyd", "message.accepted") == 1);
}

#[test]
fn who_came_by_hand_is_the_holder_and_leaves_for_a_reason() {
    if !need("tmux") {
        return;
    }
    let fleet = echoing();
    let socket = fleet.state("tmux.sock");
    let line = format!("env -u TMUX tmux -u -N -S '{}' attach -t =cyd", socket.display());
    let by_hand = Terminal::with(fleet.home(), (100, 30), &line);
    let held = seated(&fleet);
    assert_eq!(held["by_hand"], true);
    let asked = Terminal::running(fleet.home(), (200, 24), "", "attach cyd");
    asked.shows("[ended 17]");
    let steal = "attach cyd --steal --reason 'a train'";
    let thief = Terminal::running(fleet.home(), (200, 30), "", steal);
    by_hand.shows("[ended 0]");
    thief.press(&["mine", "Enter"]);
    thief.shows("got mine");
    assert_eq!(ends(&fleet), ["stolen"]);
    assert_eq!(seated(&fleet)["by_hand"], false);
}

fn by_hand(fleet: &Fleet, line: &str) -> Terminal {
    let socket = fleet.state("tmux.sock");
    let line = format!("env -u TMUX tmux -u -N -S '{}' {line}", socket.display());
    Terminal::with(fleet.home(), (100, 30), &line)
}

fn beside(fleet: &Fleet) -> usize {
    fleet.row("cyd")["keyboard"]["beside"].as_array().map_or(0, Vec::len)
}

#[test]
fn who_comes_by_hand_beside_a_holder_is_shown_and_both_are_told() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("cyd"));
    let holder = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    let lease = seated(&fleet)["lease"].clone();
    let other = by_hand(&fleet, "attach -t =cyd");
    // One with a session of their own, in which the agent's window is, types as well.
    let third = by_hand(&fleet, "new-session -t =cyd -s own");
    wait_until("both beside", LONG, || beside(&fleet) == 2);
    let keyboard = fleet.row("cyd")["keyboard"].clone();
    assert_eq!(keyboard["lease"], lease, "the holder has lost it: {keyboard}");
    let (first, second) = (&keyboard["beside"][0], &keyboard["beside"][1]);
    assert_ne!(first["tty"], second["tty"]);
    let tty = first["tty"].as_str().unwrap();
    for terminal in [&holder, &other] {
        terminal.shows("has this keyboard");
        terminal.shows(&format!("on {tty} and 1 more can type too"));
    }
    assert_eq!(super::size(&fleet), "80x24", "a notice has resized the agent");
    let who = keyboard["who"].as_str().unwrap();
    let table = fleet.mosaic(&["ps"]).stdout;
    assert!(table.contains(&format!("{who} +2 attached")), "{table}");
    let wide = fleet.mosaic(&["ps", "--wide"]).stdout;
    let why = fleet.mosaic(&["agent", "explain", "cyd"]).ended(0).stdout;
    for (text, at) in [(&wide, tty), (&why, tty), (&why, second["tty"].as_str().unwrap())] {
        assert!(text.contains(at), "no {at} in:\n{text}");
    }
    fleet.mosaic(&["send", "cyd", "look at the build"]).ended(0);
    third.press(&["C-b", "d"]);
    wait_until("one beside", LONG, || beside(&fleet) == 1);
    assert_eq!(fleet.count("cyd", "attach.left"), 1);
    // No message goes between the holder and their successor.
    holder.press(&["C-b", "d"]);
    holder.shows("[ended 0]");
    wait_until("the successor", LONG, || fleet.row("cyd")["keyboard"]["by_hand"] == true);
    assert_eq!((seated(&fleet)["tty"].as_str(), beside(&fleet)), (Some(tty), 0));
    wait_until("no notice", LONG, || !other.screen().contains("can type too"));
    assert_eq!(fleet.count("cyd", "message.typing"), 0);
    other.press(&["C-b", "d"]);
    wait_until("the receipt", LONG, || fleet.count("cyd", "message.accepted") == 1);
    assert_eq!(ends(&fleet), ["detached", "detached"]);
    assert_eq!(fleet.ps()["rows"].as_array().unwrap().len(), 1, "a session of theirs is no agent");
}

#[test]
fn who_steals_a_keyboard_has_it_alone() {
    if !need("tmux") {
        return;
    }
    let fleet = echoing();
    let first = Terminal::running(fleet.home(), (200, 30), "", "attach cyd");
    seated(&fleet);
    let other = by_hand(&fleet, "attach -t =cyd");
    let third = by_hand(&fleet, "new-session -t =cyd -s own");
    wait_until("both beside", LONG, || beside(&fleet) == 2);
    let steal = "attach cyd --steal --reason 'a train'";
    let thief = Terminal::running(fleet.home(), (200, 30), "", steal);
    first.shows("[ended 17]");
    other.shows("[ended 0]");
    third.shows("[ended 0]");
    thief.press(&["mine", "Enter"]);
    thief.shows("got mine");
    wait_until("nobody beside", LONG, || beside(&fleet) == 0);
    wait_until("no notice", LONG, || !thief.screen().contains("can type too"));
    assert_eq!(ends(&fleet), ["stolen"]);
}

#[test]
fn a_lease_that_nobody_comes_for_is_over_and_its_late_holder_is_turned_away() {
    if !need("tmux") {
        return;
    }
    let fleet = echoing();
    let (path, wait) = waiting_tmux(&fleet);
    let late = Terminal::running(fleet.home(), (100, 30), &path, "attach cyd");
    wait_until("the lease", LONG, || !is_free(&fleet));
    assert_eq!(fleet.row("cyd")["keyboard"]["seated"], false);
    assert!(fleet.row("cyd")["keyboard"]["expires_ms"].is_u64());
    is_back(&fleet);
    assert_eq!(ends(&fleet), ["expired"]);
    let second = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    seated(&fleet);
    std::fs::write(&wait, "").unwrap();
    late.shows("[ended 10]");
    second.press(&["mine", "Enter"]);
    second.shows("got mine");
    assert_eq!(ends(&fleet), ["expired"]);
}

/// A PATH on which tmux waits until the file is there before it does anything, and that file.
fn waiting_tmux(fleet: &Fleet) -> (String, PathBuf) {
    let (bin, go) = (fleet.workspace().join("bin"), fleet.workspace().join("go"));
    std::fs::create_dir(&bin).unwrap();
    let text = format!(
        "#!/bin/sh\nwhile [ ! -e '{}' ]; do sleep 0.05; done\nexec {} \"$@\"\n",
        go.display(),
        which("tmux").unwrap()
    );
    std::fs::write(bin.join("tmux"), text).unwrap();
    std::fs::set_permissions(bin.join("tmux"), Permissions::from_mode(0o755)).unwrap();
    (format!("PATH={}:$PATH", bin.display()), go)
}

#[test]
fn who_was_stopped_before_tmux_came_does_not_come_to_another_ones_keyboard() {
    if !need("tmux") {
        return;
    }
    let fleet = echoing();
    let (path, go) = waiting_tmux(&fleet);
    let first = Terminal::running(fleet.home(), (100, 30), &path, "attach cyd");
    wait_until("the lease", LONG, || !is_free(&fleet));
    let attach = u32::try_from(first.program()).unwrap();
    signal(attach, Signal::SIGSTOP);
    let steal = "attach cyd --steal --reason 'it hangs'";
    let second = Terminal::running(fleet.home(), (200, 30), "", steal);
    wait_until("the theft", LONG, || ends(&fleet) == ["stolen"]);
    let held = seated(&fleet);
    std::fs::write(go, "").unwrap();
    signal(attach, Signal::SIGCONT);
    first.shows("[ended 17]");
    let sitting = tmux(&fleet, &["list-clients", "-t", "=cyd", "-F", "#{client_tty}"]);
    assert_eq!(sitting, held["tty"].as_str().unwrap());
    second.press(&["mine", "Enter"]);
    second.shows("got mine");
    assert_eq!(ends(&fleet), ["stolen"]);
}

#[test]
fn a_holder_whose_attach_is_stopped_loses_the_keyboard_all_the_same() {
    if !need("tmux") {
        return;
    }
    let fleet = echoing();
    let first = Terminal::running(fleet.home(), (100, 30), "", "attach cyd");
    seated(&fleet);
    let attach = u32::try_from(first.program()).unwrap();
    signal(attach, Signal::SIGSTOP);
    let steal = "attach cyd --steal --reason 'it hangs'";
    let second = Terminal::running(fleet.home(), (100, 30), "", steal);
    wait_until("one client", LONG, || ends(&fleet) == ["stolen"]);
    seated(&fleet);
    signal(attach, Signal::SIGCONT);
    first.shows("[ended 17]");
    second.press(&["mine", "Enter"]);
    second.shows("got mine");
}
