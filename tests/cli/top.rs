//! `fleet top` on a real terminal: what is drawn, when, and that the terminal is given back.

use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::fake::{Fake, row};
use crate::jobs;
use crate::live::{Stage, old};
use crate::need::need;
use crate::terminal::Terminal;

fn showing(
    rows: Vec<Value>,
    size: (u16, u16),
    before: &str,
    verb: &str,
) -> (Stage, Fake, Terminal) {
    let stage = Stage::default();
    stage.show(rows);
    let fake = Fake::serving(stage.router());
    let terminal = Terminal::running(fake.home.path(), size, before, verb);
    terminal.shows("AGENT");
    (stage, fake, terminal)
}

/// Nothing but an event has the rows of these columns asked for within a minute.
const CALM: &str = "fleet top --columns agent,session,activity,health";

#[test]
fn an_event_is_drawn_at_once_and_nothing_while_nothing_happens() {
    if !need("tmux") {
        return;
    }
    let (stage, fake, terminal) = showing(vec![old("ada")], (100, 10), "", CALM);
    let drawn = fake.home.path().join("drawn");
    terminal.pipe(&drawn);
    // What changes and is not told is not asked for: every age is in hours.
    stage.show(vec![old("ada"), old("bob")]);
    assert_eq!(stage.asked(), 1);
    let told = Instant::now();
    stage.tell(43);
    terminal.shows("bob");
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
    let bytes = std::fs::read(&drawn).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("ada"), "only what changed is drawn");
    // An event that changes nothing on the screen draws nothing.
    let before = std::fs::read(&drawn).unwrap();
    let asked = stage.asked();
    stage.tell(44);
    crate::fake::wait_until("a question", || stage.asked() > asked);
    terminal.press(&["Up"]);
    terminal.press(&["Down"]);
    terminal.shows("> bob");
    let after =
        String::from_utf8_lossy(&std::fs::read(&drawn).unwrap()[before.len()..]).into_owned();
    assert!(!after.contains("AGENT") && !after.contains("2 agents"), "{after:?}");
}

/// How often the kernel has put it on a core by its own wish.
fn wake_ups(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn while_ages_are_in_hours_it_sleeps() {
    if !need("tmux") {
        return;
    }
    let (stage, _fake, terminal) = showing(vec![old("ada"), old("bob")], (100, 10), "", CALM);
    terminal.press(&["Down"]);
    terminal.shows("> bob");
    // That nothing happens is only seen over some time.
    let pid = terminal.program();
    let settled = || {
        let before = wake_ups(pid);
        std::thread::sleep(Duration::from_millis(300));
        wake_ups(pid) == before
    };
    crate::fake::wait_until("sleep", settled);
    let before = wake_ups(pid);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!((wake_ups(pid) - before, stage.asked()), (0, 1));
}

#[test]
fn the_terminal_is_given_back_however_it_ends() {
    if !need("tmux") {
        return;
    }
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGHUP, 143), (Signal::SIGINT, 130)] {
        let (_stage, _fake, terminal) = showing(vec![old("ada")], (100, 10), "", CALM);
        assert!(terminal.is_alternate());
        kill(Pid::from_raw(terminal.program()), signal).unwrap();
        terminal.shows(&format!("[ended {code}]"));
        assert!(!terminal.is_alternate() && terminal.screen().contains("before"), "{signal}");
        assert_eq!(terminal.flags(), "0 0 1", "{signal}: no mouse is told, the cursor is seen");
    }
}

#[test]
fn it_is_stopped_and_brought_back_by_a_shell_with_jobs() {
    if !need("tmux") {
        return;
    }
    let verb = jobs::line(CALM);
    for by in jobs::WAYS {
        let (_stage, _fake, terminal) = showing(vec![old("ada")], (100, 12), "set -m;", &verb);
        jobs::stopped_and_brought_back(&terminal, by, "> ada");
    }
}

#[test]
fn without_a_shell_that_could_bring_it_back_it_is_not_stopped() {
    if !need("tmux") {
        return;
    }
    let (_stage, _fake, terminal) = showing(vec![old("ada")], (100, 10), "", CALM);
    terminal.press(&["C-z"]);
    terminal.shows("no shell is there");
    assert!(terminal.is_alternate());
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
}

#[test]
fn a_stop_that_asks_nobody_is_drawn_over_when_it_goes_on() {
    if !need("tmux") {
        return;
    }
    let (_stage, _fake, terminal) = showing(vec![old("ada")], (100, 10), "", CALM);
    let pid = Pid::from_raw(terminal.program());
    kill(pid, Signal::SIGSTOP).unwrap();
    terminal.spoil();
    terminal.shows("spoiled");
    kill(pid, Signal::SIGCONT).unwrap();
    terminal.shows("> ada");
    assert!(!terminal.screen().contains("spoiled"), "{}", terminal.screen());
}

#[test]
fn an_editor_writes_the_message_and_its_file_is_gone() {
    if !need("tmux") {
        return;
    }
    let script = "printf 'from the editor\\n' >> ";
    let (_stage, fake, terminal) = showing(vec![old("ada")], (100, 12), "", CALM);
    drop(terminal);
    let editor = fake.home.path().join("editor");
    std::fs::write(&editor, format!("#!/bin/sh\n{script}\"$1\"\n")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&editor, mode).unwrap();
    let own = fake.home.path().join("own");
    std::fs::create_dir(&own).unwrap();
    let before = format!("VISUAL='{}' XDG_RUNTIME_DIR='{}'", editor.display(), own.display());
    let terminal = Terminal::running(fake.home.path(), (100, 12), &before, CALM);
    terminal.shows("> ada");
    terminal.press(&["s", "typed ", "C-e"]);
    terminal.shows("typed from the editor");
    assert_eq!(std::fs::read_dir(&own).unwrap().count(), 0);
}

#[test]
fn the_mouse_selects_and_the_wheel_moves() {
    if !need("tmux") {
        return;
    }
    let rows: Vec<Value> = (10..40).map(|at| old(&format!("agent-{at}"))).collect();
    let (_stage, _fake, terminal) = showing(rows, (100, 10), "", CALM);
    terminal.type_bytes("\x1b[<0;4;4M\x1b[<0;4;4m");
    terminal.shows("> agent-12");
    terminal.type_bytes("\x1b[<65;4;4M\x1b[<65;4;4M");
    terminal.shows("7-13 of 30");
}

#[test]
fn where_nothing_can_be_drawn_nothing_is_and_it_says_what_to_do() {
    let stage = Stage::default();
    stage.show(vec![row("ada")]);
    let fake = Fake::serving(stage.router());
    let output = fake.mosaic(&["fleet", "top"]);
    assert_eq!((output.code, output.stdout.as_str()), (9, ""));
    for instead in ["mosaic ps --json", "mosaic ps --watch", "mosaic events --follow"] {
        assert!(output.stderr.contains(instead), "{output:?}");
    }
    assert_eq!(Fake::absent().mosaic(&["fleet", "top"]).code, 9);
    if !need("tmux") {
        return;
    }
    let absent = Fake::absent();
    let terminal = Terminal::running(absent.home.path(), (80, 10), "", "fleet top");
    terminal.shows("[ended 3]");
    assert!(terminal.screen().contains("before") && terminal.screen().contains("fleet up"));
}

#[test]
fn no_colour_is_written_where_none_is_wanted() {
    if !need("tmux") {
        return;
    }
    let mut late = row("ada");
    late["health"] = json!("late");
    let has_colour = |before| {
        let verb = "fleet top --columns agent,health";
        let (_stage, _fake, terminal) =
            showing(vec![row("bob"), late.clone()], (60, 8), before, verb);
        terminal.shows("late");
        let coloured = terminal.coloured();
        ["\x1b[32m", "\x1b[33m"].iter().any(|colour| coloured.contains(colour))
    };
    assert!(has_colour(""));
    assert!(!has_colour("NO_COLOR=1"));
}
