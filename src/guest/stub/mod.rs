//! `mosaic runtime stub`: the dogfood runtime, a full-screen program with one loop.
//!
//! The loop that reads keys and draws is the one that answers challenges: when it hangs, the
//! answers stop. That is what `healthy` must mean. It never touches anything but its terminal, its
//! line to the supervisor, and the files of `MOSAIC_STUB_RECORD` and `MOSAIC_STUB_HEARD`.
//!
//! Prompts for tests: `/block SECONDS` hangs the loop, `/exit CODE` ends it, `/dialog` asks for
//! permission, `/flood LINES` fills the transcript, `/leak` starts a child that leaves the session.

mod asked;
mod chaos;
mod composer;
mod conversation;
mod environment;
mod faults;
mod keyboard;
mod keys;
mod picture;
mod program;
mod settings;
mod supervised;

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

/// Runs the stub until it is asked to leave.
pub fn main(words: &[OsString]) -> ExitCode {
    let settings = match settings::Settings::read(words) {
        Ok(settings) => settings,
        Err(mistake) => return complain(&mistake, 2),
    };
    if let Some(code) = settings.faults.crash_at_boot {
        return complain("the stub crashes at its start, as MOSAIC_STUB_CRASH_AT_BOOT says", code);
    }
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return complain("the stub is a full-screen program; run it in a terminal", 1);
    }
    match program::Program::new(settings).and_then(program::Program::run) {
        Ok(code) => ExitCode::from(code),
        Err(error) => complain(&format!("the stub lost its terminal: {error}"), 1),
    }
}

fn complain(sentence: &str, code: u8) -> ExitCode {
    // There is nobody else to tell when standard error is closed.
    let _told = writeln!(std::io::stderr().lock(), "mosaic: {sentence}");
    ExitCode::from(code)
}
