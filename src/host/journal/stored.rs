//! One event as it goes in, as it lies in its row, and as it comes out; never changed on the way.

use rusqlite::Row;
use rusqlite::types::{FromSqlError, ValueRef};
use serde_json::Value;

use super::error::JournalError;
use crate::fleet::{AgentName, EVENT_SCHEMA_VERSION, Event, Host, Moment, Recorded, Tenant};

/// The stream of events that are about no agent. No agent can have this name.
pub(super) const FLEET_STREAM: &str = "mosaic-fleet";

/// Every stored column but the leaf, in the order of the table, which is that of the leaf.
pub(super) const COLUMNS: &str = "seq, id, ts, mono_ms, tenant, tenant_label, host, host_label, \
     agent, session, run, stream, stream_seq, type, schema_version, actor, cause, traceparent, \
     payload";

/// Where the leaf stands behind them.
pub(super) const LEAF: usize = 19;

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
    /// What happened, JSON as it is stored.
    pub payload: String,
}

impl StoredEvent {
    /// The event with its moment, as fold takes it.
    pub fn recorded(&self) -> Result<Recorded, JournalError> {
        let event = Event::from_parts(&self.kind, &self.payload)
            .map_err(|error| unreadable(self.seq, &self.kind, &error))?;
        Ok(Recorded { at: self.at, event })
    }

    /// What happened, for those who show it.
    pub fn shown(&self) -> Result<Value, JournalError> {
        serde_json::from_str(&self.payload)
            .map_err(|error| unreadable(self.seq, &self.kind, &error))
    }
}

/// An event on its way into its row; who asks has made the text, so that the writer need not.
#[derive(Debug)]
pub(super) struct Fresh {
    new: NewEvent,
    kind: String,
    payload: String,
}

impl From<NewEvent> for Fresh {
    fn from(new: NewEvent) -> Self {
        let (kind, payload) = new.recorded.event.to_parts();
        Self { new, kind, payload }
    }
}

impl Fresh {
    /// Its own id.
    pub fn id(&self) -> &str {
        &self.new.id
    }
}

/// The columns of one row; integers as SQLite has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Columns<'a> {
    pub seq: i64,
    pub id: &'a str,
    pub ts: i64,
    pub mono_ms: i64,
    pub tenant: i64,
    pub tenant_label: &'a str,
    pub host: &'a str,
    pub host_label: &'a str,
    pub agent: Option<&'a str>,
    pub session: Option<&'a str>,
    /// Kept for bounded work inside a session; nothing fills it yet.
    pub run: Option<&'a str>,
    pub stream: &'a str,
    pub stream_seq: i64,
    pub kind: &'a str,
    pub schema_version: i64,
    pub actor: &'a str,
    pub cause: Option<&'a str>,
    pub traceparent: Option<&'a str>,
    pub payload: &'a str,
}

impl<'a> Columns<'a> {
    /// The row of a new event; its places are given when it is stored.
    pub fn of(stamp: &'a Stamp, fresh: &'a Fresh) -> Self {
        let Fresh { new, kind, payload } = fresh;
        let agent = new.recorded.event.agent().map(AgentName::as_str);
        Self {
            seq: 0,
            id: &new.id,
            ts: integer(new.recorded.at.wall_ms),
            mono_ms: integer(new.recorded.at.mono_ms),
            tenant: i64::from(stamp.tenant.uid),
            tenant_label: &stamp.tenant.label,
            host: &stamp.host.id,
            host_label: &stamp.host.label,
            agent,
            session: new.recorded.event.session().map(|session| session.0.as_str()),
            run: None,
            stream: agent.unwrap_or(FLEET_STREAM),
            stream_seq: 0,
            kind,
            schema_version: i64::from(EVENT_SCHEMA_VERSION),
            actor: &new.actor,
            cause: new.cause.as_deref(),
            traceparent: new.traceparent.as_deref(),
            payload,
        }
    }

    /// Reads a row that was selected by [`COLUMNS`].
    pub fn read(row: &'a Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            id: text(row, 1)?,
            ts: row.get(2)?,
            mono_ms: row.get(3)?,
            tenant: row.get(4)?,
            tenant_label: text(row, 5)?,
            host: text(row, 6)?,
            host_label: text(row, 7)?,
            agent: optional(row, 8)?,
            session: optional(row, 9)?,
            run: optional(row, 10)?,
            stream: text(row, 11)?,
            stream_seq: row.get(12)?,
            kind: text(row, 13)?,
            schema_version: row.get(14)?,
            actor: text(row, 15)?,
            cause: optional(row, 16)?,
            traceparent: optional(row, 17)?,
            payload: text(row, 18)?,
        })
    }

    /// The event that the row holds.
    pub fn to_event(&self) -> StoredEvent {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        StoredEvent {
            seq: natural(self.seq),
            id: self.id.to_owned(),
            at: Moment { wall_ms: natural(self.ts), mono_ms: natural(self.mono_ms) },
            tenant: u32::try_from(self.tenant).unwrap_or(u32::MAX),
            tenant_label: self.tenant_label.to_owned(),
            host: self.host.to_owned(),
            host_label: self.host_label.to_owned(),
            agent: owned(self.agent),
            session: owned(self.session),
            kind: self.kind.to_owned(),
            schema_version: u32::try_from(self.schema_version).unwrap_or(u32::MAX),
            actor: self.actor.to_owned(),
            cause: owned(self.cause),
            traceparent: owned(self.traceparent),
            payload: self.payload.to_owned(),
        }
    }
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<&'a str> {
    let value = row.get_ref(column)?;
    value.as_str().map_err(|error| not_a_text(column, value, error))
}

fn optional<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<Option<&'a str>> {
    let value = row.get_ref(column)?;
    value.as_str_or_null().map_err(|error| not_a_text(column, value, error))
}

fn not_a_text(column: usize, value: ValueRef<'_>, error: FromSqlError) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, value.data_type(), Box::new(error))
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
