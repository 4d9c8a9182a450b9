//! Signals that mean something to whoever has the terminal, each kind as one wait.

use std::io;

use nix::sys::signal::SigSet;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What we are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The terminal has another size.
    Resized,
    /// Ctrl-C from elsewhere: where keys are ours, it is no signal.
    Interrupt,
    /// To leave: SIGTERM, or SIGHUP when the terminal is gone.
    Leave,
}

/// Signals that end us, or resize what we draw on.
#[derive(Debug)]
pub struct Signals {
    resized: Signal,
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// Every one from now on.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            resized: signal(SignalKind::window_change())?,
            interrupt: interrupts()?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.resized.recv() => Told::Resized,
            _ = self.interrupt.recv() => Told::Interrupt,
            _ = self.terminate.recv() => Told::Leave,
            _ = self.hangup.recv() => Told::Leave,
        }
    }
}

/// What the shell has us do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// To stop, after the terminal is in order.
    Stop,
    /// We go on, perhaps after a stop that asked nobody: the terminal may be anything.
    GoesOn,
}

/// Signals of job control, for whoever takes the terminal and gives it back.
#[derive(Debug)]
pub struct Jobs {
    stop: Signal,
    goes_on: Signal,
}

impl Jobs {
    /// Every one from now on; nobody stops us by SIGTSTP any more.
    pub fn listen() -> io::Result<Self> {
        let stop = signal(SignalKind::from_raw(nix::libc::SIGTSTP))?;
        let goes_on = signal(SignalKind::from_raw(nix::libc::SIGCONT))?;
        Ok(Self { stop, goes_on })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Job {
        tokio::select! {
            _ = self.stop.recv() => Job::Stop,
            _ = self.goes_on.recv() => Job::GoesOn,
        }
    }
}

/// Every Ctrl-C from now on. One that comes while its handler is put in place finds nobody, and
/// would be lost: it is held back until somebody is there.
pub fn interrupts() -> io::Result<Signal> {
    let mut interrupt = SigSet::empty();
    interrupt.add(nix::sys::signal::Signal::SIGINT);
    interrupt.thread_block()?;
    let listening = signal(SignalKind::interrupt());
    interrupt.thread_unblock()?;
    listening
}

/// Every SIGTERM from now on.
pub fn terminations() -> io::Result<Signal> {
    signal(SignalKind::terminate())
}
