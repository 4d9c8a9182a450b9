//! What a start depends on and what it takes: the words that all adapters share.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::fleet::{Address, Conversation, Definition, SessionId};

/// Everything that a start depends on.
#[derive(Debug, Clone, Copy)]
pub struct LaunchAsked<'a> {
    /// What the roster says.
    pub definition: &'a Definition,
    /// Whose life it is.
    pub address: &'a Address,
    /// The new life.
    pub session: &'a SessionId,
    /// What its channels must show.
    pub token: &'a str,
    /// The conversation to begin or to go on with.
    pub conversation: &'a Conversation,
    /// The socket of panes and runtimes.
    pub guest_socket: &'a Path,
    /// Where hooks leave what they have to say while no supervisor listens.
    pub spool: &'a Path,
    /// A directory for files that the runtime reads; ours to write.
    pub files: &'a Path,
    /// The installed `mosaic`.
    pub mosaic: &'a Path,
    /// The trace that asked for the start.
    pub traceparent: Option<&'a str>,
    /// The home directory of the tenant.
    pub home: &'a Path,
    /// Where `MOSAIC_HOME` moved the fleet to, if it did: `mosaic` inside the agent is about its own
    /// fleet.
    pub moved_to: Option<&'a Path>,
    /// The name of the tenant in passwd.
    pub user: &'a str,
}

/// How to start an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Program, by its absolute path, and arguments; no shell reads them.
    pub argv: Vec<String>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    /// The working directory.
    pub cwd: PathBuf,
    /// The id that the conversation will have.
    pub conversation: String,
    /// Whether an earlier conversation goes on.
    pub resumes: bool,
}

/// Why an agent cannot be started.
#[derive(Debug)]
pub enum LaunchError {
    /// The program is not where it was looked for.
    ProgramMissing {
        /// What was looked for.
        program: String,
        /// Where: the `PATH` that the agent would have.
        path: String,
        /// How it is installed, where that is known.
        install: Option<&'static str>,
    },
    /// The roster gives no program.
    NoCommand,
    /// The workspace is not a directory.
    Workspace(PathBuf),
    /// A value of the environment cannot be had.
    Variable {
        /// The variable.
        name: String,
        /// Its file, when it comes from one.
        file: Option<PathBuf>,
        /// Why not.
        why: String,
    },
    /// An argument of the roster would take the runtime out of the supervisor's hands.
    Argument {
        /// The argument.
        argument: String,
        /// Why, and what to do instead.
        why: &'static str,
    },
    /// A file for the runtime cannot be written.
    Files {
        /// Which.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

impl fmt::Display for LaunchError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProgramMissing { program, path, install } => {
                write!(out, "find program `{program}`: it is not in {path}; ")?;
                if let Some(install) = install {
                    write!(out, "install it with `{install}`, or ")?;
                }
                write!(out, "give its whole path as `command` in the roster")
            }
            Self::NoCommand => {
                write!(out, "start a `command` runtime without a program: set `command`")
            }
            Self::Workspace(path) => {
                let path = path.display();
                write!(
                    out,
                    "enter workspace {path}: it is not a directory; make it, or change `workspace`"
                )
            }
            Self::Variable { name, file: Some(file), why } => {
                write!(out, "read the value of {name} from {}: {why}", file.display())
            }
            Self::Variable { name, file: None, why } => write!(out, "set {name}: {why}"),
            Self::Argument { argument, why } => write!(out, "start with `{argument}`: {why}"),
            Self::Files { path, error } => write!(out, "write {}: {error}", path.display()),
        }
    }
}

impl std::error::Error for LaunchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The text above holds it already.
        None
    }
}
