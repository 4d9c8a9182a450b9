//! Waits until the terminal has read all that was written to it; never longer than it is told.
//!
//! tmux reads a pane when it comes to it: when a process is gone, its last output may still lie in
//! the kernel. A question that stands behind that output is answered when all of it was read.

use std::os::fd::BorrowedFd;

use nix::poll::PollFlags;

use super::screen::Screen;

/// A question behind the output, and its answer.
#[derive(Debug)]
pub struct Drain {
    give_up_at: u64,
    asked: bool,
    answered: bool,
    /// The end of what was typed so far: the answer may come in two pieces.
    typed: Vec<u8>,
}

impl Drain {
    /// Asks as soon as there is room for the question.
    pub fn begin(screen: &Screen, give_up_at: u64) -> Self {
        let mut drain = Self { give_up_at, asked: false, answered: false, typed: Vec::new() };
        drain.step(screen);
        drain
    }

    /// Goes on as far as is possible now.
    pub fn step(&mut self, screen: &Screen) {
        if !self.asked {
            self.asked = screen.ask_whether_all_is_read();
        }
        self.answered = self.answered || screen.all_is_read(&mut self.typed);
    }

    /// Whether all was read, or nobody is left who could read it.
    pub fn is_answered(&self) -> bool {
        self.answered
    }

    /// Whether there is nothing to wait for any more.
    pub fn is_over(&self, now: u64) -> bool {
        self.answered || now >= self.give_up_at
    }

    /// When it is given up; a time without a meaning once it is answered.
    pub fn give_up_at(&self) -> u64 {
        self.give_up_at
    }

    /// What is waited for.
    pub fn interest<'a>(&self, screen: &'a Screen) -> Option<(BorrowedFd<'a>, PollFlags)> {
        let wanted = if self.asked { PollFlags::POLLIN } else { PollFlags::POLLOUT };
        screen.terminal().filter(|_| !self.answered).map(|terminal| (terminal, wanted))
    }
}
