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
struct Piece {
    number: i64,
    rows: Vec<Row>,
    error: Option<rusqlite::Error>,
}

/// Gives the rows up to `head` to `take`, in order, and last of all why no more can be read, where
/// that is so. What `take` refuses ends it. Each reader has a connection of its own: rows up to a
/// head are never changed, and so they see the same.
pub(super) fn rows<E>(
    open: impl Fn() -> Result<Connection, E>,
    head: i64,
    mut take: impl FnMut(rusqlite::Result<Row>) -> Result<(), E>,
) -> Result<(), E> {
    let pieces = piece_of(head) + 1;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let readers = cores.min(READERS_MAX).min(usize::try_from(pieces).unwrap_or(1)).max(1);
    let connections: Vec<Connection> = (0..readers).map(|_| open()).collect::<Result<_, E>>()?;
    thread::scope(|scope| {
        let mut queues: Vec<Receiver<Piece>> = Vec::new();
        for (turn, connection) in (0..).zip(connections) {
            let (sender, queue) = sync_channel(AHEAD);
            queues.push(queue);
            let mine = Mine { turn, readers: i64::try_from(readers).unwrap_or(1), head };
            scope.spawn(move || mine.read(&connection, &sender));
        }
        // Whoever is not taken from any more ends with its next piece.
        let mut next: Vec<Option<Piece>> = queues.iter().map(|queue| queue.recv().ok()).collect();
        while let Some((at, piece)) = take_first(&mut next) {
            next[at] = queues[at].recv().ok();
            piece.rows.into_iter().map(Ok).try_for_each(&mut take)?;
            if let Some(error) = piece.error {
                return take(Err(error));
            }
        }
        Ok(())
    })
}

/// The piece that comes first, and whose it is.
fn take_first(next: &mut [Option<Piece>]) -> Option<(usize, Piece)> {
    let numbers = next.iter().enumerate().filter_map(|(at, piece)| Some((piece.as_ref()?, at)));
    let (_, at) = numbers.map(|(piece, at)| (piece.number, at)).min()?;
    Some((at, next[at].take()?))
}

/// The piece that a row lies in. No row stands before the first; what does all the same is in the
/// first piece.
fn piece_of(seq: i64) -> i64 {
    seq.div_euclid(PIECE).max(0)
}

/// The pieces of one reader: every so many, from its turn on.
struct Mine {
    turn: i64,
    readers: i64,
    head: i64,
}

impl Mine {
    fn read(&self, connection: &Connection, sender: &SyncSender<Piece>) {
        let mut number = self.turn;
        while number <= piece_of(self.head) {
            let from = if number == 0 { i64::MIN } else { number * PIECE };
            let to = self.head.min(number * PIECE + (PIECE - 1));
            let mut rows = Vec::new();
            let mut error = fill(connection, (from, to), &mut rows).err();
            let mut next = Some(number + self.readers);
            // A row that was moved far away by hand: nobody walks the emptiness before it.
            if rows.is_empty() && error.is_none() {
                match first_behind(connection, to) {
                    // Behind the head, another may be writing.
                    Ok(seq) => next = seq.map(|seq| self.own_from(piece_of(seq).max(number + 1))),
                    Err(why) => error = Some(why),
                }
            }
            let is_last = error.is_some();
            if sender.send(Piece { number, rows, error }).is_err() || is_last {
                return;
            }
            let Some(next) = next else { return };
            number = next;
        }
    }

    /// The first of its pieces that is not before this one.
    fn own_from(&self, piece: i64) -> i64 {
        piece + (self.turn - piece).rem_euclid(self.readers)
    }
}

/// The seq of the first row behind this one.
fn first_behind(connection: &Connection, seq: i64) -> rusqlite::Result<Option<i64>> {
    let text = "SELECT min(seq) FROM events WHERE seq > ?";
    connection.prepare_cached(text)?.query_row([seq], |row| row.get(0))
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
