//! `mosaic pane-exec`: the first process of a pane, the parent of its agent; never a shell.
//!
//! ```text
//!            GO                    exec                main process gone
//! empty ──────────▶ launching ──────────▶ running ──────────────────────▶ ending ─▶ empty
//!   ▲                   └─ exec failed ───────────────────────────────────▶ │
//!   └──────────────────────────── no descendant is left ────────────────────┘
//! ```
//!
//! At the death of the agent's main process its record goes to its file at once, and what the
//! session left behind is asked to leave. `exited` goes to the supervisor when tmux has read the
//! last output, which takes it less than a millisecond, so that whoever hears of the death can read
//! the last words; then the file is synced. The death does not wait for the leftovers, because a
//! restart or a `ps` waits for it; `left_behind` is the number of descendants that still lived at
//! that moment. The next GO waits until they are gone.
//!
//! A stop signal that comes from keys (SIGTSTP, SIGTTIN, SIGTTOU) would leave the agent stopped
//! with nobody to say `fg`: it is continued at once. SIGSTOP is left alone, it is somebody's wish.

mod course;
mod descendants;
mod drain;
mod ending;
mod launch;
mod life;
mod output;
mod pane;
mod record;
mod recorded;
mod screen;
mod supervised;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// What every mistake in the arguments is answered with.
const USAGE: &str = "usage: mosaic pane-exec AGENT --socket SOCKET --exits DIRECTORY";

/// Who we are asked to be.
#[derive(Debug)]
pub struct Asked {
    /// The agent whose pane this is.
    pub agent: String,
    /// The supervisor's guest socket, or a link to it.
    pub socket: PathBuf,
    /// Where exit records go.
    pub exits: PathBuf,
}

/// Runs the first process of a pane, or its child on the way to becoming the agent.
pub fn main(words: &[OsString]) -> ExitCode {
    if words.first().is_some_and(|word| word == launch::BECOME) {
        return launch::become_agent(&words[1..]);
    }
    let Some(asked) = parse(words) else {
        return complain(USAGE, 2);
    };
    match pane::Pane::new(asked) {
        Ok(pane) => pane.run(),
        Err(error) => complain(&format!("start the pane's first process: {error}"), 1),
    }
}

fn parse(words: &[OsString]) -> Option<Asked> {
    let [agent, rest @ ..] = words else {
        return None;
    };
    let (mut socket, mut exits) = (None, None);
    for pair in rest.chunks(2) {
        let [option, value] = pair else {
            return None;
        };
        match option.to_str()? {
            "--socket" => socket = Some(PathBuf::from(value)),
            "--exits" => exits = Some(PathBuf::from(value)),
            _ => return None,
        }
    }
    Some(Asked { agent: agent.to_str()?.to_owned(), socket: socket?, exits: exits? })
}

fn complain(sentence: &str, code: u8) -> ExitCode {
    // There is nobody else to tell when standard error is closed.
    let _told = writeln!(std::io::stderr().lock(), "mosaic: {sentence}");
    ExitCode::from(code)
}
