//! Requests that are stored together: one transaction, and each of them whole or not at all.

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{NewEvent, answer, place, sqlite, stamp, starting};
use crate::host::journal::ask::{Append, Ask};
use crate::host::journal::heads::Heads;
use crate::host::journal::rows::REMEMBERED_MAX;
use crate::host::journal::signer::Signing;
use crate::host::journal::stored::Fresh;
use crate::host::journal::writer::Writer;
use crate::host::journal::{JournalError, Remember, schema};

#[test]
fn a_group_is_one_transaction() {
    let (_directory, path) = place();
    let mut writer = writer(&path);
    let empty = "PRAGMA wal_checkpoint(TRUNCATE)";
    writer.connection.query_row(empty, [], |_| Ok(())).unwrap();
    let group: Vec<_> =
        (0..100).map(|at| request(vec![starting("ada", &at.to_string())])).collect();
    let outcomes = commit(&mut writer, group);
    assert_eq!(
        outcomes.into_iter().map(Result::unwrap).collect::<Vec<_>>(),
        Vec::from_iter(1..=100)
    );
    assert_eq!(commits_in_wal(&path), 1);
    assert_eq!(*writer.head.borrow(), 100);
}

#[test]
fn what_waits_is_stored_in_as_few_transactions_as_groups() {
    let (_directory, path) = place();
    let mut writer = writer(&path);
    let empty = "PRAGMA wal_checkpoint(TRUNCATE)";
    writer.connection.query_row(empty, [], |_| Ok(())).unwrap();
    let (asks, queue) = mpsc::channel(600);
    for at in 0..600 {
        asks.try_send(Ask::Append(request(vec![starting("ada", &at.to_string())]))).ok().unwrap();
    }
    drop(asks);
    writer.run(queue);
    assert_eq!((*writer.head.borrow(), commits_in_wal(&path)), (600, 3));
}

/// The frames of the WAL that end a transaction: those that give the size of the database.
fn commits_in_wal(path: &std::path::Path) -> usize {
    const HEADER: usize = 32;
    const FRAME: usize = 24 + 4096;
    let wal = std::fs::read(path.with_extension("db-wal")).unwrap();
    let frames = wal[HEADER..].chunks_exact(FRAME);
    assert!(frames.len() > 0);
    frames.filter(|frame| frame[4..8] != [0; 4]).count()
}

#[test]
fn one_request_that_breaks_a_rule_does_not_harm_its_group() {
    let (_directory, path) = place();
    let mut writer = writer(&path);
    let group = [
        request(vec![starting("ada", "a")]),
        request(vec![starting("ada", "b"), starting("ada", "a")]),
        request(vec![starting("ada", "c")]),
    ];
    let outcomes = commit(&mut writer, group);
    assert_eq!((outcomes[0].as_ref().unwrap(), outcomes[2].as_ref().unwrap()), (&1, &2));
    let error = outcomes[1].as_ref().unwrap_err();
    let source = std::error::Error::source(error).unwrap().to_string();
    assert!(source.contains("an event with this id is stored already"), "{source}");
    let ids = "SELECT group_concat(id) FROM events";
    let ids: String = sqlite(&path).query_row(ids, [], |row| row.get(0)).unwrap();
    assert_eq!(ids, "a,c");
    // Nobody counts the rows that were taken back.
    let next = commit(&mut writer, [request(vec![starting("ada", "d")])]);
    assert_eq!(next[0].as_ref().unwrap(), &3);
    let number = "SELECT stream_seq FROM events WHERE id = 'd'";
    assert_eq!(sqlite(&path).query_row(number, [], |row| row.get::<_, i64>(0)).unwrap(), 3);
}

#[test]
fn what_comes_while_a_group_is_stored_joins_it() {
    let (_directory, path) = place();
    let mut writer = writer(&path);
    let empty = "PRAGMA wal_checkpoint(TRUNCATE)";
    writer.connection.query_row(empty, [], |_| Ok(())).unwrap();
    let mut coming = (1..400).map(|at| request(vec![starting("ada", &at.to_string())]));
    let mut group = vec![request(vec![starting("ada", "0")])];
    let outcomes = writer.commit(&mut group, &mut || coming.next());
    let seqs: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
    assert_eq!(seqs, Vec::from_iter(1..=256), "no more than a group has room for");
    assert_eq!((group.len(), commits_in_wal(&path)), (256, 1));
}

#[test]
fn a_row_of_somebody_else_is_counted_too() {
    let (_directory, path) = place();
    let mut writer = writer(&path);
    commit(&mut writer, [request(vec![starting("ada", "a"), starting("bo", "b")])]);
    let row = "ts, mono_ms, tenant, tenant_label, host, host_label, agent, stream, type, \
               schema_version, actor, payload, leaf";
    let foreign = format!(
        "INSERT INTO events (seq, id, stream_seq, {row}) SELECT 3, 'c', 2, {row} FROM events \
         WHERE seq = 1"
    );
    sqlite(&path).execute(&foreign, []).unwrap();
    let next = [request(vec![starting("ada", "d"), starting("bo", "e"), starting("cy", "f")])];
    assert_eq!(commit(&mut writer, next)[0].as_ref().unwrap(), &6);
    let places = "SELECT group_concat(stream || stream_seq, ' ') FROM events";
    let places: String = sqlite(&path).query_row(places, [], |row| row.get(0)).unwrap();
    assert_eq!(places, "ada1 bo1 ada2 ada3 bo2 cy1");
}

#[test]
fn only_the_newest_answers_are_kept() {
    let (_directory, path) = place();
    let mut writer = writer(&path);
    let kept = usize::try_from(REMEMBERED_MAX).unwrap();
    let group: Vec<_> = (0..kept + 3)
        .map(|at| {
            let mut append = request(vec![]);
            append.remember = vec![Remember { key: at.to_string(), ..answer("") }];
            append
        })
        .collect();
    assert!(commit(&mut writer, group).iter().all(Result::is_ok));
    let all = "SELECT count(*), min(rowid), max(key = '0') FROM remembered";
    let (count, first, has_first): (i64, i64, bool) = sqlite(&path)
        .query_row(all, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    assert_eq!((count, first, has_first), (REMEMBERED_MAX, 4, false));
}

#[test]
fn a_commit_is_synced_before_it_is_acknowledged() {
    let (_directory, path) = place();
    let connection = schema::open_writer(&path).unwrap();
    let mode: String =
        connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    let synchronous: i64 =
        connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
    assert_eq!((mode.as_str(), synchronous), ("wal", 2), "2 is FULL");
}

pub fn writer(path: &std::path::Path) -> Writer {
    let connection: Connection = schema::open_writer(path).unwrap();
    let signing = Signing::default();
    let (path, head) = (path.to_owned(), watch::channel(0).0);
    Writer { path, connection, head, signing, heads: Heads::default() }
}

/// Stores a group that nothing joins.
pub fn commit(
    writer: &mut Writer,
    group: impl IntoIterator<Item = Append>,
) -> Vec<Result<u64, JournalError>> {
    writer.commit(&mut Vec::from_iter(group), &mut || None)
}

pub fn request(events: Vec<NewEvent>) -> Append {
    let events = events.into_iter().map(Fresh::from).collect();
    Append { stamp: stamp(), events, remember: Vec::new(), reply: oneshot::channel().0 }
}
