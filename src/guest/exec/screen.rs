//! The pane's terminal between two lives: clean modes, a clean screen, a line for people.
//!
//! All of it goes through an open file of our own that never blocks: the agent's copy must keep
//! its flags, and a terminal that somebody has stopped with Ctrl-S must not stop us.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt as _;

use nix::fcntl::OFlag;
use nix::sys::termios::{FlowArg, FlushArg, LocalFlags, OutputFlags, Termios, tcflow, tcflush};
use nix::unistd::{Pid, getpgrp, tcsetpgrp};

use crate::protocol::NOTE_MARK;
use crate::terminal;

/// Leaves whatever a life may have left on: alternate screen, scroll region, character set, keypad
/// and cursor keys, origin and insert mode, mouse, focus and paste reports, key modifiers,
/// synchronised output, hidden cursor, colours. Then everything that a full reset knows.
const FRESH: &[u8] = b"\x1b[?1049l\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\
    \x1b[?1005l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b[?6l\x1b[?7h\x1b[4l\x1b[>4m\x1b>\x1b(B\x1b[r\
    \x1b[?25h\x1b[0 q\x1b[0m\x1bc\x1b[H\x1b[2J";

/// What every terminal says to "how are you" (DSR 5).
const ANSWER: &[u8] = b"\x1b[0n";

/// The terminal, when there is one.
#[derive(Debug)]
pub struct Screen {
    terminal: Option<File>,
    born_with: Option<Termios>,
}

impl Screen {
    /// Opens the terminal that we sit in, and remembers its modes.
    pub fn open() -> Self {
        let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
        let terminal = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags.bits())
            .open("/dev/tty")
            .ok();
        let born_with = terminal.as_ref().and_then(|terminal| terminal::modes(terminal).ok());
        Self { terminal, born_with }
    }

    /// Makes everything clean for a new life, and drops keys that were meant for the last one.
    pub fn refresh(&self) {
        let Some(terminal) = &self.terminal else {
            return;
        };
        let _flowing = tcflow(terminal, FlowArg::TCOON);
        let _dropped = tcflush(terminal, FlushArg::TCIFLUSH);
        self.write(FRESH);
        if let Some(modes) = &self.born_with {
            let _set = terminal::set_modes(terminal, modes);
        }
    }

    /// Takes the terminal back after a life: keys go nowhere and are not shown, output is plain.
    pub fn rest(&self) {
        let (Some(terminal), Some(born_with)) = (&self.terminal, &self.born_with) else {
            return;
        };
        let _foreground = tcsetpgrp(terminal, getpgrp());
        let mut resting = born_with.clone();
        resting.local_flags.remove(LocalFlags::ECHO | LocalFlags::ECHOCTL);
        resting.output_flags.insert(OutputFlags::OPOST | OutputFlags::ONLCR);
        let _set = terminal::set_modes(terminal, &resting);
    }

    /// Gives the foreground to a process group.
    pub fn foreground(&self, group: Pid) {
        if let Some(terminal) = &self.terminal {
            let _foreground = tcsetpgrp(terminal, group);
        }
    }

    /// Asks the terminal to answer once it has read all that was written before; `false` when there
    /// is no room for the question yet. A string that a life left unfinished is ended first, and a
    /// stop by Ctrl-S is over.
    pub fn ask_whether_all_is_read(&self) -> bool {
        let Some(mut terminal) = self.terminal.as_ref() else {
            return true;
        };
        let _flowing = tcflow(terminal, FlowArg::TCOON);
        if let Some(modes) = &self.born_with {
            let _set = terminal::set_modes(terminal, &terminal::raw(modes));
        }
        // Short and at once: the kernel takes it whole or not at all.
        terminal.write(b"\x1b\\\x1b[5n").is_ok_and(|count| count > 0)
    }

    /// Whether the answer has come; also when there is nobody left who could give it. `typed` is
    /// what was read so far.
    pub fn all_is_read(&self, typed: &mut Vec<u8>) -> bool {
        let Some(mut terminal) = self.terminal.as_ref() else {
            return true;
        };
        let mut chunk = [0; 256];
        loop {
            match terminal.read(&mut chunk) {
                Ok(0) => return true,
                Ok(count) => typed.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
            if typed.windows(ANSWER.len()).any(|part| part == ANSWER) {
                return true;
            }
            typed.drain(..typed.len().saturating_sub(ANSWER.len() - 1));
        }
    }

    /// Where the answer comes from.
    pub fn terminal(&self) -> Option<BorrowedFd<'_>> {
        self.terminal.as_ref().map(AsFd::as_fd)
    }

    /// Writes a dim line for people below the last screen, which stays as it is.
    pub fn note(&self, sentence: &str) {
        self.write(format!("\r\n\x1b[0;2m{NOTE_MARK}{sentence}\x1b[0m").as_bytes());
    }

    /// Best effort: what does not fit into a stopped terminal is only for people.
    fn write(&self, bytes: &[u8]) {
        if let Some(mut terminal) = self.terminal.as_ref() {
            let _written = terminal.write_all(bytes);
        }
    }
}
