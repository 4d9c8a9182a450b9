//! A screen as a picture and as text, taken through the supervisor; the agent is not touched.

use std::fs;

use nix::sys::signal::Signal;

use crate::support::{Fleet, LONG, Roster, need, signal, wait_until};

#[test]
fn a_screen_becomes_text_or_a_picture_where_it_was_asked_for() {
    if !need("tmux") {
        return;
    }
    let script = "stty size; printf '\\033[31m日本\\033[0m ready\\n'; exec sleep 1000";
    let fleet = Fleet::up(&Roster::new().command("ada", script));
    let text = || fleet.mosaic(&["agent", "screenshot", "ada", "--text"]).ended(0).stdout;
    wait_until("the screen", LONG, || text().contains("ready"));
    assert_eq!(text(), "24 80\n日本 ready\n");
    let ansi = fleet.mosaic(&["agent", "screenshot", "ada", "--ansi"]).ended(0).stdout;
    assert!(ansi.contains("\x1b[0;31m日本\x1b[0m ready"), "{ansi:?}");
    // Where no terminal is, the picture itself goes out.
    let mut piped = fleet.command(&["agent", "screenshot", "ada"]);
    assert!(piped.output().unwrap().stdout.starts_with(b"\x89PNG"));
    for (name, begins) in [("a.png", "\u{fffd}PNG"), ("a.svg", "<svg"), ("a.txt", "24 80")] {
        let path = fleet.home().join(name);
        let path = path.to_str().unwrap();
        for _ in 0..2 {
            let said = fleet.mosaic(&["agent", "screenshot", "ada", "-o", path]).ended(0).stdout;
            assert_eq!(said, format!("{path}\n"));
        }
        let bytes = fs::read(path).unwrap();
        assert!(String::from_utf8_lossy(&bytes).starts_with(begins), "{name}");
    }
    let wrong = fleet.mosaic(&["agent", "screenshot", "ada", "-o", "a.gif"]).ended(2).stderr;
    assert!(wrong.contains("no picture ends in .gif"), "{wrong}");
    let lost = fleet.mosaic(&["agent", "screenshot", "ada", "-o", "/nowhere/a.png"]).ended(1);
    assert!(lost.stderr.contains("write /nowhere/a.png: No such file"), "{lost:?}");
    fleet.mosaic(&["agent", "stop", "ada", "--wait"]).ended(0);
    wait_until("no pane", LONG, || {
        fleet.mosaic(&["agent", "screenshot", "ada", "--text"]).code == 5
    });
}

#[test]
fn without_a_supervisor_tmux_itself_is_asked_for_the_screen() {
    if !need("tmux") {
        return;
    }
    let script =
        "printf '\\033[31m日本\\033[0m │ ready\\n\\n  \\033[7mlast \\033[0m'; exec sleep 1000";
    let fleet = Fleet::up(&Roster::new().command("ada", script));
    let shot = |form: &str| fleet.mosaic(&["agent", "screenshot", "ada", form]).ended(0);
    wait_until("the screen", LONG, || shot("--text").stdout.contains("last"));
    let forms = ["--ansi", "--text", "--svg"];
    let before = forms.map(|form| shot(form).stdout);
    let probed = |form: &str, before: &str| {
        let after = shot(form);
        assert_eq!(after.stdout, before, "{form}");
        assert!(after.stderr.contains("this is what tmux shows of \"ada\""), "{after:?}");
        after.stderr
    };
    // One that hangs is no better than none.
    let supervisor = fleet.supervisor();
    signal(supervisor, Signal::SIGSTOP);
    let said = probed("--ansi", &before[0]);
    assert!(said.contains("no answer to the watch of \"ada\" within"), "{said}");
    signal(supervisor, Signal::SIGCONT);
    fleet.kill_supervisor();
    for (form, before) in forms.into_iter().zip(before) {
        probed(form, &before);
    }
    let none = fleet.mosaic(&["agent", "screenshot", "bob", "--text"]).ended(3);
    assert!(none.stderr.contains("no pane of \"bob\""), "{none:?}");
}
