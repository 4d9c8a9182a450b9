//! Raw mode, size and keys of the terminal we sit in, and one that nobody sits at.

pub mod emulator;
pub mod input;
pub mod parser;
pub mod presses;
pub mod screen;
pub mod signals;
#[cfg(test)]
mod tests;

use std::io;
use std::os::fd::AsFd;

use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};

/// Columns and rows of a terminal; `None` when it is none, or has no size yet.
pub fn size(terminal: impl AsFd) -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

/// How the terminal treats its input and output now.
pub fn modes(terminal: impl AsFd) -> io::Result<Termios> {
    Ok(tcgetattr(terminal)?)
}

/// Sets modes at once: waiting for output to drain could last forever behind a stopped reader.
pub fn set_modes(terminal: impl AsFd, modes: &Termios) -> io::Result<()> {
    Ok(tcsetattr(terminal, SetArg::TCSANOW, modes)?)
}

/// The raw variant of some modes: every byte as typed, no echo, no signals from keys.
pub fn raw(modes: &Termios) -> Termios {
    let mut raw = modes.clone();
    cfmakeraw(&mut raw);
    raw
}
