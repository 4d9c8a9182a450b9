//! Reads the journal from its first row to its last and checks each; it repairs none.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use rusqlite::Connection;

use super::checkpoint::origin;
use super::error::JournalError;
use super::heads::{Heads, Last};
use super::stored::StoredEvent;
use super::tree::{Hash, Tree};
use super::{ahead, schema, stretches};
use crate::fleet::Recorded;

/// What a journal holds.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    /// The tree over all leaves; its size is the head.
    pub tree: Tree,
    /// Which journal it is; empty while it has no event.
    pub origin: String,
    /// The root at each size that was asked for and reached.
    pub roots: BTreeMap<u64, Hash>,
    /// Where the next row stands.
    pub heads: Heads,
    /// In which stretches each stream has events.
    pub stretches: HashSet<(String, i64)>,
}

/// Gives every event to `each`, in order, after checking its place and its leaf; notes the root at
/// these sizes.
pub(super) fn replay(
    connection: &Connection,
    path: &Path,
    sizes: &BTreeSet<u64>,
    mut each: impl FnMut(StoredEvent, Recorded) -> Result<(), JournalError>,
) -> Result<Replayed, JournalError> {
    let sql = |error| JournalError::sql(path, "replay", error);
    let head = "SELECT coalesce(max(seq), 0) FROM events";
    let head = connection.query_row(head, [], |row| row.get(0)).map_err(sql)?;
    let mut places = Places::default();
    let mut replayed = Replayed::default();
    ahead::rows(
        || schema::open_reader(path),
        head,
        |row| {
            let row = row.map_err(sql)?;
            let held = row.held.map_err(sql)?;
            let placed = places.take(row.seq, &held.stream, held.stream_seq);
            placed.map_err(|what| JournalError::corrupt(path, what))?;
            if held.leaf.as_slice() != row.stored {
                let what = format!("event {} is not the one that its leaf was made of", row.seq);
                return Err(JournalError::corrupt(path, what));
            }
            if replayed.tree.size() == 0 {
                replayed.origin = origin(&held.event.id);
            }
            replayed.tree.push(held.leaf);
            if sizes.contains(&replayed.tree.size()) {
                replayed.roots.insert(replayed.tree.size(), replayed.tree.root());
            }
            each(held.event, held.recorded?)
        },
    )?;
    (replayed.heads, replayed.stretches) = places.ends();
    Ok(replayed)
}

/// Where the next row must stand.
#[derive(Debug, Default)]
pub(super) struct Places {
    head: i64,
    streams: HashMap<String, Last>,
    stretches: HashSet<(String, i64)>,
}

impl Places {
    /// Takes the next row; what is wrong with its place. The row after it is measured by this one.
    pub fn take(&mut self, seq: i64, stream: &str, number: i64) -> Result<(), String> {
        let head = std::mem::replace(&mut self.head, seq);
        let before = match self.streams.get_mut(stream) {
            Some(last) => std::mem::replace(last, Last { seq, number }),
            None => {
                self.streams.insert(stream.to_owned(), Last { seq, number });
                Last::default()
            }
        };
        if let Some(stretch) = stretches::begins(before.seq, seq) {
            self.stretches.insert((stream.to_owned(), stretch));
        }
        if seq != head + 1 {
            return Err(format!("event {seq} follows event {head}"));
        }
        let last = before.number;
        if number != last + 1 {
            return Err(format!(
                "event {seq} is number {number} of stream {stream}, after number {last}"
            ));
        }
        Ok(())
    }

    /// Where they end: what the writer counts on from, and where the events of each stream lie.
    fn ends(self) -> (Heads, HashSet<(String, i64)>) {
        (Heads::of(self.head, self.streams), self.stretches)
    }
}
