//! From GO to the agent's own program: a child that first takes the terminal, then becomes it.
//!
//! The child is this program again, because only a process itself can leave its group for a new
//! one, put that group in the foreground and go on under the same pid, without a moment in which
//! the agent's program runs in the background. Its environment is the agent's from the start, so
//! no secret ever stands in arguments. It reports a failed exec through a pipe in place of its
//! standard input; the pipe closes by itself when the exec succeeds.

use std::ffi::OsString;
use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{Pid, dup2_stdin, getpid, tcsetpgrp};

use crate::protocol::{Pair, RecordPlan};

/// The word after `pane-exec` by which the child knows itself.
pub const BECOME: &str = "--become";

/// A report is one sentence.
const REPORT_BYTES_MAX: usize = 4096;

/// What GO asks for.
#[derive(Debug)]
pub struct Go {
    /// The id of the new session.
    pub session: String,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Its working directory.
    pub cwd: String,
    /// Its whole environment; holds secrets, so it is dropped as soon as the child has it.
    pub env: Vec<Pair>,
    /// The soft limit of open files.
    pub files: Option<u64>,
    /// How its output is recorded, if it is.
    pub output: Option<RecordPlan>,
}

/// In place of a limit that nobody set.
const UNSET: &str = "-";

/// A child on its way to becoming the agent.
#[derive(Debug)]
pub struct Launch {
    report: PipeReader,
    said: Vec<u8>,
}

/// What is known of a child's way.
#[derive(Debug, PartialEq, Eq)]
pub enum Way {
    /// It has not reached its exec.
    Open,
    /// It is the agent now.
    Became,
    /// It could not: why.
    Failed(String),
}

impl Launch {
    /// Starts the child, in a process group of its own.
    pub fn start(go: &Go) -> io::Result<(Pid, Self)> {
        let (report, reporter) = io::pipe()?;
        let files = go.files.map_or_else(|| UNSET.to_owned(), |files| files.to_string());
        fcntl(report.as_fd(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        #[expect(clippy::disallowed_methods, reason = "the one place where a pane starts a child")]
        let child = Command::new("/proc/self/exe")
            .arg0("mosaic")
            .args(["pane-exec", BECOME, &files, &go.cwd])
            .args(&go.argv)
            .env_clear()
            .envs(go.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::from(reporter))
            .process_group(0)
            .spawn()?;
        let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
        Ok((Pid::from_raw(pid), Self { report, said: Vec::new() }))
    }

    /// Where its report comes from.
    pub fn report(&self) -> &PipeReader {
        &self.report
    }

    /// Reads what it has reported.
    pub fn way(&mut self) -> Way {
        let mut chunk = [0; REPORT_BYTES_MAX];
        loop {
            match self.report.read(&mut chunk) {
                Ok(0) if self.said.is_empty() => return Way::Became,
                Ok(0) => return Way::Failed(String::from_utf8_lossy(&self.said).into_owned()),
                Ok(count) if self.said.len() < REPORT_BYTES_MAX => {
                    self.said.extend_from_slice(&chunk[..count]);
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Way::Open,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Way::Failed(format!("read the child's report: {error}")),
            }
        }
    }
}

/// The child's side: takes the terminal, enters the directory, becomes the program.
pub fn become_agent(words: &[OsString]) -> ExitCode {
    // Duplicated with close-on-exec, so that a successful exec closes it.
    let Ok(reporter) = io::stdin().as_fd().try_clone_to_owned() else {
        return ExitCode::from(127);
    };
    let why = match prepare() {
        Ok(()) => try_become(words),
        Err(error) => format!("give the agent its terminal: {error}"),
    };
    // The parent reads until the end; without it nobody is left to tell.
    let _told = std::fs::File::from(reporter).write_all(why.as_bytes());
    ExitCode::from(127)
}

/// Standard input becomes the terminal again, and our group its foreground.
fn prepare() -> io::Result<()> {
    let terminal = io::stdout();
    dup2_stdin(&terminal)?;
    if io::IsTerminal::is_terminal(&terminal) {
        // From the background: every signal is still blocked, so SIGTTOU does not stop us.
        tcsetpgrp(&terminal, getpid())?;
    }
    default_ignored_signals()?;
    // The mask outlives an exec. A stop that was asked for in the meantime ends us here.
    Ok(SigSet::empty().thread_set_mask()?)
}

/// tmux ignores some signals and every pane inherits that. An exec keeps what is ignored and gives
/// what is caught its default back: so what is ignored is caught until then.
fn default_ignored_signals() -> io::Result<()> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    let ignored = u64::from_str_radix(ignored.trim(), 16).unwrap_or(0);
    for signal in Signal::iterator().filter(|signal| ignored & (1 << (*signal as i32 - 1)) != 0) {
        signal_hook::flag::register(signal as i32, Arc::default())?;
    }
    Ok(())
}

/// The supervisor raises its own limit, and the tmux server that it starts inherits that. A program
/// that closes every descriptor that it might have must not go through a million of them.
fn limit_files(files: &OsString) -> io::Result<()> {
    let Some(soft) = files.to_str().and_then(|files| files.parse().ok()) else { return Ok(()) };
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, hard.min(soft), hard)?)
}

/// Returns only when it failed: why.
fn try_become(words: &[OsString]) -> String {
    let [files, directory, program, arguments @ ..] = words else {
        return "start the agent: GO names no program".to_owned();
    };
    if let Err(error) = limit_files(files) {
        return format!("limit its open files to {}: {error}", files.display());
    }
    if let Err(error) = std::env::set_current_dir(directory) {
        return format!("enter {}: {error}", Path::new(directory).display());
    }
    // A program without a slash is looked for on the PATH of the agent's own environment.
    #[expect(clippy::disallowed_methods, reason = "the one place where a pane becomes an agent")]
    let error = Command::new(program).args(arguments).exec();
    let path = std::env::var("PATH").unwrap_or_default();
    let looked = if program.to_string_lossy().contains('/') {
        String::new()
    } else {
        format!(" (PATH is {path:?})")
    };
    format!("run {}: {error}{looked}", Path::new(program).display())
}
