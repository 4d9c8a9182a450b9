//! The loop of a pane's first process: one wait, then whatever has come; never a second thread.

use std::io;
use std::os::fd::AsFd as _;
use std::process::ExitCode;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::prctl::set_child_subreaper;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::process::{Signal as RawSignal, WaitOptions, wait};

use super::Asked;
use super::descendants::of_session;
use super::drain::Drain;
use super::launch::Go;
use super::life::{Life, OnTheWay};
use super::output::Recorder;
use super::record::Records;
use super::screen::Screen;
use crate::clock::mono_ms;
use crate::guest::link::Link;

/// tmux throws unread output away when it reaps us, so we stay until it has answered a question
/// that stands behind all of it, and until our last frame has left. A server that has not come to
/// either by then is stuck; the record on disk tells the rest.
const FAREWELL_MS: u64 = 3_000;

/// SIGTERM to us ends the agent as a stop with this grace does.
const TERM_GRACE_MS: u64 = 5_000;

/// The terminal is gone: what the agent has to save it saves quickly.
const HANGUP_GRACE_MS: u64 = 300;

/// The first process of a pane.
#[derive(Debug)]
pub struct Pane {
    pub(super) agent: String,
    pub(super) link: Link,
    signals: SignalFd,
    pub(super) screen: Screen,
    pub(super) records: Records,
    pub(super) life: Life,
    pub(super) recorder: Recorder,
    /// A GO that waits until the leftovers of the last life are gone.
    pub(super) next: Option<Go>,
    pub(super) leaving: bool,
    /// The last thing that a pane does.
    farewell: Option<Drain>,
}

impl Pane {
    /// Takes the place: subreaper, signals, terminal.
    pub fn new(asked: Asked) -> io::Result<Self> {
        // Blocked and read from a file, no signal interrupts or stops us, and none is ignored, which
        // the agent would inherit; our child empties the mask before it becomes the agent.
        let mut taken = SigSet::all();
        for fault in [Signal::SIGSEGV, Signal::SIGBUS, Signal::SIGFPE, Signal::SIGILL] {
            taken.remove(fault);
        }
        taken.thread_block()?;
        set_child_subreaper(true)?;
        let pane = Self {
            link: Link::new(&asked.socket),
            signals: SignalFd::with_flags(&taken, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?,
            screen: Screen::open(),
            records: Records::new(asked.exits),
            agent: asked.agent,
            life: Life::Empty,
            recorder: Recorder::new(),
            next: None,
            leaving: false,
            farewell: None,
        };
        pane.screen.rest();
        pane.screen.note(&format!("{} waits to be started", pane.agent));
        Ok(pane)
    }

    /// Runs until the pane is not wanted any more and nothing runs in it.
    pub fn run(mut self) -> ExitCode {
        loop {
            let now = mono_ms();
            self.take_signals(now);
            self.take_output();
            self.take_news(now);
            self.follow_launch();
            self.reap(now);
            self.keep_deadlines(now);
            self.follow_ending(now);
            if self.may_leave(now) {
                return ExitCode::SUCCESS;
            }
            self.wait();
        }
    }

    fn wait(&self) {
        let mut files = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        files.extend(self.link.interest().map(|(file, events)| PollFd::new(file, events)));
        let output = self.recorder.interest().into_iter();
        files.extend(output.map(|(file, events)| PollFd::new(file, events)));
        let mut wake_at = [self.link.wake_at(), None, None, self.recorder.wake_at()];
        match &self.life {
            Life::Empty => {}
            Life::Running(running) => {
                if let OnTheWay::Launching(launch) = &running.way {
                    files.push(PollFd::new(launch.report().as_fd(), PollFlags::POLLIN));
                }
                wake_at[1] = running.kill_at;
            }
            Life::Ending(over) => {
                let round = over.ending.round().iter();
                files.extend(round.map(|one| PollFd::new(one.as_fd(), PollFlags::POLLIN)));
                files.extend(self.interest(&over.drain));
                wake_at[1] = over.wake_at();
            }
        }
        if let Some(farewell) = &self.farewell {
            files.extend(self.interest(farewell));
            wake_at[2] = Some(farewell.give_up_at());
        }
        let timeout = wake_at.into_iter().flatten().min().map_or(PollTimeout::NONE, |at| {
            let wait_ms = i32::try_from(at.saturating_sub(mono_ms())).unwrap_or(i32::MAX);
            PollTimeout::try_from(wait_ms).unwrap_or(PollTimeout::MAX)
        });
        // Interrupted or not: the turn that follows looks at everything anyway.
        let _looked_at_anyway = poll(&mut files, timeout);
    }

    fn interest(&self, drain: &Drain) -> Option<PollFd<'_>> {
        drain.interest(&self.screen).map(|(terminal, wanted)| PollFd::new(terminal, wanted))
    }

    fn may_leave(&mut self, now: u64) -> bool {
        if !self.leaving || !matches!(self.life, Life::Empty) {
            return false;
        }
        let Self { farewell, screen, .. } = self;
        let farewell = farewell.get_or_insert_with(|| Drain::begin(screen, now + FAREWELL_MS));
        farewell.step(screen);
        let give_up_at = farewell.give_up_at();
        if !farewell.is_answered() && now < give_up_at {
            return false;
        }
        // All that can come has come: what is open is closed, once.
        self.take_output();
        self.recorder.close();
        self.tell_output();
        self.link.is_flushed() || now >= give_up_at
    }

    // === from the host ===

    fn take_signals(&mut self, now: u64) {
        while let Ok(Some(info)) = self.signals.read_signal() {
            let number = i32::try_from(info.ssi_signo).unwrap_or_default();
            if number == Signal::SIGTERM as i32 {
                self.leaving = true;
                self.stop(Signal::SIGTERM, TERM_GRACE_MS, now);
            } else if number == Signal::SIGHUP as i32 {
                self.hang_up(now);
            }
        }
    }

    /// The tmux server or our window is gone. The kernel has told the foreground group.
    fn hang_up(&mut self, now: u64) {
        self.leaving = true;
        if let Life::Running(running) = &mut self.life {
            running.leftovers = RawSignal::HUP;
            for descendant in of_session(&running.session) {
                descendant.signal(RawSignal::HUP);
                descendant.signal(RawSignal::CONT);
            }
            let kill_at = now + HANGUP_GRACE_MS;
            running.kill_at = Some(running.kill_at.map_or(kill_at, |at| at.min(kill_at)));
        }
    }

    fn reap(&mut self, now: u64) {
        // Rust's own wait would not tell a death by a real-time signal.
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG | WaitOptions::UNTRACED) {
            let Life::Running(running) = &self.life else {
                continue;
            };
            if pid.as_raw_nonzero().get() != running.pid.as_raw() {
                continue;
            }
            match status.stopping_signal() {
                Some(signal) => self.continue_after(signal),
                None => self.finish(status, now),
            }
        }
    }

    /// A stop that came from keys would last for ever: there is no shell to say `fg`.
    fn continue_after(&self, signal: i32) {
        let keys = [Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU];
        if let Life::Running(running) = &self.life
            && keys.iter().any(|key| *key as i32 == signal)
        {
            self.screen.foreground(running.pid);
            running.signal(Signal::SIGCONT);
        }
    }
}
