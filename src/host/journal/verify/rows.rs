//! The rows one by one: place, leaf, meaning. It goes on behind a mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::Connection;

use super::Verified;
use crate::fleet::Recorded;
use crate::host::journal::ahead::{self, Row};
use crate::host::journal::checkpoint::origin;
use crate::host::journal::error::JournalError;
use crate::host::journal::replay::Places;
use crate::host::journal::schema;
use crate::host::journal::stored::{StoredEvent, natural};
use crate::host::journal::tree::{Hash, Tree};

/// What the rows say.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// The last seq.
    pub head: u64,
    /// The root at each size that was asked for, as far as no row is missing.
    pub roots: BTreeMap<u64, Hash>,
    /// The last event before the first that is missing in between.
    pub gap: Option<u64>,
}

/// Walks all rows, with connections of its own to what `snapshot` sees.
pub(super) fn walk(
    snapshot: &Connection,
    path: &Path,
    sizes: &BTreeSet<u64>,
    mut each: impl FnMut(StoredEvent, Recorded) -> Result<(), String>,
    verified: &mut Verified,
) -> Result<Walked, JournalError> {
    let head = "SELECT coalesce(max(seq), 0) FROM events";
    let head = snapshot.query_row(head, [], |row| row.get(0)).unwrap_or_else(|error| {
        verified.finds(None, format!("the last event cannot be read: {error}"));
        // Up to where the file can be read.
        i64::MAX
    });
    let mut walk = Walk::default();
    let mut is_told = false;
    let open = || schema::open_to_look(path).map(|(connection, _)| connection);
    ahead::rows(open, head, |row| {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                let head = walk.walked.head;
                let what = format!("the file cannot be read behind event {head}: {error}");
                verified.finds(Some(head + 1), what);
                walk.walked.gap = walk.walked.gap.or(Some(head));
                return Ok(());
            }
        };
        let seq = natural(row.seq);
        if verified.events == 0 {
            let id = row.held.as_ref().map(|held| origin(&held.event.id));
            verified.origin = id.unwrap_or_default();
        }
        verified.events += 1;
        walk.take(seq, &row, sizes, verified);
        let told = match row.held {
            Err(error) => Err(format!("cannot be read: {error}")),
            Ok(_) if is_told => return Ok(()),
            Ok(held) => held
                .recorded
                .map_err(|error| error.to_string())
                .and_then(|recorded| each(held.event, recorded))
                .map_err(|what| format!("cannot be folded: {what}")),
        };
        if let Err(what) = told {
            verified.finds(Some(seq), format!("event {seq} {what}"));
            is_told = true;
        }
        Ok(())
    })?;
    Ok(walk.walked)
}

/// Where the walk is.
#[derive(Default)]
struct Walk {
    walked: Walked,
    places: Places,
    tree: Tree,
    /// Behind a row that cannot be read nobody knows the numbers of the streams.
    is_unsure: bool,
}

impl Walk {
    fn take(&mut self, seq: u64, row: &Row, sizes: &BTreeSet<u64>, verified: &mut Verified) {
        let head = std::mem::replace(&mut self.walked.head, seq);
        if seq > head + 1 {
            self.walked.gap = self.walked.gap.or(Some(head));
            verified.finds(Some(head + 1), missing(head + 1, seq - 1));
        }
        // The stored leaf: what differs from it is told by itself, and the root tells the rest.
        let Ok(held) = &row.held else {
            self.is_unsure = true;
            return self.grow(&row.stored, sizes);
        };
        let placed = self.places.take(row.seq, &held.stream, held.stream_seq);
        if let Err(what) = placed
            && seq == head + 1
            && !self.is_unsure
        {
            verified.finds(Some(seq), what);
        }
        if held.leaf.as_slice() != row.stored {
            let kind = &held.event.kind;
            let what = format!("event {seq} ({kind}) is not the one that its leaf was made of");
            verified.finds(Some(seq), what);
        }
        self.grow(&row.stored, sizes);
    }

    fn grow(&mut self, stored: &[u8], sizes: &BTreeSet<u64>) {
        self.tree.push(stored.try_into().unwrap_or_default());
        if self.walked.gap.is_none() && sizes.contains(&self.tree.size()) {
            self.walked.roots.insert(self.tree.size(), self.tree.root());
        }
    }
}

/// What SQLite says of its own file: pages that no row of ours lies on.
pub(super) fn integrity(connection: &Connection) -> Vec<String> {
    let ask = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare("PRAGMA integrity_check(10)")?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    match ask() {
        Ok(said) => said
            .into_iter()
            .filter(|said| said != "ok")
            .map(|said| format!("SQLite finds in its file: {said}"))
            .collect(),
        Err(error) => vec![format!("SQLite cannot check its file: {error}")],
    }
}

/// Which events are missing.
pub(super) fn missing(from: u64, to: u64) -> String {
    if from == to {
        return format!("event {from} is missing");
    }
    format!("events {from} to {to} are missing")
}
