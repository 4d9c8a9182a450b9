//! The rows one by one: place, leaf, meaning. It goes on behind a mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::Connection;

use super::Verified;
use crate::host::journal::checkpoint::origin;
use crate::host::journal::error::JournalError;
use crate::host::journal::leaf::leaf;
use crate::host::journal::replay::Places;
use crate::host::journal::stored::{COLUMNS, Columns, LEAF, StoredEvent, natural};
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

/// Walks all rows.
pub(super) fn walk(
    connection: &Connection,
    path: &Path,
    sizes: &BTreeSet<u64>,
    mut each: impl FnMut(StoredEvent) -> Result<(), String>,
    verified: &mut Verified,
) -> Result<Walked, JournalError> {
    let sql = |error| JournalError::sql(path, "read", error);
    let text = format!("SELECT {COLUMNS}, leaf FROM events ORDER BY seq");
    let mut statement = connection.prepare(&text).map_err(sql)?;
    let mut rows = statement.query([]).map_err(sql)?;
    let mut walk = Walk::default();
    let mut is_told = false;
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(error) => {
                let head = walk.walked.head;
                let what = format!("the file cannot be read behind event {head}: {error}");
                verified.finds(Some(head + 1), what);
                walk.walked.gap = walk.walked.gap.or(Some(head));
                break;
            }
        };
        let seq = natural(row.get(0).map_err(sql)?);
        // The stored leaf: what differs from it is told by itself, and the root tells the rest.
        let stored: Vec<u8> = row.get(LEAF).unwrap_or_default();
        let columns = Columns::read(row);
        if verified.events == 0 {
            verified.origin = columns.as_ref().map(|row| origin(row.id)).unwrap_or_default();
        }
        verified.events += 1;
        walk.take(seq, columns.as_ref().ok(), &stored, sizes, verified);
        let told = match columns {
            Err(error) => Err(format!("cannot be read: {error}")),
            Ok(_) if is_told => continue,
            Ok(columns) => {
                each(columns.to_event()).map_err(|what| format!("cannot be folded: {what}"))
            }
        };
        if let Err(what) = told {
            verified.finds(Some(seq), format!("event {seq} {what}"));
            is_told = true;
        }
    }
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
    fn take(
        &mut self,
        seq: u64,
        columns: Option<&Columns<'_>>,
        stored: &[u8],
        sizes: &BTreeSet<u64>,
        verified: &mut Verified,
    ) {
        let head = std::mem::replace(&mut self.walked.head, seq);
        if seq > head + 1 {
            self.walked.gap = self.walked.gap.or(Some(head));
            verified.finds(Some(head + 1), missing(head + 1, seq - 1));
        }
        let Some(columns) = columns else {
            self.is_unsure = true;
            return self.grow(stored, sizes);
        };
        let placed = self.places.take(columns);
        if let Err(what) = placed
            && seq == head + 1
            && !self.is_unsure
        {
            verified.finds(Some(seq), what);
        }
        if leaf(columns).as_slice() != stored {
            let kind = &columns.kind;
            let what = format!("event {seq} ({kind}) is not the one that its leaf was made of");
            verified.finds(Some(seq), what);
        }
        self.grow(stored, sizes);
    }

    fn grow(&mut self, stored: &[u8], sizes: &BTreeSet<u64>) {
        self.tree.push(stored.try_into().unwrap_or_default());
        if self.walked.gap.is_none() && sizes.contains(&self.tree.size()) {
            self.walked.roots.insert(self.tree.size(), self.tree.root());
        }
    }
}

/// What SQLite says of its own file: pages that no row of ours lies on.
pub(super) fn integrity(connection: &Connection, verified: &mut Verified) {
    let ask = || -> rusqlite::Result<Vec<String>> {
        let mut statement = connection.prepare("PRAGMA integrity_check(10)")?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    match ask() {
        Ok(said) => said.into_iter().filter(|said| said != "ok").for_each(|said| {
            verified.finds(None, format!("SQLite finds in its file: {said}"));
        }),
        Err(error) => verified.finds(None, format!("SQLite cannot check its file: {error}")),
    }
}

/// Which events are missing.
pub(super) fn missing(from: u64, to: u64) -> String {
    if from == to {
        return format!("event {from} is missing");
    }
    format!("events {from} to {to} are missing")
}
