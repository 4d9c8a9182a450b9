//! What can be seen without a supervisor: panes, processes, the roster; never health. It changes
//! nothing.

mod panes;
mod screen;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::LocalError;
use crate::fleet::{Definition, ProcessCell, Roster, describe};
use crate::host::process::{self, Table, Trees};
use crate::places::{self, Places};
use crate::roster::{self, Source};
use crate::wire::message::SCHEMA_VERSION;
use crate::wire::{ActivityCell, BootCell, PaneCell, PsReply, Row, UnitCell};
use panes::Found;

pub use screen::{ProbedScreen, screen};

/// Why nobody can say whether an agent is healthy.
const REASON: &str = "no supervisor: seen by direct probing";

/// Why nobody can say whether an agent without a pane runs.
const NO_PANE: &str = "no supervisor: the roster names it, and our tmux socket has no pane of it";

/// Why not even its pane is known.
const NOT_ASKED: &str = "no supervisor: the roster names it, and our tmux server did not answer";

/// Whether a supervisor runs, by its lock: a connection would have systemd start one.
pub fn has_supervisor(places: &Places) -> bool {
    process::holder(&places.lock()).is_ok_and(|holder| holder.is_some())
}

/// The rows of what runs on our tmux socket, and of the agents that the usual roster names. A tmux
/// server that does not answer is an error where there is no roster either.
pub fn probe(places: &Places) -> Result<PsReply, LocalError> {
    let roster = usual(places);
    let (found, incomplete) = match panes::panes(places) {
        Ok(found) => (Some(found), Vec::new()),
        Err(error) if roster.agents.is_empty() => return Err(error),
        Err(error) => (None, vec![format!("sessions are not shown: {error}")]),
    };
    let mut rows = rows(&roster.agents, found.as_deref());
    for row in &mut rows {
        row.tenant = roster.tenant.clone().unwrap_or_else(places::user_name);
        row.host = roster.host.clone().unwrap_or_else(host_name);
    }
    let supervisor = None;
    Ok(PsReply { schema_version: SCHEMA_VERSION, as_of_seq: 0, supervisor, rows, incomplete })
}

/// The usual roster; an empty one where it cannot be read, since `fleet check` tells of that.
fn usual(places: &Places) -> Roster {
    let path = places.roster();
    let (Ok(text), Ok(home)) = (std::fs::read(&path), places::home()) else {
        return Roster::default();
    };
    let file = path.display().to_string();
    let source = Source { text: &text, file: &file, home: &home, is_directory: &Path::is_dir };
    roster::read(&source).map_or_else(|_| Roster::default(), |checked| checked.roster)
}

fn host_name() -> String {
    nix::unistd::gethostname()
        .map_or_else(|_| "unknown".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The agents in the order of the roster, then the marks of others, then what is not ours.
fn rows(named: &[Definition], found: Option<&[Found]>) -> Vec<Row> {
    let unasked = if found.is_some() { NO_PANE } else { NOT_ASKED };
    let found = found.unwrap_or_default();
    let running: Vec<(&Found, Option<u32>)> =
        found.iter().map(|pane| (pane, running(pane))).collect();
    let roots: BTreeSet<u32> = running.iter().filter_map(|(_, pid)| *pid).collect();
    let table = Trees::default().look(roots).ok();
    let pane_of = |name: &str| {
        let its = |(pane, _): &&(&Found, Option<u32>)| pane.agent.as_deref() == Some(name);
        running.iter().find(its)
    };
    let of_roster = named.iter().map(|definition| {
        let name = definition.name.as_str();
        let mut row = match pane_of(name) {
            Some((pane, pid)) => seen(pane, *pid, table.as_ref()),
            None => blank(name, true, unasked),
        };
        describe(&mut row, definition);
        row.boot.wanted = definition.boot;
        row
    });
    let is_named = |pane: &Found| {
        let agent = pane.agent.as_deref();
        agent.is_some_and(|name| named.iter().any(|definition| definition.name.as_str() == name))
    };
    let mut others: Vec<Row> = running
        .iter()
        .filter(|(pane, _)| !is_named(pane))
        .map(|(pane, pid)| seen(pane, *pid, table.as_ref()))
        .collect();
    others.sort_by_key(|row| !row.managed);
    of_roster.chain(others).collect()
}

/// The agent's own process, or a stranger's: in a pane of ours the first is pane-exec, and the agent
/// its child.
fn running(pane: &Found) -> Option<u32> {
    match (&pane.dead, &pane.agent) {
        (Some(_), _) => None,
        (None, Some(_)) => child_of(pane.pid),
        (None, None) => Some(pane.pid),
    }
}

fn child_of(pid: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

/// The row of a pane.
fn seen(pane: &Found, pid: Option<u32>, table: Option<&Table>) -> Row {
    let name = pane.agent.as_ref().unwrap_or(&pane.session);
    let exit = pane.dead.as_ref().filter(|status| !status.is_empty());
    Row {
        lifecycle: if pid.is_some() { "running" } else { "unknown" }.to_owned(),
        pid,
        pane: Some(PaneCell {
            id: pane.pane.clone(),
            alive: Some(pid.is_some()),
            exit: exit.map(|status| format!("code {status}")),
        }),
        process: pid.and_then(|pid| usage(table?, pid)),
        ..blank(name, pane.agent.is_some(), REASON)
    }
}

fn usage(table: &Table, pid: u32) -> Option<ProcessCell> {
    let usage = table.usage(pid)?;
    Some(ProcessCell {
        state: usage.state.to_string(),
        cpu_percent: None,
        cpu_ms: usage.cpu_ms,
        memory_bytes: usage.memory_bytes,
        count: usage.count,
    })
}

/// A row of which nothing is known but its name; whose it is, the caller says.
fn blank(name: &str, managed: bool, reason: &str) -> Row {
    Row {
        tenant: String::new(),
        host: String::new(),
        agent: name.to_owned(),
        managed,
        role: None,
        role_description: None,
        runtime: None,
        adapter: None,
        wanted: None,
        lifecycle: "unknown".to_owned(),
        lifecycle_detail: Some(reason.to_owned()),
        boot_failures: 0,
        health: "unknown".to_owned(),
        health_reason: Some(reason.to_owned()),
        pid: None,
        session: None,
        pane: None,
        unit: UnitCell { name: None, state: "unknown".to_owned() },
        process: None,
        activity: ActivityCell::unknown(),
        heartbeat: None,
        drift: Vec::new(),
        boot: BootCell { wanted: false, effective: None, missing: Vec::new() },
        inbox: 0,
        attached: None,
        keyboard: None,
        labels: BTreeMap::new(),
        limits: None,
    }
}
