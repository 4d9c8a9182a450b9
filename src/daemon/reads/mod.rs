//! What can be read without asking the dispatcher: rows, explanations, events; changes nothing.

mod look;
mod page;
mod roster_file;
mod rows;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use super::Snapshot;
use super::api::{Answering, ApiError, Form, Reads};
use super::hands::Hands;
use super::units::Units;
use crate::clock;
use crate::fleet::{
    Agent, AgentName, MessageId, Recorded, Refusal, Roster, Row, Shown, explain, rfc3339,
};
use crate::host::journal::{Filter, Journal, JournalError, StoredEvent};
use crate::host::systemd;
use crate::host::tmux::{self, Scrolled};
use crate::wire::{
    ErrorCode, EventRecord, ExplainReply, HistoryReply, SCHEMA_VERSION, SupervisorStatus,
};
use look::{FRESH_FOR, Look, is_gone};
use page::Pages;
pub use roster_file::read_roster;

/// From a commit to the snapshot that holds it, a turn of the dispatcher passes.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(1);

/// From a death to its event: its record on the disk, its last words from tmux, the journal's sync.
/// Past this the hands are stuck, and the rows say what the journal knows.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

/// All that one look at the fleet waits for, its turn among others included: half of the 5 s that a
/// client gives it, so that a busy host has the other half to make the rows.
const WAITED_MAX: Duration = Duration::from_millis(2500);

/// Messages that may be meant by the beginning of an id: as many as a person compares.
const MEANT_MAX: usize = 3;

/// Events that an explanation shows.
const EVENTS_SHOWN: usize = 10;

/// The reader.
pub struct Reader {
    hands: Arc<Hands>,
    journal: Journal,
    units: watch::Receiver<Units>,
    since_ms: u64,
    is_kept_by_systemd: bool,
    look: Look,
    pages: Mutex<Pages>,
}

impl Reader {
    /// A reader of this supervisor, which has run since then.
    pub fn new(
        hands: Arc<Hands>,
        journal: Journal,
        units: watch::Receiver<Units>,
        since_ms: u64,
    ) -> Self {
        let is_kept_by_systemd = systemd::notify::kept_by_systemd();
        Self {
            hands,
            journal,
            units,
            since_ms,
            is_kept_by_systemd,
            look: Look::default(),
            pages: Mutex::default(),
        }
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

    /// The fleet, once it has heard of every death that the kernel shows: what has died is not
    /// shown alive, however busy the host is.
    async fn heard(&self) -> Arc<Snapshot> {
        let mut snapshots = self.hands.snapshots.clone();
        let heard = async {
            loop {
                let snapshot = snapshots.borrow_and_update().clone();
                let table = self.look.table(&snapshot.fleet);
                let has_died = |agent: &Arc<Agent>| {
                    let pid = agent.session.as_ref().and_then(|session| session.pid);
                    pid.zip(table.as_deref()).is_some_and(|(pid, table)| is_gone(table, pid))
                };
                if !snapshot.fleet.agents.values().any(has_died) {
                    return snapshot;
                }
                drop(timeout(FRESH_FOR, snapshots.changed()).await);
            }
        };
        timeout(HEARD_WITHIN, heard).await.unwrap_or_else(|_| self.snapshot())
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
        let events = events.and_then(records);
        let events = events.map_err(|error| ApiError::new(ErrorCode::Failed, error.to_string()))?;
        Ok(ExplainReply {
            as_of_seq: snapshot.seq,
            address: format!("{name}@{}/{}", row.host, row.tenant),
            row,
            evidence,
            last_words: agent.last_words.clone(),
            events,
        })
    }
}

fn records(events: Vec<StoredEvent>) -> Result<Vec<EventRecord>, JournalError> {
    events.into_iter().map(record).collect()
}

fn record(event: StoredEvent) -> Result<EventRecord, JournalError> {
    let payload = event.shown()?;
    Ok(EventRecord {
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
        payload,
    })
}

impl Reader {
    /// What somebody has to know who names another socket while a server lives: it is not moved.
    fn socket_warning(&self, roster: &Roster) -> Option<String> {
        self.hands.tmux()?;
        let living = std::fs::read_link(self.hands.places.tmux()).ok()?;
        let living = living.file_name()?.to_str()?;
        let wanted = roster.tmux.socket();
        (living != wanted).then(|| {
            format!(
                "tmux.socket: the roster names `{wanted}`, and the tmux server that runs listens \
                 on `{living}`; it keeps that until it ends, the next one takes the roster's"
            )
        })
    }
}

impl Reads for Reader {
    fn status(&self) -> SupervisorStatus {
        let snapshot = self.snapshot();
        SupervisorStatus {
            schema_version: SCHEMA_VERSION,
            tenant: snapshot.fleet.tenant.label.clone(),
            host: snapshot.fleet.host.label.clone(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            since_ms: self.since_ms,
            kept_by: if self.is_kept_by_systemd { "systemd" } else { "detached" }.to_owned(),
            tmux_socket: self.hands.places.tmux().display().to_string(),
            tmux: self.hands.link.word(),
            roster: snapshot.fleet.roster_path.clone(),
            head_seq: snapshot.seq,
            strained: snapshot.fleet.strained.clone(),
            telemetry: None,
            nameless_connections: self.hands.guests.nameless(),
            journal: snapshot
                .trouble
                .as_ref()
                .map(|trouble| format!("{} since {}", trouble.word, rfc3339(trouble.since_ms))),
        }
    }

    fn ps(&self, form: Form) -> Answering<'_, Result<Bytes, ApiError>> {
        Box::pin(self.page(form))
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

    fn history(
        &self,
        agent: &AgentName,
        lines: u16,
    ) -> Answering<'_, Result<HistoryReply, ApiError>> {
        let name = agent.clone();
        Box::pin(async move {
            let snapshot = self.caught_up().await;
            let Some(agent) = snapshot.fleet.agent(&name) else {
                return Err(ApiError::no_such_agent(name.as_str(), &snapshot.fleet));
            };
            let (Some(pane), Some(tmux)) = (&agent.pane, self.hands.tmux()) else {
                let (agent, lifecycle) = (name.to_string(), agent.lifecycle.word().to_owned());
                return Err(Refusal::NothingToAttach { agent, lifecycle }.into());
            };
            let seen = tmux.scrolled(&pane.id, lines).await;
            let Scrolled { columns, rows, above, paint, tmux } =
                seen.map_err(|error| ApiError::new(ErrorCode::Failed, error.to_string()))?;
            Ok(HistoryReply { columns, rows, above, paint: STANDARD.encode(paint), tmux })
        })
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
            events.and_then(records).map_err(|error| error.to_string())
        })
    }

    fn message_events(&self, id: &MessageId) -> Answering<'_, Result<Vec<Recorded>, String>> {
        let id = id.clone();
        Box::pin(async move {
            let events = self.journal.of_message(&id.0).await.map_err(|error| error.to_string())?;
            let recorded = events.iter().map(StoredEvent::recorded).collect::<Result<_, _>>();
            recorded.map_err(|error| error.to_string())
        })
    }

    fn messages_from(&self, beginning: &str) -> Answering<'_, Result<Vec<String>, String>> {
        let beginning = beginning.to_owned();
        Box::pin(async move {
            let found = self.journal.messages_from(&beginning, MEANT_MAX).await;
            found.map_err(|error| error.to_string())
        })
    }

    fn head(&self) -> watch::Receiver<u64> {
        self.journal.head()
    }

    fn read_roster(&self, path: &str) -> Result<(Roster, Vec<String>), ApiError> {
        let (roster, mut warnings) = read_roster(Path::new(path))?;
        warnings.extend(self.socket_warning(&roster));
        Ok((roster, warnings))
    }

    fn output_directory(&self, agent: &AgentName) -> PathBuf {
        self.hands.places.output(agent.as_str())
    }

    fn attach_argv(&self, tmux_session: &str) -> Vec<String> {
        tmux::attach_argv(&self.hands.places.tmux(), tmux_session)
    }
}
