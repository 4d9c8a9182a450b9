//! Mosaic supervises a fleet of AI agents on one host.
//!
//! ```text
//! roster.yaml ──▶ decide ──▶ journal ──▶ fold ──▶ view ──▶ surfaces (clients of one API)
//!                    ▲                              │
//!              observations ◀── hands ◀── effects ◀─┘
//! ```
//!
//! Four invariants, written as absences: `fleet` reads no clock and does no I/O;
//! nothing but `daemon::dispatcher` calls `decide` or `fold`; no surface imports a
//! hand or the daemon; `Health::Healthy` cannot be built without an answered challenge.

mod clock;
mod daemon;
mod fleet;
mod guest;
mod host;
mod local;
mod places;
mod protocol;
mod roster;
mod surface;
mod telemetry;
mod terminal;
mod wire;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the program: picks who serves these arguments, and turns the end into an exit code.
pub fn run() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    // Guests come first: what runs inside a pane has no async runtime and no telemetry.
    match words.iter().map(|word| word.to_str().unwrap_or_default()).collect::<Vec<_>>()[..] {
        ["pane-exec", ..] => guest::exec::main(&words[1..]),
        ["runtime", "stub", ..] => guest::stub::main(&words[2..]),
        ["hook", ..] => guest::hook::main(&words[1..]),
        ["mcp"] => guest::mcp::main(),
        _ => ExitCode::SUCCESS,
    }
}
