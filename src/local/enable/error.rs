//! Why the boot service was not enabled or disabled.

use std::error::Error;
use std::path::Path;
use std::{fmt, io};

use crate::host::systemd::SystemdError;
use crate::host::systemd::units::UnfitPath;
use crate::local::LocalError;
use crate::places;
use crate::wire::ErrorCode;

/// Why not.
#[derive(Debug)]
pub enum EnableError {
    /// A considered no: why, and what to do.
    Refused(String),
    /// The machine lacks what units need.
    Missing {
        /// What it lacks.
        what: String,
        /// What to do next.
        next: String,
    },
    /// systemd did not do what it was asked.
    Systemd(SystemdError),
    /// A file could not be written, read or synced.
    Files {
        /// What was attempted, on what.
        attempt: String,
        /// What the kernel said.
        source: io::Error,
    },
}

impl EnableError {
    pub(super) fn files(attempt: &str, path: &Path, source: io::Error) -> Self {
        Self::Files {
            attempt: format!("{attempt} {}", path.display()).trim_end().to_owned(),
            source,
        }
    }

    pub(super) fn no_systemd() -> Self {
        Self::Missing {
            what: "this host was not booted by systemd (a container?), so there are no units"
                .to_owned(),
            next: "`mosaic fleet up` starts the fleet without them; whatever starts this host can \
                   run it"
                .to_owned(),
        }
    }

    pub(super) fn no_manager() -> Self {
        let user = places::user_name();
        Self::Missing {
            what: format!("no user manager runs for {user} (its bus is missing)"),
            next: format!(
                "install dbus-user-session, or log {user} in, and try again; until then \
                 `mosaic fleet up` works without units"
            ),
        }
    }

    pub(super) fn no_tmux() -> Self {
        Self::Missing {
            what: "no `tmux` in PATH".to_owned(),
            next: "`apt install tmux` brings it".to_owned(),
        }
    }

    pub(super) fn unfit_path(UnfitPath(path): UnfitPath) -> Self {
        Self::Refused(format!(
            "the path \"{path}\" cannot stand in a unit file (a quote, a backslash, a dollar sign, \
             or not absolute); install mosaic elsewhere"
        ))
    }
}

impl From<SystemdError> for EnableError {
    fn from(error: SystemdError) -> Self {
        Self::Systemd(error)
    }
}

/// In the words of the command line: with every cause, for nobody else asks for them.
impl From<EnableError> for LocalError {
    fn from(error: EnableError) -> Self {
        let code = match &error {
            EnableError::Refused(_) => ErrorCode::Refused,
            EnableError::Missing { .. } => ErrorCode::Missing,
            EnableError::Systemd(_) | EnableError::Files { .. } => ErrorCode::Failed,
        };
        let next = match &error {
            EnableError::Missing { next, .. } => next.clone(),
            EnableError::Refused(_) | EnableError::Systemd(_) | EnableError::Files { .. } => {
                String::new()
            }
        };
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(why) = cause {
            message = format!("{message}: {why}");
            cause = why.source();
        }
        Self::said(code, message, &next)
    }
}

impl fmt::Display for EnableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(sentence) => f.write_str(sentence),
            Self::Missing { what, .. } => f.write_str(what),
            Self::Systemd(error) => write!(f, "{error}"),
            Self::Files { attempt, .. } => f.write_str(attempt),
        }
    }
}

impl Error for EnableError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused(_) | Self::Missing { .. } => None,
            // Its own words are ours already.
            Self::Systemd(error) => error.source(),
            Self::Files { source, .. } => Some(source),
        }
    }
}
