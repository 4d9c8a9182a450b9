//! The panes on our tmux socket, asked without a supervisor. A failed question is an error, never an
//! empty list.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::local::LocalError;
use crate::places::Places;
use crate::wire::ErrorCode;

/// A server that needs longer for a list is stuck.
const TMUX_DEADLINE: Duration = Duration::from_secs(3);

/// One line a pane; what may hold anything comes last. No tabs: tmux writes `_` for them to a
/// client without a UTF-8 locale.
const FORMAT: &str = "#{pane_id}|#{pane_pid}|#{pane_dead}|#{pane_dead_status}|\
                      #{@mosaic_role}|#{@mosaic_agent}|#{session_name}";

/// A pane that is not one of our own (`hub`, `view`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// `%N`.
    pub pane: String,
    /// Its first process.
    pub pid: u32,
    /// How it ended, when it did: tmux's status, empty when it does not say.
    pub dead: Option<String>,
    /// The agent whose mark it bears.
    pub agent: Option<String>,
    /// tmux's name for its session.
    pub session: String,
}

/// Every pane that may concern somebody, each once, in the order of tmux.
pub fn panes(places: &Places) -> Result<Vec<Found>, LocalError> {
    if !places.tmux().exists() {
        return Ok(Vec::new());
    }
    let mut found: Vec<Found> = Vec::new();
    for pane in asked(places, &["list-panes", "-a", "-F", FORMAT])?.lines().filter_map(read) {
        // A window that is linked into two sessions is listed twice.
        if !found.iter().any(|known| known.pane == pane.pane) {
            found.push(pane);
        }
    }
    Ok(found)
}

fn read(line: &str) -> Option<Found> {
    let mut fields = line.splitn(7, '|');
    let mut field = || fields.next();
    let (pane, pid, dead, status) = (field()?, field()?, field()?, field()?);
    let (role, agent, session) = (field()?, field()?, field()?);
    role.is_empty().then_some(())?;
    Some(Found {
        pane: pane.to_owned(),
        pid: pid.parse().ok()?,
        dead: (dead == "1").then(|| status.to_owned()),
        agent: (!agent.is_empty()).then(|| agent.to_owned()),
        session: session.to_owned(),
    })
}

/// Asks the tmux server, if one listens; nothing is the answer of nobody.
pub(super) fn asked(places: &Places, words: &[&str]) -> Result<String, LocalError> {
    let failed = |why: String| {
        let message = format!("ask tmux on {}: {why}", places.tmux().display());
        LocalError::said(ErrorCode::Failed, message, "`mosaic fleet up` starts the supervisor")
    };
    // `timeout` is no part of this: the thread gives up, the child ends with its pipe.
    #[expect(clippy::disallowed_methods, reason = "looks at the tmux server where nobody else can")]
    let spawned = Command::new("tmux")
        .args(["-u", "-N", "-S"])
        .arg(places.tmux())
        .args(words)
        .env_remove("TMUX")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            return Err(LocalError::said(
                ErrorCode::Missing,
                "no `tmux` in PATH".to_owned(),
                "`apt install tmux` brings it",
            ));
        }
        Err(why) => return Err(failed(why.to_string())),
    };
    let (done, wait) = std::sync::mpsc::sync_channel(1);
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
    let output = (child.stdout.take(), child.stderr.take());
    std::thread::spawn(move || {
        let text = output.0.map(std::io::read_to_string);
        let errors = output.1.map(std::io::read_to_string);
        // Not reaped before this is sent, so that the pid is still this child's.
        drop(done.send((text, errors)));
    });
    let read = wait.recv_timeout(TMUX_DEADLINE);
    if read.is_err() {
        // Gone already is as good.
        let _gone = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
    }
    let status = child.wait().map_err(|why| failed(why.to_string()))?;
    match read {
        Err(_) => Err(failed(format!("no answer within {} s", TMUX_DEADLINE.as_secs()))),
        Ok((Some(Ok(text)), _)) if status.success() => Ok(text),
        Ok((_, Some(Ok(why)))) if is_nobody(&why) => Ok(String::new()),
        Ok((_, Some(Ok(why)))) => Err(failed(why.trim().to_owned())),
        Ok(_) => Err(failed(format!("it ended with {status}"))),
    }
}

/// What tmux says when nothing listens on its socket, or when it has no session.
fn is_nobody(why: &str) -> bool {
    why.contains("no server running")
        || why.contains("No such file")
        || why.contains("Connection refused")
}
