//! The rows of `fleet ps`: what the journal, the kernel, tmux and systemd say, joined.

use std::time::Duration;

use bytes::Bytes;
use tokio::task::yield_now;
use tokio::time::{Instant, timeout, timeout_at};

use super::page::{OneByOne, Page, Reply};
use super::{Reader, WAITED_MAX};
use crate::clock;
use crate::daemon::Snapshot;
use crate::daemon::api::{ApiError, Form, Reads as _};
use crate::daemon::units::Units;
use crate::fleet::{
    Agent, AgentName, BootCell, DriftCell, Fleet, Moment, Row, Seen, SeenPane, UnitCell, row,
    unmanaged_row,
};
use crate::host::process::Table;
use crate::host::systemd::{self, BootReadiness};
use crate::roster;
use crate::table::{Begun, Detail, Paint, Sheet, trouble};
use crate::wire::{ErrorCode, SCHEMA_VERSION};

/// A list of panes that does not come by then is left out, and the reply says so: what is ours
/// comes from the journal.
const PANES_WITHIN: Duration = Duration::from_secs(1);

impl Reader {
    /// All rows, in a form. One who asks makes them, and who asks meanwhile gets the same. They
    /// come in the order in which they asked, so the time of those before is up before theirs.
    pub async fn page(&self, form: Form) -> Result<Bytes, ApiError> {
        let until = Instant::now() + WAITED_MAX;
        let mut pages = self.pages.lock().await;
        // Who has waited too long gets what is known, with an honest seq.
        let snapshot = timeout_at(until, self.caught_up()).await;
        let snapshot = snapshot.unwrap_or_else(|_| self.snapshot());
        let changes = self.hands.tmux().map(|tmux| tmux.changes());
        if let Some(body) = pages.shared(form, &snapshot, changes) {
            return Ok(body);
        }
        let room = pages.make_room(form);
        // The question to tmux leaves first: it is answered while the kernel is looked at.
        let heard = async {
            yield_now().await;
            let heard = timeout_at(until, self.heard()).await;
            heard.unwrap_or_else(|_| self.snapshot())
        };
        let (beside, snapshot) = tokio::join!(self.beside(&snapshot.fleet, until), heard);
        let (unmanaged, mut incomplete) = match beside {
            Ok(panes) => (self.strangers(&snapshot.fleet, panes), Vec::new()),
            Err(why) => (Vec::new(), vec![format!("unmanaged sessions are not shown: {why}")]),
        };
        let table = self.look.table(&snapshot.fleet);
        if table.is_none() {
            incomplete.push("processes are not shown: /proc cannot be read".to_owned());
        }
        // What is incomplete is tried again at the next question.
        let seen = table.clone().filter(|_| incomplete.is_empty());
        let rows = self.rows(&snapshot, table.as_deref(), &unmanaged);
        let body = match form {
            Form::Json => self.written(rows, &snapshot, incomplete, room)?,
            Form::Table { columns, paint } => self.drawn(rows, incomplete, (columns, paint)),
        };
        if let Some(table) = seen {
            self.look.forget_gone(&table, &snapshot.fleet);
            let seen_at = self.look.oldest(&table, snapshot.fleet.agents.len());
            pages.keep(Page::of(form, body.clone(), &snapshot, changes, seen_at));
        }
        Ok(body)
    }

    /// Rows as JSON, for which about so many bytes are needed.
    fn written(
        &self,
        rows: impl Iterator<Item = Row>,
        snapshot: &Snapshot,
        incomplete: Vec<String>,
        room: usize,
    ) -> Result<Bytes, ApiError> {
        let mut body = Vec::with_capacity(room);
        let reply = Reply {
            schema_version: SCHEMA_VERSION,
            as_of_seq: snapshot.seq,
            supervisor: self.status(),
            rows: OneByOne::of(rows),
            incomplete,
        };
        serde_json::to_writer(&mut body, &reply)
            .map_err(|why| ApiError::new(ErrorCode::Failed, format!("write the rows: {why}")))?;
        Ok(body.into())
    }

    /// Rows as the table that the command line shows.
    fn drawn(
        &self,
        rows: impl Iterator<Item = Row>,
        incomplete: Vec<String>,
        (width, paint): (Option<usize>, Paint),
    ) -> Bytes {
        let (detail, now_ms) = (Detail::Short, clock::now().wall_ms);
        let mut page = Begun::new(Sheet { paint, width, detail, columns: &[], now_ms });
        let mut count = 0;
        for row in rows {
            page.take(&row);
            count += 1;
        }
        let supervisor = self.status();
        page.end(count, trouble(Some(&supervisor), &incomplete)).text().into()
    }

    /// Each row, made when it is asked for.
    fn rows(
        &self,
        snapshot: &Snapshot,
        table: Option<&Table>,
        unmanaged: &[SeenPane],
    ) -> impl Iterator<Item = Row> {
        let (boot, now) = (self.readiness(), clock::now());
        let agents = snapshot.fleet.in_order().map(move |agent| {
            let seen = self.seen(agent, table, &boot);
            let beat = snapshot.beats.get(&agent.definition.name).copied().unwrap_or_default();
            row(&snapshot.fleet, agent, &beat, now, seen)
        });
        let unmanaged = unmanaged.iter().map(move |pane| {
            let process = self.look.process(table, pane.pid);
            unmanaged_row(&snapshot.fleet, pane, process, self.unit(pane.pid))
        });
        agents.chain(unmanaged)
    }

    fn seen(&self, agent: &Agent, table: Option<&Table>, boot: &BootReadiness) -> Seen {
        let pid = agent.session.as_ref().and_then(|session| session.pid);
        let unit = match &agent.pane {
            Some(pane) => self.unit(pane.pid),
            None => match &*self.units.borrow() {
                Units::NoManager => Units::NoManager.cell(None),
                Units::NotAsked | Units::Unknown(_) | Units::Listed(_) => {
                    UnitCell { name: None, state: "none".to_owned() }
                }
            },
        };
        let (counters, turn) = self.hands.guests.counted(&agent.definition.name);
        Seen {
            process: pid.and_then(|pid| self.look.process(table, pid)),
            unit,
            boot: self.boot_cell(agent, boot),
            drift: drift_of(agent),
            counters,
            turn,
        }
    }

    /// The unit of what runs in a pane with this first process.
    fn unit(&self, pane_pid: u32) -> UnitCell {
        let units = self.units.borrow();
        match (&*units, self.look.unit_of(pane_pid)) {
            (Units::NoManager, _) => units.cell(None),
            (_, Ok(unit)) => units.cell(unit.as_deref()),
            (_, Err(_)) => UnitCell { name: None, state: "unknown".to_owned() },
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

    /// One agent's row.
    pub fn agent_row(&self, snapshot: &Snapshot, agent: &Agent, now: Moment) -> Row {
        let table = self.look.table(&snapshot.fleet);
        let seen = self.seen(agent, table.as_deref(), &self.readiness());
        let beat = snapshot.beats.get(&agent.definition.name).copied().unwrap_or_default();
        row(&snapshot.fleet, agent, &beat, now, seen)
    }

    /// Panes that are not plainly an agent's, or why nobody knows by then.
    async fn beside(&self, fleet: &Fleet, until: Instant) -> Result<Vec<SeenPane>, String> {
        // A server that is not there holds nothing; `status` says where it is.
        let Some(tmux) = self.hands.tmux() else { return Ok(Vec::new()) };
        let changes = tmux.changes();
        if let Some(panes) = self.look.beside(changes, fleet.agents.len()) {
            return Ok(panes);
        }
        let asked = tmux.panes_beside(|name| is_agent(fleet, name));
        let left = until.saturating_duration_since(Instant::now()).min(PANES_WITHIN);
        match timeout(left, asked).await {
            Ok(Ok(panes)) => {
                self.look.note_beside(changes, &panes);
                Ok(panes)
            }
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) if left == PANES_WITHIN => {
                Err(format!("tmux did not answer within {} s", PANES_WITHIN.as_secs()))
            }
            Err(_) => Err("tmux did not answer in the time that was left for it".to_owned()),
        }
    }

    /// Those of them that are no agent's at all.
    fn strangers(&self, fleet: &Fleet, mut panes: Vec<SeenPane>) -> Vec<SeenPane> {
        panes.retain(|pane| {
            let held = |agent: &Agent| agent.pane.as_ref().is_some_and(|own| own.id == pane.id);
            // A pane of an agent that is just being made or closed is no stranger.
            let named = pane.agent.as_deref().is_some_and(|name| is_agent(fleet, name));
            pane.role.is_none() && !named && !fleet.in_order().any(held)
        });
        self.look.note_unmanaged(&panes);
        panes
    }
}

fn is_agent(fleet: &Fleet, name: &str) -> bool {
    AgentName::parse(name).is_ok_and(|name| fleet.agent(&name).is_some())
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
