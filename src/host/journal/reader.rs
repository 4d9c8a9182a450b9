//! The one thread that reads, over a connection of its own; it can write nothing.

use rusqlite::{Connection, OptionalExtension as _, named_params};
use tokio::sync::mpsc;

use super::error::JournalError;
use super::stored::{COLUMNS, Columns, Remembered, StoredEvent, integer, natural};

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

/// What a query comes to: SQLite could not, or a row cannot be understood.
pub(super) enum Failure {
    Sql(rusqlite::Error),
    Journal(JournalError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

/// The events behind `after`, oldest first.
pub(super) fn read(
    connection: &Connection,
    after: u64,
    limit: usize,
    filter: &Filter,
) -> Result<Vec<StoredEvent>, Failure> {
    // Two texts, so that one agent's events are found by the index of its stream.
    let agent = if filter.agent.is_some() { "AND stream = :agent" } else { "AND :agent IS NULL" };
    let text = format!(
        "SELECT {COLUMNS} FROM events WHERE seq > :after {agent} \
         AND (:kinds IS NULL OR type IN (SELECT value FROM json_each(:kinds))) \
         ORDER BY seq LIMIT :limit"
    );
    let kinds = serde_json::Value::from(filter.kinds.clone()).to_string();
    let kinds = (!filter.kinds.is_empty()).then_some(kinds);
    let mut statement = connection.prepare_cached(&text)?;
    let rows = statement.query_map(
        named_params! {
            ":after": integer(after),
            ":agent": filter.agent,
            ":kinds": kinds,
            ":limit": bounded(limit),
        },
        Columns::read,
    )?;
    rows.map(|row| Ok(row?.into_event()?)).collect()
}

/// The last events of an agent, oldest first.
pub(super) fn last_of(
    connection: &Connection,
    agent: &str,
    count: usize,
) -> Result<Vec<StoredEvent>, Failure> {
    let text = format!("SELECT {COLUMNS} FROM events WHERE stream = ? ORDER BY seq DESC LIMIT ?");
    let mut statement = connection.prepare_cached(&text)?;
    let rows = statement.query_map((agent, bounded(count)), Columns::read)?;
    let mut events: Vec<_> =
        rows.map(|row| Ok(row?.into_event()?)).collect::<Result<_, Failure>>()?;
    events.reverse();
    Ok(events)
}

/// What the index of messages holds; the words must be those of the index.
const OF_MESSAGES: &str = "type >= 'message.' AND type < 'message/' \
     AND coalesce(json_extract(payload, '$.id'), json_extract(payload, '$.message.id'))";

/// The events of a message, oldest first.
pub(super) fn of_message(connection: &Connection, id: &str) -> Result<Vec<StoredEvent>, Failure> {
    let text = format!("SELECT {COLUMNS} FROM events WHERE {OF_MESSAGES} = ? ORDER BY seq LIMIT ?");
    let mut statement = connection.prepare_cached(&text)?;
    let rows = statement.query_map((id, bounded(READ_MAX)), Columns::read)?;
    rows.map(|row| Ok(row?.into_event()?)).collect()
}

/// The ids of the newest messages that begin so.
pub(super) fn messages_from(
    connection: &Connection,
    beginning: &str,
    count: usize,
) -> Result<Vec<String>, Failure> {
    let text = format!(
        "SELECT json_extract(payload, '$.message.id') FROM events \
         WHERE {OF_MESSAGES} BETWEEN ?1 AND ?1 || '~' AND type = 'message.queued' \
         ORDER BY seq DESC LIMIT ?2"
    );
    let mut statement = connection.prepare_cached(&text)?;
    let rows = statement.query_map((beginning, bounded(count)), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The answer that was kept for a key.
pub(super) fn remembered(
    connection: &Connection,
    key: &str,
) -> Result<Option<Remembered>, Failure> {
    let text = "SELECT fingerprint, reply, seq FROM remembered WHERE key = ?";
    let answer = connection.prepare_cached(text)?.query_row([key], |row| {
        let seq = natural(row.get(2)?);
        Ok(Remembered { fingerprint: row.get(0)?, reply: row.get(1)?, seq })
    });
    Ok(answer.optional()?)
}

fn bounded(limit: usize) -> i64 {
    integer(limit.min(READ_MAX) as u64)
}
