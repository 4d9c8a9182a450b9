//! An agent's terminal beside a plain one of the same tmux: nothing tells them apart.

use serde_json::{Value, json};

use super::place::{Pane, Place, go, shell};
use super::supervisor::{wait_for, wait_until};

/// What becomes of a process that gets them: it goes on, or it stops.
const NOT_DEADLY: [i32; 8] = [17, 18, 19, 20, 21, 22, 23, 28];

#[test]
fn every_exit_code_is_told_as_it_was() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    for code in 0..=255 {
        guest.say(&shell(&format!("life-eecitaiw-{code}"), &format!("exit {code}")));
        let exited = guest.expect("exited");
        assert_eq!((&exited["code"], &exited["signal"]), (&json!(code), &Value::Null), "{exited}");
    }
}

#[test]
fn every_deadly_signal_is_told_as_it_was_also_with_a_core() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = place.served();
    // 32 and 33 belong to the C library.
    let signals =
        (1..=64).filter(|signal| !NOT_DEADLY.contains(signal) && ![32, 33].contains(signal));
    for signal in signals {
        let mut life = shell(
            &format!("life-edsitaiw-{signal}"),
            &format!("ulimit -c unlimited; kill -{signal} $$; exec sleep 1000"),
        );
        life["cwd"] = json!(place.text(""));
        guest.say(&life);
        let exited = guest.expect("exited");
        assert_eq!(
            (&exited["signal"], &exited["code"]),
            (&json!(signal), &Value::Null),
            "{exited}"
        );
    }
}

/// An interactive shell without anybody's settings.
const BASH: [&str; 9] = [
    "env",
    "-i",
    "PS1=> ",
    "PATH=/usr/bin:/bin",
    "TERM=tmux-256color",
    "HISTFILE=",
    "bash",
    "--norc",
    "-i",
];

/// Types a line, and waits until this stands below it as often as it must.
fn types(pane: &Pane<'_>, keys: &[&str], shows: &str, times: usize) {
    pane.keys(keys);
    wait_for(&format!("{shows:?} {times} times after {keys:?}"), || {
        (pane.all_lines().matches(shows).count() >= times).then_some(())
    });
}

/// A session at the keyboard; what stood on the terminal in the end.
fn job_control(place: &Place, pane: &Pane<'_>) -> String {
    types(pane, &[], ">", 1);
    types(pane, &["echo on; sleep 1000", "Enter"], "on", 2);
    types(pane, &["C-z"], "Stopped", 1);
    types(pane, &["jobs -s; echo =$?", "Enter"], "=0", 1);
    types(pane, &["bg; echo =$?", "Enter"], "=0", 2);
    types(pane, &["fg", "Enter"], "sleep 1000", 5);
    types(pane, &["C-c"], "^C", 1);
    types(pane, &["echo =$?", "Enter"], "=130", 1);
    types(pane, &["sleep 1000", "Enter"], "sleep 1000", 6);
    types(pane, &["C-\\"], "Quit", 1);
    types(pane, &["echo =$?", "Enter"], "=131", 1);
    types(pane, &["echo cat; cat; echo =$?", "Enter"], "cat", 3);
    types(pane, &["C-d"], "=0", 3);
    place.tmux(&["resize-window", "-t", &pane.id, "-x", "70", "-y", "20"]);
    types(pane, &["stty size; echo $COLUMNS", "Enter"], "20 70", 1);
    types(pane, &["tty >/dev/null; echo =$?", "Enter"], "=0", 4);
    types(pane, &["set -o | grep monitor", "Enter"], "monitor ", 1);
    pane.all_lines()
}

#[test]
fn a_shell_has_job_control_and_sizes_as_in_a_plain_terminal() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    // As the supervisor does it before a GO.
    place.tmux(&["send-keys", "-R", "-t", &pane.id, ";", "clear-history", "-t", &pane.id]);
    guest.say(&go("life-ashjcasaiapt", &BASH));
    guest.expect("started");
    let ours = job_control(&place, &pane);
    let plain = job_control(&place, &place.window(&BASH));
    assert_eq!(ours, plain);
    assert!(ours.contains("Stopped"), "{ours}");
}

/// Turns on what a terminal can have on, and leaves it so.
const MESS: &str = r"stty raw -echo -isig min 3; printf '\033[?1049h\033[?1000h\033[?1002h\033[?1003h\033[?1004h\033[?1005h\033[?1006h\033[?2004h\033[?1h\033=\033[?25l\033[4h\033[?6h\033[?7l\033[3;5r\033[41;1;4mred\033(0\033)0\016qqq\033H\033[3g\033[>4;2m\033[>1u\033[5 q\033]4;1;rgb:ff/00/00\007\033]12;red\007\033]8;;http://x\007\033]2;half a title'; kill -9 $$";

/// All that tmux tells of a terminal's modes.
const MODES: &str = "#{alternate_on} #{cursor_flag} #{insert_flag} #{keypad_cursor_flag} \
    #{keypad_flag} #{mouse_all_flag} #{mouse_any_flag} #{mouse_button_flag} #{mouse_sgr_flag} \
    #{mouse_standard_flag} #{mouse_utf8_flag} #{origin_flag} #{wrap_flag} #{scroll_region_upper} \
    #{scroll_region_lower} #{pane_tabs} #{pane_in_mode} #{cursor_x} #{cursor_y}";

/// Shows how the terminal treats its input and output, letters that another character set draws as
/// lines, a colour, and what it gets.
const NEXT: &str = r"stty -a; printf 'qqq\033[31mcolour\033[0m\n'; exec cat -v";

#[test]
fn a_new_life_finds_the_terminal_as_if_it_were_new() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = place.served();
    guest.say(&shell("mess-anlfttaiiwn", MESS));
    guest.expect("exited");
    let plain = place.window(&["env", "-i", "PATH=/usr/bin:/bin", "sh", "-c", NEXT]);
    guest.say(&shell("next-anlfttaiiwn", NEXT));
    let look = |pane: &Pane<'_>| {
        pane.shows("colour");
        pane.paste("pasted");
        pane.keys(&["Enter", "Left", "F5", "Enter"]);
        wait_until("what it got", || pane.screen().matches("pasted").count() == 2);
        wait_until("its keys", || pane.screen().contains("[15~"));
        let coloured = place.tmux(&["capture-pane", "-p", "-e", "-t", &pane.id]);
        (pane.ask(MODES), coloured)
    };
    let (modes, screen) = look(&pane);
    let (plain_modes, plain_screen) = look(&plain);
    assert_eq!(screen, plain_screen);
    assert_eq!(modes, plain_modes);
}
