//! What goes wrong between us and systemd; an error says what was attempted, never an absence.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// Why systemd did not do, or did not say, what it was asked.
#[derive(Debug)]
pub enum SystemdError {
    /// The bus or the one who answers on it failed.
    Bus {
        /// What was attempted, on what.
        attempt: String,
        /// What the bus said; on the heap, for it is many times larger than the rest.
        source: Box<zbus::Error>,
    },
    /// No answer in time.
    Deadline {
        /// What was attempted, on what.
        attempt: String,
        /// How long it was given.
        waited: Duration,
    },
    /// The job ended, and not well.
    Job {
        /// `start mosaic-supervisor.service`.
        attempt: String,
        /// systemd's word for its end: `failed`, `timeout`, `dependency`, …
        result: String,
        /// The unit, whose log says why.
        unit: String,
    },
}

impl fmt::Display for SystemdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bus { attempt, .. } => write!(f, "{attempt}"),
            Self::Deadline { attempt, waited } => {
                write!(f, "{attempt}: systemd did not answer within {} s", waited.as_secs())
            }
            Self::Job { attempt, result, unit } => write!(
                f,
                "{attempt}: the job ended as \"{result}\"; \"journalctl --user -u {unit}\" says why"
            ),
        }
    }
}

impl Error for SystemdError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Bus { source, .. } => Some(source.as_ref()),
            Self::Deadline { .. } | Self::Job { .. } => None,
        }
    }
}
