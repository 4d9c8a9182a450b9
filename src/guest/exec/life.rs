//! One life in the pane, as far as it has come.

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use rustix::process::Signal as RawSignal;

use super::drain::Drain;
use super::ending::Ending;
use super::launch::Launch;
use crate::protocol::ExitRecord;

/// What runs in the pane.
#[derive(Debug)]
pub enum Life {
    /// Nothing runs.
    Empty,
    /// The main process lives, or is on its way.
    Running(Running),
    /// The main process is gone, what it left behind is being ended.
    Ending(Over),
}

/// A session whose main process is gone.
#[derive(Debug)]
pub struct Over {
    /// How far the end of its leftovers is.
    pub ending: Ending,
    /// Whether its last output was read.
    pub drain: Drain,
    /// Its record, until the supervisor is told, and when that is at the latest.
    pub(super) untold: Option<(ExitRecord, u64)>,
    /// What people are told afterwards.
    pub(super) note: String,
}

impl Over {
    /// When time alone makes a difference.
    pub fn wake_at(&self) -> Option<u64> {
        // Until it is told, the end of a round makes no difference.
        let next = self.untold.as_ref().map_or(self.ending.wake_at(), |(_, by)| *by);
        let read = (!self.drain.is_answered()).then(|| self.drain.give_up_at());
        [Some(next), read].into_iter().flatten().min()
    }
}

/// A session whose main process lives.
#[derive(Debug)]
pub struct Running {
    /// Its id.
    pub session: String,
    /// Its main process, and the group that it leads.
    pub pid: Pid,
    /// Whether that is the agent's program yet.
    pub way: OnTheWay,
    /// When the grace of a stop is over.
    pub kill_at: Option<u64>,
    /// The signal that leftovers get first.
    pub leftovers: RawSignal,
}

impl Running {
    /// Whether its program runs, or will never run.
    pub fn is_started(&self) -> bool {
        !matches!(self.way, OnTheWay::Launching(_))
    }

    /// A signal to its group, or to itself when it has moved to another one.
    pub fn signal(&self, signal: Signal) {
        if killpg(self.pid, signal).is_err() {
            let _gone_already = kill(self.pid, signal);
        }
    }
}

/// From our child to the agent's program.
#[derive(Debug)]
pub enum OnTheWay {
    /// Not there yet.
    Launching(Launch),
    /// There.
    Running,
    /// It never came: why.
    Failed(String),
}

/// For people.
pub fn how_it_ended(record: &ExitRecord) -> String {
    match (&record.error, record.code, record.signal) {
        (Some(error), _, _) => format!("was not started: {error}"),
        (None, Some(code), _) => format!("exited with code {code}"),
        (None, None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None, None) => "ended".to_owned(),
    }
}
