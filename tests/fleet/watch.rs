//! `watch`: over the shoulder, from any size, without a touch.

use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, Terminal, need, wait_until};

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
    terminal.shows("size 24 80");
    terminal.shows("cropped");
    terminal.press(&["x", "y", "Enter", "C-d"]);
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
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "watch ada");
    terminal.shows("\n>\n ada · ");
    // What comes while it watches comes in pieces, each of which ends in escapes.
    fleet.mosaic(&["send", "ada", "two\nlines", "--verify"]).ended(0);
    terminal.shows("you: two\n     lines\nstub: done\n");
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
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
