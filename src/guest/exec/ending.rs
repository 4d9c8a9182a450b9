//! After the main process: everybody that a session left behind is asked, then killed.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use rustix::process::Signal;

use super::descendants::{Descendant, of_session};

/// A process that wants to leave has left by then; the next life waits for it.
const ASK_MS: u64 = 100;

/// SIGKILL works at once, so a round ends early; who is left by then was forked in between.
const KILL_ROUND_MS: u64 = 50;

/// A process in an uninterruptible wait cannot be killed. After this the pane goes on without it.
const GIVE_UP_MS: u64 = 2_000;

/// The end of a session's leftovers.
#[derive(Debug)]
pub struct Ending {
    session: String,
    round: Vec<Descendant>,
    round_by: u64,
    give_up_at: u64,
    /// The last look found nobody.
    nobody: bool,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Somebody lives.
    Open,
    /// Nobody lives.
    Done,
    /// Somebody does not die.
    GivenUp,
}

impl Ending {
    /// Begins with a signal to everybody.
    pub fn begin(session: &str, signal: Signal, now: u64) -> Self {
        let mut ending = Self {
            session: session.to_owned(),
            round: Vec::new(),
            round_by: 0,
            give_up_at: now + GIVE_UP_MS,
            nobody: false,
        };
        let patience = if signal == Signal::KILL { KILL_ROUND_MS } else { ASK_MS };
        ending.signal_all(signal, now + patience);
        ending
    }

    /// Goes on as far as is possible now. Nobody is killed before the death is told, however long
    /// tmux takes to read what stands before it.
    pub fn step(&mut self, now: u64, is_told: bool) -> Progress {
        self.round.retain(|descendant| !has_ended(descendant));
        if !is_told || (!self.round.is_empty() && now < self.round_by) {
            return Progress::Open;
        }
        if !self.nobody {
            self.signal_all(Signal::KILL, now + KILL_ROUND_MS);
        }
        if self.nobody {
            Progress::Done
        } else if now >= self.give_up_at {
            Progress::GivenUp
        } else {
            Progress::Open
        }
    }

    /// Who is waited for.
    pub fn round(&self) -> &[Descendant] {
        &self.round
    }

    /// When the round ends at the latest.
    pub fn wake_at(&self) -> u64 {
        self.round_by
    }

    fn signal_all(&mut self, signal: Signal, round_by: u64) {
        self.round = of_session(&self.session);
        self.round_by = round_by;
        self.nobody = self.round.is_empty();
        for descendant in &self.round {
            descendant.signal(signal);
            if signal != Signal::KILL {
                // A stopped process acts on nothing else.
                descendant.signal(Signal::CONT);
            }
        }
    }
}

fn has_ended(descendant: &Descendant) -> bool {
    let mut waited = [PollFd::new(std::os::fd::AsFd::as_fd(descendant), PollFlags::POLLIN)];
    poll(&mut waited, PollTimeout::ZERO).is_ok_and(|ready| ready > 0)
}
