//! The one thread that reads, over a connection of its own; it can write nothing.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tokio::sync::mpsc;

use super::stored::{COLUMNS, Columns, Remembered, StoredEvent, integer, natural};
use super::stretches::{EVENTS, OF_STREAM};

/// Each question is one short query; a caller that finds so many before it waits.
pub(super) const QUEUE_MAX: usize = 64;

/// No query returns more, so that none holds the others up or fills memory: at 420 bytes an
/// event these are some megabytes. Whoever wants more asks again from the last seq.
pub(super) const READ_MAX: usize = 10_000;

/// Which events a reader wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only those about this agent.
    pub agent: Option<String>,
    /// Only these types; none named means all.
    pub kinds: Vec<String>,
}

/// What the reader is asked for.
pub(super) enum Question {
    /// Run this query; it sends its answer itself.
    Query(Box<dyn FnOnce(&Connection) + Send>),
    /// Take no more, answer what waits, and end.
    Close,
}

/// Serves the queue until it is closed and empty.
pub(super) fn run(connection: &Connection, mut queue: mpsc::Receiver<Question>) {
    while let Some(question) = queue.blocking_recv() {
        match question {
            Question::Query(query) => query(connection),
            Question::Close => queue.close(),
        }
    }
}

/// The events behind `after`, oldest first.
pub(super) fn read(
    connection: &Connection,
    after: u64,
    limit: usize,
    filter: &Filter,
) -> rusqlite::Result<Vec<StoredEvent>> {
    // Two texts, so that one agent's events are looked for where it has any.
    let (from, order) = match filter.agent {
        Some(_) => (format!("{EVENTS} WHERE {OF_STREAM} AND stretch >= ?2 / 1024"), "stretch, seq"),
        None => ("events WHERE ?1 IS NULL".to_owned(), "seq"),
    };
    let text = format!(
        "SELECT {COLUMNS} FROM {from} AND seq > ?2 \
         AND (?3 IS NULL OR type IN (SELECT value FROM json_each(?3))) \
         ORDER BY {order} LIMIT ?4"
    );
    let kinds = serde_json::Value::from(filter.kinds.clone()).to_string();
    let kinds = (!filter.kinds.is_empty()).then_some(kinds);
    let mut statement = connection.prepare_cached(&text)?;
    let asked = params![filter.agent, integer(after), kinds, bounded(limit)];
    let rows = statement.query_map(asked, event)?;
    rows.collect()
}

/// The last events of an agent, oldest first.
pub(super) fn last_of(
    connection: &Connection,
    agent: &str,
    count: usize,
) -> rusqlite::Result<Vec<StoredEvent>> {
    let order = "ORDER BY stretch DESC, seq DESC LIMIT ?2";
    let text = format!("SELECT {COLUMNS} FROM {EVENTS} WHERE {OF_STREAM} {order}");
    let mut statement = connection.prepare_cached(&text)?;
    let rows = statement.query_map((agent, bounded(count)), event)?;
    let mut events: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
    events.reverse();
    Ok(events)
}

/// What the index of messages holds; the words must be those of the index.
const OF_MESSAGES: &str = "type >= 'message.' AND type < 'message/' \
     AND coalesce(json_extract(payload, '$.id'), json_extract(payload, '$.message.id'))";

/// The events of a message, oldest first.
pub(super) fn of_message(connection: &Connection, id: &str) -> rusqlite::Result<Vec<StoredEvent>> {
    let text = format!("SELECT {COLUMNS} FROM events WHERE {OF_MESSAGES} = ? ORDER BY seq LIMIT ?");
    let mut statement = connection.prepare_cached(&text)?;
    let rows = statement.query_map((id, bounded(READ_MAX)), event)?;
    rows.collect()
}

/// The ids of the newest messages that begin so.
pub(super) fn messages_from(
    connection: &Connection,
    beginning: &str,
    count: usize,
) -> rusqlite::Result<Vec<String>> {
    let text = format!(
        "SELECT json_extract(payload, '$.message.id') FROM events \
         WHERE {OF_MESSAGES} BETWEEN ?1 AND ?1 || '~' AND type = 'message.queued' \
         ORDER BY seq DESC LIMIT ?2"
    );
    let mut statement = connection.prepare_cached(&text)?;
    let rows = statement.query_map((beginning, bounded(count)), |row| row.get(0))?;
    rows.collect()
}

/// The answer that was kept for a key.
pub(super) fn remembered(
    connection: &Connection,
    key: &str,
) -> rusqlite::Result<Option<Remembered>> {
    let text = "SELECT fingerprint, reply, seq FROM remembered WHERE key = ?";
    let answer = connection.prepare_cached(text)?.query_row([key], |row| {
        let seq = natural(row.get(2)?);
        Ok(Remembered { fingerprint: row.get(0)?, reply: row.get(1)?, seq })
    });
    answer.optional()
}

fn event(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    Ok(Columns::read(row)?.to_event())
}

fn bounded(limit: usize) -> i64 {
    integer(limit.min(READ_MAX) as u64)
}
