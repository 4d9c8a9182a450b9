//! `watch`: over the shoulder, from any size, without a touch.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use nix::sys::signal::Signal;

use crate::support::{Fleet, LONG, Roster, Terminal, need, signal, wait_until};

/// A screen of eighty columns that says what size it has and what was typed at it.
const PROGRAM: &str = "stty -echo; printf 'size %s\\n' \"$(stty size)\"; printf 'right edge' | sed 's/^/\\x1b[2;71H/'; \
                       while read line; do printf 'got %s\\n' \"$line\"; done";

fn window(fleet: &Fleet, agent: &str) -> String {
    let pane = fleet.row(agent)["pane"]["id"].as_str().unwrap().to_owned();
    let output = std::process::Command::new("tmux")
        .args(["-N", "-S"])
        .arg(fleet.state("tmux.sock"))
        .args(["display", "-p", "-t", &pane, "#{window_width}x#{window_height}"])
        .env_remove("TMUX")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_watch_shows_the_screen_and_touches_nothing() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("cyd", PROGRAM));
    let activity = fleet.row("cyd")["activity"].clone();
    let terminal = Terminal::running(fleet.home(), (60, 10), "", "watch cyd");
    // The cursor is behind the last column, and the view where the cursor is.
    terminal.shows("right edge");
    terminal.shows("cropped at 20,0 ←↓");
    terminal.press(&["x", "y", "Enter", "C-d"]);
    terminal.press(&["Left"; 20]);
    terminal.shows("size 24 80");
    terminal.press(&["Right", "Right", "Right", "Right", "Right", "Right", "Right", "Right"]);
    terminal.press(&["Right", "Right", "Right", "Right", "Right", "Right", "Right", "Right"]);
    terminal.press(&["Right", "Right", "Right", "Right"]);
    terminal.shows("right edge");
    assert_eq!(window(&fleet, "cyd"), "80x24");
    terminal.resize(30, 6);
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
    assert_eq!(window(&fleet, "cyd"), "80x24");
    assert_eq!(fleet.row("cyd")["activity"], activity);
    let raw = fleet.background(&["watch", "cyd"]);
    wait_until("the raw stream", LONG, || raw.stdout().contains("size 24 80"));
    assert!(!raw.stdout().contains("got"), "nothing pressed reached the agent");
}

#[test]
fn a_watch_shows_a_screen_whose_program_prints_lone_escapes_as_it_is() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub_with("ada", "{MOSAIC_STUB_LONE_ESCAPES: \"3\"}"));
    // Of the agent's size, and a line for the status: no edge is drawn.
    let terminal = Terminal::running(fleet.home(), (80, 25), "", "watch ada");
    terminal.shows("\n>\n ada · ");
    // What comes while it watches comes in pieces, each of which ends in escapes.
    fleet.mosaic(&["send", "ada", "two\nlines", "--verify"]).ended(0);
    terminal.shows("you: two\n     lines\nstub: done\n");
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
}

/// Two hundred columns and fifty rows, numbered, with a word in the last cells.
const WIDE: &str = "stty -echo; i=1; while [ $i -le 50 ]; do printf '\\033[%d;1Hrow %d' $i $i; i=$((i+1)); done; \
                    printf '\\033[50;193Hcorner!!\\033[1;1Hsize %s' \"$(stty size)\"; \
                    while read line; do printf 'got %s\\n' \"$line\"; done";

#[test]
fn watchers_of_any_size_leave_a_wide_agent_as_it_is_even_when_they_are_killed() {
    if !need("tmux") {
        return;
    }
    let script = serde_json::to_string(WIDE).unwrap();
    let keys = format!(
        "runtime: command, command: sh, args: [\"-c\", {script}], size: {{columns: 200, rows: 50}}"
    );
    let fleet = Fleet::up(&Roster::new().agent("cyd", &keys));
    let state = || (window(&fleet, "cyd"), fleet.row("cyd")["activity"].clone());
    wait_until("the screen", LONG, || fleet.row("cyd")["pid"].is_u64());
    let before = state();
    assert_eq!(before.0, "200x50");
    let large = Terminal::running(fleet.home(), (80, 24), "", "watch cyd");
    let small = Terminal::running(fleet.home(), (20, 5), "", "watch cyd");
    large.shows("size 50 200");
    large.shows("200x50 cropped at 0,0 ↓→");
    small.shows("size 50 200");
    for terminal in [&large, &small] {
        terminal.press(&["x", "Enter", "C-d", "C-b", "c", "C-l"]);
        terminal.press(&["f", "f", "f"]);
    }
    assert_eq!(state(), before, "while they watch");
    large.resize(250, 60);
    // Its edge is seen where our terminal is the larger one.
    large.shows("corner!!│");
    large.shows("─┘");
    for (number, terminal) in [&large, &small].into_iter().enumerate() {
        signal(terminal.program().try_into().unwrap(), Signal::SIGKILL);
        terminal.shows("Killed");
        assert_eq!(state(), before, "watcher {number} is killed");
    }
    let again = Terminal::running(fleet.home(), (80, 24), "", "watch cyd");
    again.shows("size 50 200");
    assert!(!again.screen().contains("got"), "something pressed reached the agent");
}

#[test]
fn what_scrolled_off_is_paged_through_while_the_agent_goes_on() {
    if !need("tmux") {
        return;
    }
    let script = "i=0; while [ $i -lt 300 ]; do echo \"old $i.\"; i=$((i+1)); done; printf '\\033]2;its name\\007'; exec cat";
    let fleet = Fleet::up(&Roster::new().command("cyd", script));
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "watch cyd");
    terminal.shows("old 299.");
    terminal.shows("its name");
    terminal.press(&["PageUp"]);
    terminal.shows("End is live");
    terminal.press(&["PageUp", "PageUp"]);
    terminal.shows("old 220.");
    terminal.press(&["Home"]);
    terminal.shows("old 0.");
    terminal.press(&["Escape"]);
    terminal.shows("old 299.");
    terminal.press(&["?"]);
    terminal.shows("Nothing that is pressed here reaches the agent.");
    terminal.press(&["q"]);
    terminal.shows("old 299.");
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
    assert!(terminal.screen().contains("before") && !terminal.is_alternate());
}

#[test]
fn an_exit_is_shown_with_its_code_and_last_lines_until_the_next_life() {
    if !need("tmux") {
        return;
    }
    let script = "echo life $$; while [ ! -e over ]; do sleep 0.05; done; rm over; \
                  echo last words; exit 7";
    let fleet = Fleet::up(&Roster::new().agent(
        "cyd",
        &format!(
            "runtime: command, command: sh, args: [\"-c\", '{script}'], restart: {{policy: never}}"
        ),
    ));
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "watch cyd");
    terminal.shows("life ");
    std::fs::write(fleet.workspace().join("over"), "").unwrap();
    terminal.shows("last words");
    terminal.shows("cyd exited with code 7");
    terminal.shows(" cyd · exited: ");
    fleet.mosaic(&["agent", "start", "cyd"]).ended(0);
    wait_until("the next life", LONG, || fleet.row("cyd")["pid"].is_u64());
    terminal.shows(&format!("life {}", fleet.pid("cyd")));
}

#[test]
fn a_stopped_watcher_holds_up_neither_the_pane_nor_the_others() {
    if !need("tmux") {
        return;
    }
    let script = "while [ ! -e go ]; do sleep 0.05; done; yes 0123456789 | head -c 20000000; echo THE END; exec cat";
    let fleet = Fleet::up(&Roster::new().command("cyd", script));
    let mut watchers: Vec<Terminal> = Vec::new();
    for _ in 0..10 {
        let terminal = Terminal::running(fleet.home(), (80, 24), "", "watch cyd");
        terminal.shows("cyd ·");
        watchers.push(terminal);
    }
    let stopped: u32 = watchers[0].program().try_into().unwrap();
    signal(stopped, Signal::SIGSTOP);
    std::fs::write(fleet.workspace().join("go"), "").unwrap();
    for terminal in &watchers[1..] {
        terminal.shows("THE END");
    }
    assert!(!watchers[0].screen().contains("THE END"), "it was stopped");
    signal(stopped, Signal::SIGCONT);
    watchers[0].shows("THE END");
}

#[test]
fn a_watch_follows_an_agent_into_its_next_life() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("cyd", "echo life $$; exec sleep 1000"));
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "watch cyd");
    terminal.shows(&format!("life {}", fleet.pid("cyd")));
    fleet.mosaic(&["agent", "restart", "cyd"]).ended(0);
    wait_until("the next life", LONG, || {
        fleet.row("cyd")["session"]["starts"] == 2 && fleet.row("cyd")["pid"].is_u64()
    });
    terminal.shows(&format!("life {}", fleet.pid("cyd")));
}

#[test]
fn two_watchers_see_live_output_and_a_restarted_supervisor_is_found_again() {
    if !need("tmux") {
        return;
    }
    let fleet =
        Fleet::up(&Roster::new().command("cyd", "while read line; do echo \"got $line\"; done"));
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "watch cyd");
    let raw = fleet.background(&["watch", "cyd"]);
    terminal.shows("cyd ·");
    fleet.kill_supervisor();
    terminal.shows("supervisor gone");
    fleet.mosaic(&["fleet", "up"]).ended(0);
    wait_until("the watch again", LONG, || !terminal.screen().contains("supervisor gone"));
    assert_eq!(raw.end().code, 3);
    let row: Value = fleet.row("cyd");
    assert_eq!(row["lifecycle"], "running");
}

#[test]
fn a_reader_who_leaves_a_silent_stream_ends_it() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().command("cyd", "echo hello; exec sleep 1000"));
    for verb in [&["watch", "cyd"][..], &["events", "--follow", "--from", "1", "--agent", "cyd"]] {
        let mut child = fleet.command(verb).stdout(Stdio::piped()).spawn().unwrap();
        // Its first byte is there; as of `head -c 1`, nothing more is read.
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0]).unwrap();
        drop(out);
        let mut ended = None;
        wait_until("the end of the stream", LONG, || {
            ended = child.try_wait().unwrap();
            ended.is_some()
        });
        assert_eq!(ended.unwrap().code(), Some(141), "{verb:?}");
    }
}
