//! The rows that a request becomes; whether they stay is for the writer to say.

use std::sync::LazyLock;

use rusqlite::{Connection, params};

use super::ask::Append;
use super::checkpoint::Checkpoint;
use super::heads::Heads;
use super::leaf::leaf;
use super::stored::{COLUMNS, Columns, Fresh, Remember, Stamp, integer, natural};
use super::stretches;
use super::tree::Hash;
use crate::clock;

/// The newest answers are kept. A caller repeats a request within minutes; so many commands of
/// people and agents are days, and some megabytes.
pub(super) const REMEMBERED_MAX: i64 = 10_000;

/// Stores a row.
static INSERT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO events ({COLUMNS}, leaf) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
});

/// What one request came to in a transaction that is not over.
pub(super) struct Put {
    /// The last seq.
    pub last: u64,
    /// A leaf for each event.
    pub leaves: Vec<Hash>,
}

/// Stores one request; on an error the caller rolls it back, and the heads with it.
pub(super) fn store(to: &Connection, append: &Append, heads: &mut Heads) -> rusqlite::Result<Put> {
    let head = heads.last();
    let mut leaves = Vec::with_capacity(append.events.len());
    for fresh in &append.events {
        leaves.push(store_event(to, &append.stamp, fresh, heads)?);
    }
    for remember in &append.remember {
        let events = remember.events.min(append.events.len());
        store_answer(to, remember, head + integer(events as u64))?;
    }
    Ok(Put { last: natural(heads.last()), leaves })
}

fn store_event(
    to: &Connection,
    stamp: &Stamp,
    fresh: &Fresh,
    heads: &mut Heads,
) -> rusqlite::Result<Hash> {
    let mut row = Columns::of(stamp, fresh);
    let place = heads.next(to, row.stream)?;
    (row.seq, row.stream_seq) = (place.seq, place.number);
    if let Some(stretch) = place.begins {
        stretches::add(to, row.stream, stretch)?;
    }
    let leaf = leaf(&row);
    to.prepare_cached(&INSERT)?.execute(params![
        row.seq,
        row.id,
        row.ts,
        row.mono_ms,
        row.tenant,
        row.tenant_label,
        row.host,
        row.host_label,
        row.agent,
        row.session,
        row.run,
        row.stream,
        row.stream_seq,
        row.kind,
        row.schema_version,
        row.actor,
        row.cause,
        row.traceparent,
        row.payload,
        leaf,
    ])?;
    Ok(leaf)
}

/// Checkpoints ride with a group: none has a sync of its own.
pub(super) fn store_checkpoints(
    connection: &Connection,
    rows: &[Checkpoint],
) -> rusqlite::Result<()> {
    for row in rows {
        // The file outside may have been behind the table.
        let text = "INSERT INTO checkpoints (size, note) SELECT ?1, ?2 \
                    WHERE NOT EXISTS (SELECT 1 FROM checkpoints WHERE size = ?1)";
        connection.prepare_cached(text)?.execute(params![integer(row.size), row.text()])?;
    }
    Ok(())
}

/// Keeps an answer, and lets the oldest go when there are too many.
fn store_answer(to: &Connection, remember: &Remember, seq: i64) -> rusqlite::Result<()> {
    let text = "INSERT INTO remembered (key, fingerprint, reply, seq, ts) VALUES (?, ?, ?, ?, ?)";
    let ts = integer(clock::now().wall_ms);
    let answer = params![remember.key, remember.fingerprint, remember.reply, seq, ts];
    to.prepare_cached(text)?.execute(answer)?;
    let text = "DELETE FROM remembered WHERE rowid <= ?";
    to.prepare_cached(text)?.execute([to.last_insert_rowid() - REMEMBERED_MAX])?;
    Ok(())
}
