//! Why a request has no answer, and what to do next. It never decides on an exit code.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::wire::{ErrorBody, ErrorCode};

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientError {
    /// Nobody listens.
    NoSupervisor {
        /// Where one should.
        socket: PathBuf,
        /// What connecting came to, where that says more.
        why: Option<String>,
    },
    /// The socket belongs to another uid.
    Forbidden {
        /// Which socket.
        socket: PathBuf,
    },
    /// The supervisor says no, and why.
    Answered(ErrorBody),
    /// No answer in time: the supervisor hangs, or is stopped.
    Late {
        /// What was asked.
        what: String,
        /// How long was waited.
        after: Duration,
    },
    /// The connection ended before the answer did: the supervisor left, or was killed. Whether it did
    /// what was asked is not known.
    Left {
        /// What was asked.
        what: String,
        /// How it ended.
        why: String,
    },
    /// What came is not of this API.
    Broken {
        /// What was asked.
        what: String,
        /// What came.
        why: String,
    },
}

impl ClientError {
    /// What a failed connect means.
    pub fn connecting(socket: &Path, error: &io::Error) -> Self {
        let socket = socket.to_owned();
        if error.kind() == io::ErrorKind::PermissionDenied {
            return Self::Forbidden { socket };
        }
        let why = if error.kind() == io::ErrorKind::NotFound {
            None
        } else if error.kind() == io::ErrorKind::ConnectionRefused {
            Some("the one that did has left".to_owned())
        } else {
            Some(error.to_string())
        };
        Self::NoSupervisor { socket, why }
    }

    /// Whether a later try can go better by itself: the supervisor left or was never there.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::NoSupervisor { .. } | Self::Left { .. } | Self::Broken { .. } => true,
            Self::Forbidden { .. } | Self::Answered(_) | Self::Late { .. } => false,
        }
    }

    /// Whether whoever keeps asking may yet get an answer: somebody leaves, hangs, or is not back yet.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::NoSupervisor { .. }
            | Self::Left { .. }
            | Self::Broken { .. }
            | Self::Late { .. } => true,
            Self::Answered(body) => body.code == ErrorCode::ShuttingDown,
            Self::Forbidden { .. } => false,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoSupervisor { .. } => Some("`mosaic fleet up` starts it".to_owned()),
            Self::Forbidden { .. } => Some(
                "each uid has a supervisor of its own: run this as the user who owns the fleet"
                    .to_owned(),
            ),
            Self::Answered(body) => body.hint.clone(),
            Self::Late { .. } => Some(
                "the supervisor lives but does not answer; its log lies in its state directory"
                    .to_owned(),
            ),
            Self::Left { .. } => {
                Some("`mosaic ps` says whether a supervisor runs and what became of it".to_owned())
            }
            Self::Broken { .. } => Some(
                "try again; if it stays so, compare `mosaic --version` on both sides".to_owned(),
            ),
        }
    }
}

impl ClientError {
    /// What an exchange came to that did not come to its end.
    pub(super) fn exchanging(what: String, error: &hyper::Error) -> Self {
        let why = error.to_string();
        if error.is_parse() { Self::Broken { what, why } } else { Self::Left { what, why } }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSupervisor { socket, why } => {
                write!(out, "no supervisor listens on {}", socket.display())?;
                why.as_ref().map_or(Ok(()), |why| write!(out, ": {why}"))
            }
            Self::Forbidden { socket } => {
                write!(out, "may not open {}: it belongs to another user", socket.display())
            }
            Self::Answered(body) => out.write_str(&body.message),
            Self::Late { what, after } => {
                write!(out, "no answer to {what} within {} s", after.as_secs())
            }
            Self::Left { what, why } => {
                write!(out, "the supervisor left before it had answered {what}: {why}")
            }
            Self::Broken { what, why } => write!(out, "no whole answer to {what}: {why}"),
        }
    }
}

impl std::error::Error for ClientError {}
