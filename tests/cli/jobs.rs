//! A shell with jobs: a program in it is stopped and brought back.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::terminal::Terminal;

/// How: Ctrl-Z, and what somebody else's `kill -TSTP` does.
pub const WAYS: [Option<Signal>; 2] = [None, Some(Signal::SIGTSTP)];

/// The line of a shell in which a verb is stopped, says so, and is brought back by Enter.
pub fn line(verb: &str) -> String {
    format!("{verb}; printf '[stopped]\\n'; read x; fg")
}

/// Stops the program of a terminal that runs such a line and brings it back: the shell has its
/// terminal as it was meanwhile, and then this is shown again. `q` ends it.
#[track_caller]
pub fn stopped_and_brought_back(terminal: &Terminal, by: Option<Signal>, shows: &str) {
    terminal.shows(shows);
    match by {
        None => terminal.press(&["C-z"]),
        Some(signal) => kill(Pid::from_raw(terminal.program()), signal).unwrap(),
    }
    terminal.shows("[stopped]");
    assert!(!terminal.is_alternate() && terminal.screen().contains("before"));
    assert_eq!(terminal.flags(), "0 0 1");
    assert!(terminal.is_cooked());
    terminal.press(&["Enter"]);
    terminal.shows(shows);
    assert!(terminal.is_alternate());
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
}
