//! Where the next row stands: read from the table once, then counted.

use std::collections::HashMap;

use rusqlite::Connection;

/// More streams than a fleet has agents; beyond it they are read again.
const STREAMS_MAX: usize = 4096;

/// The last row, and the last of each stream. The counts are those of one transaction after the
/// other: after a rollback they are wrong and must be dropped.
#[derive(Debug, Default)]
pub(super) struct Heads {
    last: Option<i64>,
    streams: HashMap<String, i64>,
}

impl Heads {
    /// The seq of the last row; 0 of an empty journal.
    pub fn last(&mut self, table: &Connection) -> rusqlite::Result<i64> {
        if let Some(last) = self.last {
            return Ok(last);
        }
        let text = "SELECT coalesce(max(seq), 0) FROM events";
        let last = table.prepare_cached(text)?.query_row([], |row| row.get(0))?;
        self.last = Some(last);
        Ok(last)
    }

    /// The seq and the stream's own number of the next row of a stream; it is counted as stored.
    pub fn next(&mut self, table: &Connection, stream: &str) -> rusqlite::Result<(i64, i64)> {
        let seq = self.last(table)? + 1;
        let of_stream = match self.streams.get_mut(stream) {
            Some(last) => {
                *last += 1;
                *last
            }
            None => {
                let next = last_of(table, stream)? + 1;
                if self.streams.len() >= STREAMS_MAX {
                    self.streams.clear();
                }
                self.streams.insert(stream.to_owned(), next);
                next
            }
        };
        self.last = Some(seq);
        Ok((seq, of_stream))
    }
}

fn last_of(table: &Connection, stream: &str) -> rusqlite::Result<i64> {
    let text = "SELECT coalesce(max(seq), 0) FROM events WHERE stream = ?";
    let last: i64 = table.prepare_cached(text)?.query_row([stream], |row| row.get(0))?;
    if last == 0 {
        return Ok(0);
    }
    let text = "SELECT stream_seq FROM events WHERE seq = ?";
    table.prepare_cached(text)?.query_row([last], |row| row.get(0))
}
