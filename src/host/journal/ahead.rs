//! Reads the rows ahead of whom takes them: every core reads, hashes and understands pieces of the
//! journal, and one thread takes them in order.
//!
//! ```text
//! reader 1: piece 1, 3, 5, … ──▶ ┐
//!                                ├─▶ in turn: place, tree, fold
//! reader 2: piece 2, 4, 6, … ──▶ ┘
//! ```

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use rusqlite::{Connection, params};

use super::error::JournalError;
use super::leaf::leaf;
use super::stored::{COLUMNS, Columns, LEAF, StoredEvent};
use super::tree::Hash;
use crate::fleet::Recorded;

/// Events of a piece, by their seqs: enough that nobody waits for each, and some hundred KiB.
const PIECE: i64 = 256;

/// Pieces that each reader is ahead.
const AHEAD: usize = 2;

/// Reading is done by then; the one thread that folds is the limit.
const READERS_MAX: usize = 4;

/// A row as it was read.
pub(super) struct Row {
    pub seq: i64,
    /// The leaf that is stored with it.
    pub stored: Vec<u8>,
    /// What it holds; why that cannot be read.
    pub held: rusqlite::Result<Held>,
}

/// What a row holds.
pub(super) struct Held {
    /// The leaf of its columns.
    pub leaf: Hash,
    pub stream: String,
    pub stream_seq: i64,
    pub event: StoredEvent,
    pub recorded: Result<Recorded, JournalError>,
}

impl Held {
    fn of(columns: &Columns<'_>) -> Self {
        let event = columns.to_event();
        Self {
            leaf: leaf(columns),
            stream: columns.stream.to_owned(),
            stream_seq: columns.stream_seq,
            recorded: event.recorded(),
            event,
        }
    }
}

/// Rows one after the other, and what ended them too early.
type Piece = (Vec<Row>, Option<rusqlite::Error>);

/// Gives the rows up to `head` to `take`, in order, and last of all why no more can be read, where
/// that is so. What `take` refuses ends it. Each reader has a connection of its own: rows up to a
/// head are never changed, and so they see the same.
pub(super) fn rows<E>(
    open: impl Fn() -> Result<Connection, E>,
    head: i64,
    mut take: impl FnMut(rusqlite::Result<Row>) -> Result<(), E>,
) -> Result<(), E> {
    let pieces = head.div_euclid(PIECE) + 1;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let readers = cores.min(READERS_MAX).min(usize::try_from(pieces).unwrap_or(1)).max(1);
    let connections: Vec<Connection> = (0..readers).map(|_| open()).collect::<Result<_, E>>()?;
    thread::scope(|scope| {
        let mut queues: Vec<Receiver<Piece>> = Vec::new();
        for (first, connection) in connections.into_iter().enumerate() {
            let (sender, queue) = sync_channel(AHEAD);
            queues.push(queue);
            let mine = (0..pieces).skip(first).step_by(readers);
            scope.spawn(move || read(&connection, mine, head, &sender));
        }
        // Whoever is not taken from any more ends with its next piece.
        for (_, queue) in (0..pieces).zip((0..readers).cycle()) {
            let Ok((rows, error)) = queues[queue].recv() else { break };
            rows.into_iter().map(Ok).try_for_each(&mut take)?;
            if let Some(error) = error {
                return take(Err(error));
            }
        }
        Ok(())
    })
}

fn read(
    connection: &Connection,
    pieces: impl Iterator<Item = i64>,
    head: i64,
    sender: &SyncSender<Piece>,
) {
    for piece in pieces {
        // No row stands before the first; what does all the same is in the first piece.
        let from = if piece == 0 { i64::MIN } else { piece * PIECE };
        let mut rows = Vec::new();
        let error = fill(connection, (from, head.min(piece * PIECE + PIECE - 1)), &mut rows).err();
        let is_last = error.is_some();
        if sender.send((rows, error)).is_err() || is_last {
            return;
        }
    }
}

fn fill(
    connection: &Connection,
    (from, to): (i64, i64),
    into: &mut Vec<Row>,
) -> rusqlite::Result<()> {
    let text = format!("SELECT {COLUMNS}, leaf FROM events WHERE seq BETWEEN ? AND ? ORDER BY seq");
    let mut statement = connection.prepare_cached(&text)?;
    let mut rows = statement.query(params![from, to])?;
    while let Some(row) = rows.next()? {
        into.push(Row {
            seq: row.get(0)?,
            stored: row.get(LEAF).unwrap_or_default(),
            held: Columns::read(row).map(|columns| Held::of(&columns)),
        });
    }
    Ok(())
}
