//! Where the next row stands: told by the replay or read from the table once, then counted.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _};

use super::stretches;

/// More streams than a fleet has agents; beyond it they are read again.
const STREAMS_MAX: usize = 4096;

/// The last row of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Last {
    /// Its place in the journal; 0 where nobody has looked.
    pub seq: i64,
    /// Its place in the stream.
    pub number: i64,
}

/// Where a row that is not stored yet stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Its place in the journal.
    pub seq: i64,
    /// Its place in the stream.
    pub number: i64,
    /// The stretch, when it is the first row of its stream there.
    pub begins: Option<i64>,
}

/// The last row, and the last of each stream. The counts are those of one transaction after the
/// other: after a rollback they are wrong and must be dropped.
#[derive(Debug, Default)]
pub(super) struct Heads {
    last: i64,
    streams: HashMap<String, Last>,
    /// Whether a stream that is not among them has no row.
    is_whole: bool,
}

impl Heads {
    /// What a replay has counted.
    pub fn of(last: i64, streams: HashMap<String, Last>) -> Self {
        Self { last, streams, is_whole: true }
    }

    /// The seq of the last row, as the table has it at the beginning of a transaction. Where it is
    /// not the one that was counted, somebody else has written, and nothing that was counted holds.
    pub fn look(&mut self, table: &Connection) -> rusqlite::Result<()> {
        let text = "SELECT coalesce(max(seq), 0) FROM events";
        let last = table.prepare_cached(text)?.query_row([], |row| row.get(0))?;
        if last != self.last {
            *self = Self { last, ..Self::default() };
        }
        Ok(())
    }

    /// The seq of the last row; 0 of an empty journal.
    pub fn last(&self) -> i64 {
        self.last
    }

    /// The place of the next row of a stream; it is counted as stored.
    pub fn next(&mut self, table: &Connection, stream: &str) -> rusqlite::Result<Place> {
        let last = match self.streams.get_mut(stream) {
            Some(last) => last,
            None => {
                let number = if self.is_whole { 0 } else { last_of(table, stream)? };
                if self.streams.len() >= STREAMS_MAX {
                    self.streams.clear();
                    self.is_whole = false;
                }
                // Whether its stretch is in the table is not known.
                let last = Last { seq: 0, number };
                self.streams.entry(stream.to_owned()).or_insert(last)
            }
        };
        let before = *last;
        *last = Last { seq: self.last + 1, number: before.number + 1 };
        self.last = last.seq;
        let begins = stretches::begins(before.seq, last.seq);
        Ok(Place { seq: last.seq, number: last.number, begins })
    }
}

/// The number of the last row of a stream; 0 when it has none. The rows are asked, from the end:
/// whoever else has written one may not have told where it lies.
fn last_of(table: &Connection, stream: &str) -> rusqlite::Result<i64> {
    let text = "SELECT stream_seq FROM events WHERE stream = ? ORDER BY seq DESC LIMIT 1";
    let found = table.prepare_cached(text)?.query_row([stream], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}
