//! What can be seen without a supervisor: panes and processes, never health. It changes nothing.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::LocalError;
use crate::places::{self, Places};
use crate::wire::message::SCHEMA_VERSION;
use crate::wire::{ActivityCell, BootCell, ErrorCode, PaneCell, PsReply, Row, UnitCell};

/// A server that needs longer for a list is stuck.
const TMUX_DEADLINE: Duration = Duration::from_secs(3);

/// Why nobody can say whether an agent is healthy.
const REASON: &str = "no supervisor: seen by direct probing";

/// One line a pane; what may hold anything comes last. No tabs: tmux writes `_` for them to a
/// client without a UTF-8 locale.
const FORMAT: &str = "#{pane_id}|#{pane_pid}|#{pane_dead}|#{pane_dead_status}|\
                      #{@mosaic_role}|#{@mosaic_agent}|#{session_name}";

/// The rows of what runs on our tmux socket.
pub fn probe(places: &Places) -> Result<PsReply, LocalError> {
    let host = nix::unistd::gethostname()
        .map_or_else(|_| "unknown".to_owned(), |name| name.to_string_lossy().into_owned());
    let listed = if places.tmux().exists() { panes(places)? } else { String::new() };
    // A window that is linked into two sessions is listed twice.
    let mut rows = BTreeMap::new();
    for line in listed.lines() {
        if let Some((pane, row)) = row(line, &host) {
            rows.entry(pane).or_insert(row);
        }
    }
    let rows = rows.into_values().collect();
    let (supervisor, incomplete) = (None, Vec::new());
    Ok(PsReply { schema_version: SCHEMA_VERSION, as_of_seq: 0, supervisor, rows, incomplete })
}

/// Asks the tmux server, if one listens. A failed question is an error, never an empty list.
fn panes(places: &Places) -> Result<String, LocalError> {
    let failed = |why: String| {
        let message = format!("ask tmux on {}: {why}", places.tmux().display());
        LocalError::said(ErrorCode::Failed, message, "`mosaic fleet up` starts the supervisor")
    };
    // `timeout` is no part of this: the thread gives up, the child ends with its pipe.
    #[expect(clippy::disallowed_methods, reason = "looks at the tmux server where nobody else can")]
    let spawned = Command::new("tmux")
        .args(["-u", "-N", "-S"])
        .arg(places.tmux())
        .args(["list-panes", "-a", "-F", FORMAT])
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

/// One pane; our own sessions (`hub`, `view`) are no agents.
fn row(line: &str, host: &str) -> Option<(String, Row)> {
    let mut fields = line.splitn(7, '|');
    let mut field = || fields.next();
    let (pane, pid, dead, status) = (field()?, field()?, field()?, field()?);
    let (role, agent, session) = (field()?, field()?, field()?);
    if !role.is_empty() {
        return None;
    }
    let managed = !agent.is_empty();
    let is_dead = dead == "1";
    let first: u32 = pid.parse().ok()?;
    // In a pane of ours the first process is pane-exec, and the agent its child.
    let running = match (is_dead, managed) {
        (true, _) => None,
        (false, true) => child_of(first),
        (false, false) => Some(first),
    };
    let lifecycle = if running.is_some() { "running" } else { "unknown" };
    let exit = (is_dead && !status.is_empty()).then(|| format!("code {status}"));
    let row = Row {
        tenant: places::user_name(),
        host: host.to_owned(),
        agent: if managed { agent } else { session }.to_owned(),
        managed,
        role: None,
        role_description: None,
        runtime: None,
        adapter: None,
        wanted: None,
        lifecycle: lifecycle.to_owned(),
        lifecycle_detail: Some(REASON.to_owned()),
        health: "unknown".to_owned(),
        health_reason: Some(REASON.to_owned()),
        pid: running,
        session: None,
        pane: Some(PaneCell { id: pane.to_owned(), alive: Some(running.is_some()), exit }),
        unit: UnitCell { name: None, state: "unknown".to_owned() },
        process: None,
        activity: ActivityCell::unknown(),
        heartbeat: None,
        drift: Vec::new(),
        boot: BootCell { wanted: false, effective: None, missing: Vec::new() },
        inbox: 0,
        attached: None,
        limits: None,
        labels: [].into(),
    };
    Some((pane.to_owned(), row))
}

fn child_of(pid: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}
