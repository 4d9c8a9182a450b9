//! Finds the events of one stream: in which stretches of the journal it has any. An index of every
//! row would write a page of its own for nearly each event of a large fleet; this one writes a row
//! for each stream and thousand events. It is no part of the truth: a start completes it.

use std::collections::HashSet;

use rusqlite::{Connection, TransactionBehavior};

/// Events of a stretch, by their seqs. To read through one takes less than half a millisecond.
const EVENTS_OF_ONE: i64 = 1024;
const _: () = assert!(EVENTS_OF_ONE == 1024, "the text below says it too");

/// The table. Events were found by an index of each row before.
pub(super) const TABLE: &str = "
DROP INDEX IF EXISTS events_by_stream;
CREATE TABLE IF NOT EXISTS stretches (
    of_stream TEXT    NOT NULL,
    stretch   INTEGER NOT NULL,
    PRIMARY KEY (of_stream, stretch)
) STRICT, WITHOUT ROWID;
";

/// The events of the stretches of a stream; ordered by `stretch, seq` they are in the order of the
/// journal.
pub(super) const EVENTS: &str = "stretches CROSS JOIN events \
     ON events.seq BETWEEN stretch * 1024 AND stretch * 1024 + 1023";

/// What [`EVENTS`] must fulfil to be of one stream.
pub(super) const OF_STREAM: &str = "of_stream = ?1 AND stream = ?1";

/// The stretch of an event.
pub(super) fn of(seq: i64) -> i64 {
    seq.div_euclid(EVENTS_OF_ONE)
}

/// The stretch of this event, when the one of its stream before it (0: nobody knows)
/// lies in another.
pub(super) fn begins(before: i64, seq: i64) -> Option<i64> {
    (before == 0 || of(before) != of(seq)).then(|| of(seq))
}

/// Adds one that the table lacks.
pub(super) fn add(to: &Connection, stream: &str, stretch: i64) -> rusqlite::Result<()> {
    let text = "INSERT OR IGNORE INTO stretches (of_stream, stretch) VALUES (?, ?)";
    to.prepare_cached(text)?.execute((stream, stretch))?;
    Ok(())
}

/// Adds what the table lacks of these.
pub(super) fn complete(
    to: &mut Connection,
    mut wanted: HashSet<(String, i64)>,
) -> rusqlite::Result<()> {
    {
        let mut statement = to.prepare("SELECT of_stream, stretch FROM stretches")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            wanted.remove(&(row.get(0)?, row.get(1)?));
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let mut lacking: Vec<_> = wanted.into_iter().collect();
    lacking.sort();
    let transaction = to.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (stream, stretch) in lacking {
        add(&transaction, &stream, stretch)?;
    }
    transaction.commit()
}
