//! A supervisor that folds what it is told, served over a socket of its own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use tokio::net::UnixListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::super::caller::Door;
use super::super::serve::{Terms, serve_on};
use super::super::state::Patience;
use super::super::{Answering, ApiError, ApiState, Form, Reads};
use super::client::Client;
use crate::daemon::strain::Strain;
use crate::daemon::{Ask, AskError, Caller, Dispatcher, Done, Piece, Snapshot};
use crate::fleet::{
    AgentName, Answer, Changed, Command, Event, LeaseId, Message, MessageId, Moment, Receipt,
    Recorded, Refusal, Roster, TmuxPlan, fold,
};
use crate::wire::{
    ActivityCell, BootCell, ErrorCode, EventRecord, ExplainReply, HistoryReply, PsReply, Row,
    SupervisorStatus, UnitCell,
};

/// What the fake supervisor knows.
pub struct Fake {
    pub commands: Mutex<Vec<(Command, Caller)>>,
    pub journal: Mutex<Vec<EventRecord>>,
    pub reads: AtomicUsize,
    pub journal_is_broken: AtomicBool,
    pub watchers: Mutex<Vec<mpsc::Sender<Piece>>>,
    pub snapshots: watch::Sender<Arc<Snapshot>>,
    pub head: watch::Sender<u64>,
}

pub fn name(text: &str) -> AgentName {
    AgentName::parse(text).unwrap()
}

pub fn definition(name: &str) -> crate::fleet::Definition {
    serde_json::from_value(serde_json::json!({
        "name": name, "role": null, "runtime": "stub", "workspace": "/", "command": null,
        "args": [], "env": [], "boot": false, "lifecycle": "core",
        "heartbeat": {"every_ms": 1000, "healthy_within_ms": 3000, "grace_ms": 1000},
        "restart": {
            "policy": "always", "backoff": {"initial_ms": 0, "max_ms": 1000}, "give_up_after": 5
        },
        "stop": {"signal": "TERM", "grace_ms": 1000}, "size": {"columns": 80, "rows": 24},
        "approvals": "runtime"
    }))
    .unwrap()
}

impl Fake {
    /// Journals and folds one event.
    pub fn happen(&self, event: Event) -> u64 {
        let agent = event.agent().map(ToString::to_string);
        let (kind, payload) = event.to_parts();
        let mut journal = self.journal.lock().unwrap();
        let seq = journal.len() as u64 + 1;
        journal.push(EventRecord {
            seq,
            id: format!("e{seq}"),
            ts_ms: seq,
            tenant: "zero".to_owned(),
            host: "alpha".to_owned(),
            agent,
            session: None,
            kind,
            schema_version: 1,
            actor: "test".to_owned(),
            cause: None,
            traceparent: None,
            payload: serde_json::from_str(&payload).unwrap(),
        });
        let at = Moment { wall_ms: seq, mono_ms: 0 };
        self.snapshots.send_modify(|snapshot| {
            let snapshot = Arc::make_mut(snapshot);
            fold(Arc::make_mut(&mut snapshot.fleet), &Recorded { at, event });
            snapshot.seq = seq;
        });
        self.head.send_replace(seq);
        seq
    }

    /// Memory loses the messages that ended, as it does after a thousand others.
    pub fn forget_ended(&self) {
        self.snapshots.send_modify(|snapshot| {
            let snapshot = Arc::make_mut(snapshot);
            Arc::make_mut(&mut snapshot.fleet).ended.clear();
        });
    }

    pub fn happen_to(&self, agent: &str, event: impl Fn(AgentName) -> Event) -> u64 {
        self.happen(event(name(agent)))
    }

    fn row(&self, agent: &AgentName) -> Row {
        let snapshot = self.snapshots.borrow();
        let lifecycle = snapshot.fleet.agent(agent).map_or("absent", |a| a.lifecycle.word());
        Row {
            tenant: "zero".to_owned(),
            host: "alpha".to_owned(),
            agent: agent.to_string(),
            managed: true,
            role: Some("tells the time and the weather".to_owned()),
            role_description: None,
            runtime: Some("stub".to_owned()),
            adapter: None,
            lifecycle: lifecycle.to_owned(),
            wanted: Some("up".to_owned()),
            lifecycle_detail: None,
            boot_failures: 0,
            health: "unknown".to_owned(),
            health_reason: Some("nobody asked it".to_owned()),
            pid: Some(1),
            session: None,
            pane: None,
            unit: UnitCell { name: None, state: "n/a".to_owned() },
            process: None,
            activity: ActivityCell { state: "idle".to_owned(), ..ActivityCell::unknown() },
            heartbeat: None,
            drift: Vec::new(),
            boot: BootCell { wanted: false, effective: None, missing: Vec::new() },
            inbox: 0,
            attached: None,
            keyboard: None,
            labels: std::collections::BTreeMap::new(),
            limits: None,
        }
    }

    fn command(&self, command: Command, caller: Caller) -> Result<Done, AskError> {
        self.commands.lock().unwrap().push((command.clone(), caller));
        let head = *self.head.borrow();
        let done = |seq, answer| Ok(Done { seq, answer });
        match command {
            Command::ApplyRoster { path, roster, .. } => {
                let changed = |agent: &crate::fleet::Definition| Changed {
                    agent: agent.name.to_string(),
                    what: if agent.name.as_str() == "ada" { "changed" } else { "starting" }
                        .to_owned(),
                    detail: String::new(),
                };
                let changes = roster.agents.iter().map(changed).collect();
                done(self.happen(Event::RosterApplied { path, roster }), Answer::Changes(changes))
            }
            Command::Send { agent, text, from, expires_ms, manner } => {
                let at = Moment { wall_ms: 1, mono_ms: 1 };
                let id = MessageId(format!("m{head}"));
                let message = Message {
                    id: id.clone(),
                    text,
                    from,
                    class: manner.class.unwrap_or_default(),
                    envelope: None,
                    interrupts: manner.interrupts,
                    waits_for_idle: manner.waits_for_idle,
                    behind: None,
                    returned: None,
                    returns: 0,
                    queued_at: at,
                    expires_at: at.after(expires_ms),
                    receipt: Receipt::Queued,
                    receipt_at: at,
                };
                done(self.happen(Event::MessageQueued { agent, message }), Answer::Queued(id))
            }
            Command::CancelMessage { id } => {
                let state = "typed".to_owned();
                match self.snapshots.borrow().fleet.message(&id) {
                    Some(_) => Err(AskError::Refused(Refusal::MessageOnItsWay { state })),
                    None => done(head, Answer::Done),
                }
            }
            Command::Attach { agent, .. } if agent.as_str() == "bob" => {
                let (agent, lifecycle) = (agent.to_string(), "absent".to_owned());
                Err(AskError::Refused(Refusal::NothingToAttach { agent, lifecycle }))
            }
            Command::Attach { .. } => done(
                head,
                Answer::AttachTo {
                    session: "$3".to_owned(),
                    lease: LeaseId("l1".to_owned()),
                    come_within_ms: 10_000,
                },
            ),
            Command::StartAgent { agent, .. } if agent.as_str() == "full" => {
                Err(AskError::Journal("no space left on device".to_owned()))
            }
            Command::StopAgent { .. } => done(head, Answer::Said("it stops".to_owned())),
            Command::StartAgent { .. }
            | Command::RestartAgent { .. }
            | Command::Detach { .. }
            | Command::StopFleet { .. } => done(head, Answer::Done),
        }
    }
}

impl Reads for Fake {
    fn status(&self) -> SupervisorStatus {
        SupervisorStatus {
            schema_version: 1,
            tenant: "ada".to_owned(),
            host: "box".to_owned(),
            pid: 1,
            version: "0.1.0".to_owned(),
            since_ms: 0,
            kept_by: "detached".to_owned(),
            tmux_socket: "/nowhere".to_owned(),
            tmux: "running".to_owned(),
            roster: None,
            head_seq: *self.head.borrow(),
            strained: None,
            telemetry: None,
            nameless_connections: 0,
            journal: None,
        }
    }

    fn ps(&self, form: Form) -> Answering<'_, Result<Bytes, ApiError>> {
        if let Form::Table { columns, paint } = form {
            let said = format!("a table in {columns:?} columns, {paint:?}");
            return Box::pin(async move { Ok(said.into()) });
        }
        let names: Vec<_> = self.snapshots.borrow().fleet.order.clone();
        let rows = names.iter().map(|name| self.row(name)).collect();
        let as_of_seq = *self.head.borrow();
        let supervisor = Some(self.status());
        let incomplete = Vec::new();
        let reply = PsReply { schema_version: 1, as_of_seq, supervisor, rows, incomplete };
        Box::pin(async move { Ok(serde_json::to_vec(&reply).unwrap().into()) })
    }

    fn row(&self, agent: &AgentName) -> Answering<'_, Result<Row, ApiError>> {
        let row = self.row(agent);
        Box::pin(async move { Ok(row) })
    }

    fn history(&self, _: &AgentName, lines: u16) -> Answering<'_, Result<HistoryReply, ApiError>> {
        let paint = STANDARD.encode(b"above\r\nbelow");
        Box::pin(async move {
            Ok(HistoryReply {
                columns: 80,
                rows: 1,
                above: lines.min(1),
                paint,
                tmux: "3.5a".into(),
            })
        })
    }

    fn explain(&self, agent: &AgentName) -> Answering<'_, Result<ExplainReply, ApiError>> {
        let row = self.row(agent);
        Box::pin(async move {
            Ok(ExplainReply {
                as_of_seq: 1,
                address: format!("{}@alpha/zero", row.agent),
                row,
                evidence: Vec::new(),
                last_words: Vec::new(),
                events: Vec::new(),
            })
        })
    }

    fn events(
        &self,
        after: u64,
        limit: usize,
        agent: Option<String>,
        kinds: Vec<String>,
    ) -> Answering<'_, Result<Vec<EventRecord>, String>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let wanted = |record: &&EventRecord| {
            record.seq > after
                && (agent.is_none() || record.agent == agent)
                && (kinds.is_empty() || kinds.contains(&record.kind))
        };
        let journal = self.journal.lock().unwrap();
        let found: Vec<_> = journal.iter().filter(wanted).take(limit).cloned().collect();
        let is_broken = self.journal_is_broken.load(Ordering::SeqCst);
        Box::pin(
            async move { if is_broken { Err("the disk is gone".to_owned()) } else { Ok(found) } },
        )
    }

    fn message_events(&self, id: &MessageId) -> Answering<'_, Result<Vec<Recorded>, String>> {
        let of_it = |record: &&EventRecord| {
            let named = [&record.payload["id"], &record.payload["message"]["id"]];
            record.kind.starts_with("message.") && named.iter().any(|one| **one == *id.0)
        };
        let recorded = |record: &EventRecord| Recorded {
            at: Moment { wall_ms: record.seq, mono_ms: record.seq },
            event: Event::from_parts(&record.kind, &record.payload.to_string()).unwrap(),
        };
        let journal = self.journal.lock().unwrap();
        let found = journal.iter().filter(of_it).map(recorded).collect();
        Box::pin(async move { Ok(found) })
    }

    fn messages_from(&self, beginning: &str) -> Answering<'_, Result<Vec<String>, String>> {
        let journal = self.journal.lock().unwrap();
        let ids = journal.iter().filter_map(|record| record.payload["message"]["id"].as_str());
        let found = ids.filter(|id| id.starts_with(beginning)).map(str::to_owned).collect();
        Box::pin(async move { Ok(found) })
    }

    fn head(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    fn read_roster(&self, path: &str) -> Result<(Roster, Vec<String>), ApiError> {
        if path.contains("wrong") {
            return Err(ApiError::new(ErrorCode::WrongRoster, format!("{path} has 2 mistakes"))
                .details(vec!["line 1".to_owned(), "line 2".to_owned()]));
        }
        let mut agents = vec![definition("ada"), definition("bob")];
        agents[0].role = Some("reviews".to_owned());
        let roster = Roster { tenant: None, host: None, tmux: TmuxPlan::default(), agents };
        Ok((roster, vec!["bob has no role".to_owned()]))
    }

    fn output_directory(&self, agent: &AgentName) -> PathBuf {
        PathBuf::from(format!("/nowhere/{agent}"))
    }

    fn attach_argv(&self, tmux_session: &str) -> Vec<String> {
        ["tmux", "attach", "-t", tmux_session].map(str::to_owned).to_vec()
    }
}

/// A served API.
pub struct Served {
    pub fake: Arc<Fake>,
    pub socket: PathBuf,
    pub leaving: watch::Sender<bool>,
    pub serving: JoinHandle<std::io::Result<()>>,
    /// Dropping it lets the dispatcher go.
    pub dispatching: JoinHandle<()>,
    _directory: tempfile::TempDir,
}

impl Served {
    pub async fn new() -> Self {
        Self::on(Terms { door: Door::of_this_process(), patience: Patience::default() }).await
    }

    pub async fn on(terms: Terms) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("api");
        let listener = UnixListener::bind(&socket).unwrap();
        let (asks, asked) = mpsc::channel(16);
        let (snapshots, seen) = watch::channel(Arc::new(Snapshot::default()));
        let fake = Arc::new(Fake {
            commands: Mutex::default(),
            journal: Mutex::default(),
            reads: AtomicUsize::new(0),
            journal_is_broken: AtomicBool::new(false),
            watchers: Mutex::default(),
            snapshots,
            head: watch::channel(0).0,
        });
        let agents = ["ada", "bob", "full"].map(definition).to_vec();
        let roster = Roster { tenant: None, host: None, tmux: TmuxPlan::default(), agents };
        fake.happen(Event::RosterApplied { path: "/roster".to_owned(), roster });
        let dispatching = tokio::spawn(dispatch(fake.clone(), asked));
        let (leaving, shutdown) = watch::channel(false);
        let dispatcher = Dispatcher::new(asks, seen);
        let strain = Strain::new(mpsc::channel(1).0);
        let telemetry = Arc::default();
        let state = ApiState { dispatcher, reads: fake.clone(), strain, telemetry };
        let serving = tokio::spawn(serve_on(terms, listener, state, shutdown));
        Self { fake, socket, leaving, serving, dispatching, _directory: directory }
    }

    pub async fn client(&self) -> Client {
        Client::new(&self.socket).await
    }
}

async fn dispatch(fake: Arc<Fake>, mut asked: mpsc::Receiver<Ask>) {
    while let Some(ask) = asked.recv().await {
        match ask {
            Ask::Command { command, caller, reply } => {
                drop(reply.send(fake.command(*command, caller)));
            }
            Ask::Watch { reply, .. } => {
                let (pieces, watching) = mpsc::channel(4);
                let paint = b"\x1b[H$ ".to_vec();
                drop(pieces.try_send(Piece::Screen {
                    columns: 80,
                    rows: 24,
                    paint,
                    tmux: "3.5a".into(),
                }));
                fake.watchers.lock().unwrap().push(pieces);
                drop(reply.send(Ok(watching)));
            }
        }
    }
}
