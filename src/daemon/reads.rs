//! What can be read without asking the dispatcher: rows, explanations, events; changes nothing.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::timeout;

use super::Snapshot;
use super::api::{Answering, ApiError, Reads};
use super::hands::{Hands, lock};
use super::units::Units;
use crate::clock;
use crate::fleet::{
    Agent, AgentName, BootCell, DriftCell, Fleet, Moment, ProcessCell, Roster, Row, Seen, SeenPane,
    Shown, explain, row, unmanaged_row,
};
use crate::host::journal::{Filter, Journal, StoredEvent};
use crate::host::process::{Table, Trees};
use crate::host::systemd::{self, BootReadiness};
use crate::host::tmux;
use crate::places;
use crate::roster::{self, Source};
use crate::wire::{
    ErrorCode, EventRecord, ExplainReply, PsReply, SCHEMA_VERSION, SupervisorStatus,
};

/// Rows may be this old; a second look within it costs nothing.
const FRESH_FOR: Duration = Duration::from_millis(25);

/// A list of panes that does not come by then is left out: what is ours comes from the journal.
const PANES_WITHIN: Duration = Duration::from_secs(1);

/// From a commit to the snapshot that holds it, a turn of the dispatcher passes.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(1);

/// From a death to its event: its record on the disk, its last words from tmux, the journal's sync.
/// Past this the hands are stuck, and the rows say what the journal knows.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

/// Processor time is measured over at least this long.
const CPU_OVER: Duration = Duration::from_millis(200);

/// Events that an explanation shows.
const EVENTS_SHOWN: usize = 10;

/// The reader.
pub struct Reader {
    hands: Arc<Hands>,
    journal: Journal,
    units: watch::Receiver<Units>,
    since_ms: u64,
    looked: Mutex<Looked>,
}

/// What was seen of the host at the last look.
#[derive(Default)]
struct Looked {
    at: Option<Instant>,
    table: Option<Arc<Table>>,
    trees: Trees,
    /// First processes of panes that are not ours.
    unmanaged: BTreeSet<u32>,
    cpu: HashMap<u32, (u64, Instant, Option<f64>)>,
    unit_of: HashMap<u32, Option<String>>,
}

impl Reader {
    /// A reader of this supervisor, which has run since then.
    pub fn new(
        hands: Arc<Hands>,
        journal: Journal,
        units: watch::Receiver<Units>,
        since_ms: u64,
    ) -> Self {
        Self { hands, journal, units, since_ms, looked: Mutex::new(Looked::default()) }
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.hands.snapshots.borrow().clone()
    }

    /// The snapshot that holds all events which anybody can have read by now: who asks for a row
    /// because of an event finds that event in it.
    async fn caught_up(&self) -> Arc<Snapshot> {
        let head = *self.journal.head().borrow();
        let mut snapshots = self.hands.snapshots.clone();
        let waited = timeout(CAUGHT_UP_WITHIN, snapshots.wait_for(|seen| seen.seq >= head)).await;
        match waited {
            Ok(Ok(snapshot)) => Arc::clone(&snapshot),
            // Old news with an honest seq, from a supervisor that leaves or hangs.
            Ok(Err(_)) | Err(_) => self.snapshot(),
        }
    }

    /// The processes of the agents and of unmanaged panes, at most [`FRESH_FOR`] old.
    fn table(&self, fleet: &Fleet) -> Option<Arc<Table>> {
        let mut looked = lock(&self.looked);
        let agents = fleet.in_order().filter_map(|agent| agent.session.as_ref()?.pid);
        let roots = agents.chain(looked.unmanaged.iter().copied()).collect();
        let fresh = looked.at.is_some_and(|at| at.elapsed() < FRESH_FOR);
        if !fresh || !looked.trees.hold(&roots) {
            looked.table = looked.trees.look(roots).ok().map(Arc::new);
            looked.at = Some(clock::instant());
        }
        looked.table.clone()
    }

    fn process(&self, table: Option<&Table>, pid: u32) -> Option<ProcessCell> {
        let usage = table?.usage(pid)?;
        let now = clock::instant();
        let mut looked = lock(&self.looked);
        let last = looked.cpu.get(&pid).copied();
        let (cpu_percent, noted) = match last {
            Some((cpu_ms, at, _)) if now.duration_since(at) >= CPU_OVER => {
                let spent = usage.cpu_ms.saturating_sub(cpu_ms);
                let over_ms = now.duration_since(at).as_secs_f64() * 1000.0;
                let spent = u32::try_from(spent).unwrap_or(u32::MAX);
                let percent = Some((f64::from(spent) * 1000.0 / over_ms).round() / 10.0);
                (percent, (usage.cpu_ms, now, percent))
            }
            Some(noted) => (noted.2, noted),
            None => (None, (usage.cpu_ms, now, None)),
        };
        looked.cpu.insert(pid, noted);
        Some(ProcessCell {
            state: usage.state.to_string(),
            cpu_percent,
            cpu_ms: usage.cpu_ms,
            memory_bytes: usage.memory_bytes,
            count: usage.count,
        })
    }

    /// The unit of ours whose control group holds a process; it stays where it was born.
    fn unit_of(&self, pid: u32) -> Option<String> {
        let mut looked = lock(&self.looked);
        let find =
            || systemd::unit_of(pid).ok().flatten().filter(|unit| unit.starts_with("mosaic-"));
        looked.unit_of.entry(pid).or_insert_with(find).clone()
    }

    /// What was noted of processes and panes that are gone.
    fn forget_gone(&self, table: &Table, fleet: &Fleet) {
        let panes: BTreeSet<u32> =
            fleet.in_order().filter_map(|agent| Some(agent.pane.as_ref()?.pid)).collect();
        let mut looked = lock(&self.looked);
        looked.cpu.retain(|pid, _| table.has(*pid));
        looked.unit_of.retain(|pid, _| panes.contains(pid));
    }

    fn seen(&self, agent: &Agent, table: Option<&Table>, boot: &BootReadiness) -> Seen {
        let pid = agent.session.as_ref().and_then(|session| session.pid);
        let unit = agent.pane.as_ref().and_then(|pane| self.unit_of(pane.pid));
        let unit = match &agent.pane {
            Some(_) => self.units.borrow().cell(unit.as_deref()),
            None => match &*self.units.borrow() {
                Units::NoManager => Units::NoManager.cell(None),
                Units::NotAsked | Units::Unknown(_) | Units::Listed(_) => {
                    crate::fleet::UnitCell { name: None, state: "n/a".to_owned() }
                }
            },
        };
        Seen {
            process: pid.and_then(|pid| self.process(table, pid)),
            unit,
            boot: self.boot_cell(agent, boot),
            drift: drift_of(agent),
        }
    }

    fn boot_cell(&self, agent: &Agent, boot: &BootReadiness) -> BootCell {
        let wanted = agent.definition.boot && agent.in_roster;
        let (effective, missing) = match (wanted, self.hands.places.moved) {
            (false, _) => (Some(false), Vec::new()),
            (true, true) => {
                let why = "MOSAIC_HOME moves this fleet, and units are only enabled for the one \
                           in the home directory";
                (Some(false), vec![why.to_owned()])
            }
            (true, false) => (boot.effective(), boot.missing.clone()),
        };
        BootCell { wanted, effective, missing }
    }

    fn readiness(&self) -> BootReadiness {
        systemd::boot(&self.hands.places)
    }

    fn agent_row(&self, snapshot: &Snapshot, agent: &Agent, now: Moment) -> Row {
        let table = self.table(&snapshot.fleet);
        let seen = self.seen(agent, table.as_deref(), &self.readiness());
        let beat = snapshot.beats.get(&agent.definition.name).copied().unwrap_or_default();
        row(&snapshot.fleet, agent, &beat, now, seen)
    }

    async fn unmanaged(&self, fleet: &Fleet) -> Vec<SeenPane> {
        let Some(tmux) = self.hands.tmux() else { return Vec::new() };
        // A pane of an agent that is just being made or closed is no stranger.
        let names: BTreeSet<&str> =
            fleet.in_order().map(|agent| agent.definition.name.as_str()).collect();
        let asked = tmux.panes_beside(|name| names.contains(name));
        let Ok(Ok(mut panes)) = timeout(PANES_WITHIN, asked).await else { return Vec::new() };
        panes.retain(|pane| {
            let held = |agent: &Agent| agent.pane.as_ref().is_some_and(|own| own.id == pane.id);
            let named = pane.agent.as_deref().is_some_and(|name| names.contains(name));
            pane.role.is_none() && !named && !fleet.in_order().any(held)
        });
        lock(&self.looked).unmanaged = panes.iter().map(|pane| pane.pid).collect();
        panes
    }

    /// The fleet, once it has heard of every death that the kernel shows: what has died is not
    /// shown alive, however busy the host is.
    async fn heard(&self) -> Arc<Snapshot> {
        drop(self.caught_up().await);
        let mut snapshots = self.hands.snapshots.clone();
        let heard = async {
            loop {
                let snapshot = snapshots.borrow_and_update().clone();
                let table = self.table(&snapshot.fleet);
                let is_gone = |agent: &Agent| {
                    let pid = agent.session.as_ref().and_then(|session| session.pid);
                    pid.zip(table.as_deref()).is_some_and(|(pid, table)| !table.lives(pid))
                };
                if !snapshot.fleet.in_order().any(is_gone) {
                    return snapshot;
                }
                // Or the list of processes is older than the process.
                drop(timeout(FRESH_FOR, snapshots.changed()).await);
            }
        };
        timeout(HEARD_WITHIN, heard).await.unwrap_or_else(|_| self.snapshot())
    }

    async fn rows(&self) -> PsReply {
        let snapshot = self.heard().await;
        let unmanaged = self.unmanaged(&snapshot.fleet).await;
        let (table, boot, now) = (self.table(&snapshot.fleet), self.readiness(), clock::now());
        let mut rows: Vec<Row> = snapshot
            .fleet
            .in_order()
            .map(|agent| {
                let seen = self.seen(agent, table.as_deref(), &boot);
                let beat = snapshot.beats.get(&agent.definition.name).copied().unwrap_or_default();
                row(&snapshot.fleet, agent, &beat, now, seen)
            })
            .collect();
        rows.extend(unmanaged.iter().map(|pane| {
            unmanaged_row(&snapshot.fleet, pane, self.process(table.as_deref(), pane.pid))
        }));
        if let Some(table) = &table {
            self.forget_gone(table, &snapshot.fleet);
        }
        PsReply {
            schema_version: SCHEMA_VERSION,
            as_of_seq: snapshot.seq,
            supervisor: Some(self.status()),
            rows,
        }
    }

    async fn explained(&self, name: &AgentName) -> Result<ExplainReply, ApiError> {
        let snapshot = self.caught_up().await;
        let Some(agent) = snapshot.fleet.agent(name) else {
            return Err(ApiError::no_such_agent(name.as_str(), &snapshot.fleet));
        };
        let now = clock::now();
        let row = self.agent_row(&snapshot, agent, now);
        let beat = snapshot.beats.get(name).copied().unwrap_or_default();
        let evidence = explain(&Shown { agent, beat: &beat, row: &row, now });
        let events = self.journal.last_of(name.as_str(), EVENTS_SHOWN).await;
        let events = events.map_err(|error| ApiError::new(ErrorCode::Failed, error.to_string()))?;
        Ok(ExplainReply {
            as_of_seq: snapshot.seq,
            address: format!("{name}@{}/{}", row.host, row.tenant),
            row,
            evidence,
            last_words: agent.last_words.clone(),
            events: events.into_iter().map(record).collect(),
        })
    }
}

/// How what runs differs from the roster.
fn drift_of(agent: &Agent) -> Vec<DriftCell> {
    if !agent.in_roster {
        let (field, wanted, running) = ("agent".into(), "not in the roster".into(), "runs".into());
        return vec![DriftCell { field, wanted, running }];
    }
    let Some(running) = agent.running_as.as_ref().filter(|_| agent.session.is_some()) else {
        return Vec::new();
    };
    let drift = roster::drift(&agent.definition, running);
    drift
        .into_iter()
        .map(|drift| DriftCell { field: drift.field, wanted: drift.wanted, running: drift.running })
        .collect()
}

fn record(event: StoredEvent) -> EventRecord {
    EventRecord {
        seq: event.seq,
        id: event.id,
        ts_ms: event.at.wall_ms,
        tenant: event.tenant_label,
        host: event.host_label,
        agent: event.agent,
        session: event.session,
        kind: event.kind,
        schema_version: event.schema_version,
        actor: event.actor,
        cause: event.cause,
        traceparent: event.traceparent,
        payload: event.payload,
    }
}

impl Reads for Reader {
    fn status(&self) -> SupervisorStatus {
        let snapshot = self.snapshot();
        let systemd = systemd::notify::kept_by_systemd();
        SupervisorStatus {
            schema_version: SCHEMA_VERSION,
            tenant: snapshot.fleet.tenant.label.clone(),
            host: snapshot.fleet.host.label.clone(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            since_ms: self.since_ms,
            kept_by: if systemd { "systemd" } else { "detached" }.to_owned(),
            tmux_socket: self.hands.places.tmux().display().to_string(),
            tmux: self.hands.tmux_state(),
            roster: snapshot.fleet.roster_path.clone(),
            head_seq: snapshot.seq,
        }
    }

    fn ps(&self) -> Answering<'_, PsReply> {
        Box::pin(self.rows())
    }

    fn row(&self, agent: &AgentName) -> Answering<'_, Result<Row, ApiError>> {
        let name = agent.clone();
        Box::pin(async move {
            let snapshot = self.caught_up().await;
            match snapshot.fleet.agent(&name) {
                Some(agent) => Ok(self.agent_row(&snapshot, agent, clock::now())),
                None => Err(ApiError::no_such_agent(name.as_str(), &snapshot.fleet)),
            }
        })
    }

    fn explain(&self, agent: &AgentName) -> Answering<'_, Result<ExplainReply, ApiError>> {
        let name = agent.clone();
        Box::pin(async move { self.explained(&name).await })
    }

    fn events(
        &self,
        after: u64,
        limit: usize,
        agent: Option<String>,
        kinds: Vec<String>,
    ) -> Answering<'_, Result<Vec<EventRecord>, String>> {
        Box::pin(async move {
            let filter = Filter { agent, kinds };
            let events = self.journal.read(after, limit, &filter).await;
            events
                .map(|events| events.into_iter().map(record).collect())
                .map_err(|error| error.to_string())
        })
    }

    fn head(&self) -> watch::Receiver<u64> {
        self.journal.head()
    }

    fn read_roster(&self, path: &str) -> Result<(Roster, Vec<String>), ApiError> {
        read_roster(Path::new(path))
    }

    fn drift_fields(&self, agent: &AgentName) -> Vec<String> {
        let snapshot = self.snapshot();
        let drift = snapshot.fleet.agent(agent).map(drift_of).unwrap_or_default();
        drift.into_iter().map(|drift| drift.field).collect()
    }

    fn attach_argv(&self, tmux_session: &str) -> Vec<String> {
        tmux::attach_argv(&self.hands.places.tmux(), tmux_session)
    }
}

/// Reads and checks a roster file, all mistakes at once.
pub fn read_roster(path: &Path) -> Result<(Roster, Vec<String>), ApiError> {
    let file = path.display().to_string();
    let text = std::fs::read(path).map_err(|error| {
        ApiError::new(ErrorCode::WrongRoster, format!("read roster {file}: {error}"))
            .hint("`mosaic fleet init --write` makes one")
    })?;
    let home =
        places::home().map_err(|error| ApiError::new(ErrorCode::Failed, error.to_string()))?;
    let source = Source { text: &text, file: &file, home: &home, is_directory: &Path::is_dir };
    match roster::read(&source) {
        Ok(checked) => {
            let warnings = checked.warnings.iter().map(ToString::to_string).collect();
            Ok((checked.roster, warnings))
        }
        Err(mistakes) => {
            let count = mistakes.len();
            let message = format!("the roster {file} has {count} mistakes; nothing was changed");
            Err(ApiError::new(ErrorCode::WrongRoster, message)
                .hint(format!("`mosaic fleet check {file}` shows each in its place"))
                .details(mistakes.iter().map(ToString::to_string).collect()))
        }
    }
}
