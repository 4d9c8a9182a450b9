//! Why something was not done on our tmux server; an error is never an absence.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// What went wrong, on what, and what to do next.
#[derive(Debug)]
pub enum TmuxError {
    /// There is no `tmux` on the PATH.
    Missing,
    /// The installed tmux is older than what we rely on.
    TooOld {
        /// What it calls itself.
        found: String,
        /// The oldest that would do.
        least: &'static str,
    },
    /// Nothing listens on the socket.
    NotListening {
        /// The socket.
        socket: PathBuf,
    },
    /// A server was started and did not come up.
    NotStarted {
        /// Its socket.
        socket: PathBuf,
        /// What is known.
        why: String,
    },
    /// No reply came in time; it may have been done, or be done later.
    Unanswered {
        /// What was asked.
        attempt: String,
        /// The deadline.
        within: Duration,
    },
    /// The connection was closed before the request was given to it.
    Closed {
        /// What was asked.
        attempt: String,
    },
    /// The connection ended while the request was on its way; it may have been done.
    Interrupted {
        /// What was asked.
        attempt: String,
    },
    /// Tmux said no; nothing of the refused command was done.
    Said {
        /// What was asked.
        attempt: String,
        /// Its words.
        text: String,
    },
    /// Tmux replied something that we do not understand.
    Unreadable {
        /// What was asked.
        attempt: String,
        /// Its words.
        text: String,
    },
    /// What was asked cannot be said to tmux.
    Unfit {
        /// What was asked.
        attempt: String,
        /// Why not.
        why: &'static str,
    },
    /// The operating system said no.
    Host {
        /// What was attempted.
        attempt: String,
        /// Its words.
        source: io::Error,
    },
}

impl TmuxError {
    /// Whether the thing that was asked may have been done all the same.
    pub fn may_have_acted(&self) -> bool {
        match self {
            Self::Unanswered { .. } | Self::Interrupted { .. } | Self::Unreadable { .. } => true,
            Self::Missing
            | Self::TooOld { .. }
            | Self::NotListening { .. }
            | Self::NotStarted { .. }
            | Self::Closed { .. }
            | Self::Said { .. }
            | Self::Unfit { .. }
            | Self::Host { .. } => false,
        }
    }

    /// The sentence, with what the operating system said where that is not in it.
    pub fn whole(&self) -> String {
        match std::error::Error::source(self) {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }

    /// Whether only the answer is missing, over a connection that is still there.
    pub fn is_late(&self) -> bool {
        matches!(self, Self::Unanswered { .. })
    }

    /// Whether the connection is over, and nothing was said of the thing that was asked.
    pub fn is_of_connection(&self) -> bool {
        matches!(self, Self::Closed { .. } | Self::Interrupted { .. })
    }
}

impl fmt::Display for TmuxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => {
                out.write_str("tmux is not installed; install it with `apt install tmux`")
            }
            Self::TooOld { found, least } => write!(
                out,
                "tmux {found} is too old, {least} or newer is needed; `apt install tmux` gets it from \
                 Debian 12 or Ubuntu 24.04 on; elsewhere build one from \
                 https://github.com/tmux/tmux and put it first on the PATH"
            ),
            Self::NotListening { socket } => {
                write!(out, "no tmux server listens on {}", socket.display())
            }
            Self::NotStarted { socket, why } => {
                write!(out, "start a tmux server on {}: {why}", socket.display())
            }
            Self::Unanswered { attempt, within } => {
                write!(out, "{attempt}: tmux did not answer within {} s", within.as_secs())
            }
            Self::Closed { attempt } => {
                write!(out, "{attempt}: not asked, the connection to tmux is closed")
            }
            Self::Interrupted { attempt } => {
                write!(out, "{attempt}: the connection to tmux ended before the reply")
            }
            Self::Said { attempt, text } => write!(out, "{attempt}: tmux says: {text}"),
            Self::Unreadable { attempt, text } => {
                write!(out, "{attempt}: cannot read the reply of tmux: {text:?}")
            }
            Self::Unfit { attempt, why } => write!(out, "{attempt}: {why}"),
            Self::Host { attempt, .. } => out.write_str(attempt),
        }
    }
}

impl std::error::Error for TmuxError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Host { source, .. } => Some(source),
            Self::Missing
            | Self::TooOld { .. }
            | Self::NotListening { .. }
            | Self::NotStarted { .. }
            | Self::Unanswered { .. }
            | Self::Closed { .. }
            | Self::Interrupted { .. }
            | Self::Said { .. }
            | Self::Unreadable { .. }
            | Self::Unfit { .. } => None,
        }
    }
}
