//! One event as it goes in, as it lies in its row, and as it comes out; never changed on the way.

use rusqlite::Row;
use serde_json::Value;

use super::error::JournalError;
use crate::fleet::{EVENT_SCHEMA_VERSION, Event, Host, Moment, Recorded, Tenant};

/// The stream of events that are about no agent. No agent can have this name.
pub(super) const FLEET_STREAM: &str = "mosaic-fleet";

/// Every stored column but the leaf, in the order of the table, which is that of the leaf.
pub(super) const COLUMNS: &str = "seq, id, ts, mono_ms, tenant, tenant_label, host, host_label, \
     agent, session, run, stream, stream_seq, type, schema_version, actor, cause, traceparent, \
     payload";

/// Whose journal it is and where it is kept: in every row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Whose.
    pub tenant: Tenant,
    /// Where.
    pub host: Host,
}

/// An event on its way into the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Its own id, unique in the journal.
    pub id: String,
    /// What and when.
    pub recorded: Recorded,
    /// Who caused it: `cli:uid=1000`, `supervisor`, `runtime`.
    pub actor: String,
    /// The event or command behind it.
    pub cause: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

/// The answer to a command, kept in the same transaction as its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remember {
    /// The caller's idempotency key.
    pub key: String,
    /// A digest of the request: the same key with another request is a mistake of the caller.
    pub fingerprint: String,
    /// The reply, JSON.
    pub reply: String,
    /// How many events of its transaction were there when it was answered: its seq is that of the
    /// last of them.
    pub events: usize,
}

/// An answer that was given to an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The digest of the request that it answers.
    pub fingerprint: String,
    /// The reply, JSON.
    pub reply: String,
    /// The last event that it produced; the head when it produced none.
    pub seq: u64,
}

/// An event as the journal has it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// Its place: 1, 2, 3, … without a gap.
    pub seq: u64,
    /// Its own id.
    pub id: String,
    /// When.
    pub at: Moment,
    /// The tenant's uid.
    pub tenant: u32,
    /// What people call the tenant.
    pub tenant_label: String,
    /// The host's machine-id.
    pub host: String,
    /// What people call the host.
    pub host_label: String,
    /// The agent, when it is about one.
    pub agent: Option<String>,
    /// The session, when it names one.
    pub session: Option<String>,
    /// `session.started`, `health.changed`, …
    pub kind: String,
    /// Version of the payload's shape.
    pub schema_version: u32,
    /// Who caused it.
    pub actor: String,
    /// The event or command behind it.
    pub cause: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// What happened.
    pub payload: Value,
}

impl StoredEvent {
    /// The event with its moment, as fold takes it.
    pub fn recorded(&self) -> Result<Recorded, JournalError> {
        let event = Event::from_parts(&self.kind, &self.payload)
            .map_err(|error| unreadable(self.seq, &self.kind, &error))?;
        Ok(Recorded { at: self.at, event })
    }
}

/// The columns of one row; integers as SQLite has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    pub seq: i64,
    pub id: String,
    pub ts: i64,
    pub mono_ms: i64,
    pub tenant: i64,
    pub tenant_label: String,
    pub host: String,
    pub host_label: String,
    pub agent: Option<String>,
    pub session: Option<String>,
    /// Kept for bounded work inside a session; nothing fills it yet.
    pub run: Option<String>,
    pub stream: String,
    pub stream_seq: i64,
    pub kind: String,
    pub schema_version: i64,
    pub actor: String,
    pub cause: Option<String>,
    pub traceparent: Option<String>,
    pub payload: String,
}

impl Columns {
    /// The row of a new event; its places are given when it is stored.
    pub fn of(stamp: &Stamp, new: &NewEvent) -> Self {
        let (kind, payload) = new.recorded.event.to_parts();
        let agent = new.recorded.event.agent().map(ToString::to_string);
        Self {
            seq: 0,
            id: new.id.clone(),
            ts: integer(new.recorded.at.wall_ms),
            mono_ms: integer(new.recorded.at.mono_ms),
            tenant: i64::from(stamp.tenant.uid),
            tenant_label: stamp.tenant.label.clone(),
            host: stamp.host.id.clone(),
            host_label: stamp.host.label.clone(),
            stream: agent.clone().unwrap_or_else(|| FLEET_STREAM.to_owned()),
            agent,
            session: new.recorded.event.session().map(ToString::to_string),
            run: None,
            stream_seq: 0,
            kind,
            schema_version: i64::from(EVENT_SCHEMA_VERSION),
            actor: new.actor.clone(),
            cause: new.cause.clone(),
            traceparent: new.traceparent.clone(),
            payload: payload.to_string(),
        }
    }

    /// Reads a row that was selected by [`COLUMNS`].
    pub fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            id: row.get(1)?,
            ts: row.get(2)?,
            mono_ms: row.get(3)?,
            tenant: row.get(4)?,
            tenant_label: row.get(5)?,
            host: row.get(6)?,
            host_label: row.get(7)?,
            agent: row.get(8)?,
            session: row.get(9)?,
            run: row.get(10)?,
            stream: row.get(11)?,
            stream_seq: row.get(12)?,
            kind: row.get(13)?,
            schema_version: row.get(14)?,
            actor: row.get(15)?,
            cause: row.get(16)?,
            traceparent: row.get(17)?,
            payload: row.get(18)?,
        })
    }

    /// The event that the row holds.
    pub fn into_event(self) -> Result<StoredEvent, JournalError> {
        let seq = natural(self.seq);
        let payload = serde_json::from_str(&self.payload)
            .map_err(|error| unreadable(seq, &self.kind, &error))?;
        Ok(StoredEvent {
            seq,
            id: self.id,
            at: Moment { wall_ms: natural(self.ts), mono_ms: natural(self.mono_ms) },
            tenant: u32::try_from(self.tenant).unwrap_or(u32::MAX),
            tenant_label: self.tenant_label,
            host: self.host,
            host_label: self.host_label,
            agent: self.agent,
            session: self.session,
            kind: self.kind,
            schema_version: u32::try_from(self.schema_version).unwrap_or(u32::MAX),
            actor: self.actor,
            cause: self.cause,
            traceparent: self.traceparent,
            payload,
        })
    }
}

fn unreadable(seq: u64, kind: &str, error: &serde_json::Error) -> JournalError {
    JournalError::Unreadable { seq, kind: kind.to_owned(), why: error.to_string() }
}

/// SQLite's integers are signed; no count of ours comes near their end.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The counts that we store are never negative.
pub(super) fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
