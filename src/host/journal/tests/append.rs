//! What is acknowledged is there, in order, whole or not at all.

use std::os::unix::fs::PermissionsExt as _;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{NewEvent, answer, name, new, open, place, sqlite, stamp, starting};
use crate::fleet::{Event, SessionId};
use crate::host::journal::ask::{Append, Ask};
use crate::host::journal::heads::Heads;
use crate::host::journal::rows::REMEMBERED_MAX;
use crate::host::journal::signer::Signing;
use crate::host::journal::stored::Fresh;
use crate::host::journal::writer::Writer;
use crate::host::journal::{Filter, JournalError, Remember, schema};

#[tokio::test]
async fn what_is_appended_comes_back_after_a_reopening() {
    let (_directory, path) = place();
    let (journal, before) = open(&path);
    assert!(before.is_empty());
    let session = SessionId("5e55".into());
    let mut event =
        new("e2", Event::SessionStarted { agent: name("ada"), session, pid: 4_000_000_000 });
    event.cause = Some("e1".into());
    event.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into());
    let events = vec![starting("ada", "e1"), event.clone()];
    assert_eq!(journal.append(&stamp(), events, None).await.unwrap(), 2);
    let live = journal.read(0, 10, &Filter::default()).await.unwrap();
    journal.close().await.unwrap();

    let (journal, replayed) = open(&path);
    assert_eq!(live, replayed);
    assert_eq!(*journal.head().borrow(), 2);
    let stored = &replayed[1];
    assert_eq!((stored.seq, stored.id.as_str(), stored.at), (2, "e2", event.recorded.at));
    assert_eq!((stored.tenant, stored.tenant_label.as_str()), (1000, "alice"));
    assert_eq!(stored.host, "0123456789abcdef0123456789abcdef");
    assert_eq!(stored.host_label, "mill");
    assert_eq!(stored.agent.as_deref(), Some("ada"));
    assert_eq!(stored.session.as_deref(), Some("5e55"));
    assert_eq!((stored.kind.as_str(), stored.schema_version), ("session.started", 1));
    assert_eq!(stored.actor, "supervisor");
    assert_eq!((&stored.cause, &stored.traceparent), (&event.cause, &event.traceparent));
    assert_eq!(stored.recorded().unwrap(), event.recorded);
}

#[tokio::test]
async fn streams_count_for_themselves() {
    let (_directory, path) = place();
    let (journal, _) = open(&path);
    let lost = || Event::TmuxLost { reason: "gone".into() };
    // An agent may be called fleet; its stream is not that of the fleet.
    let events = vec![
        starting("ada", "1"),
        new("2", lost()),
        starting("fleet", "3"),
        starting("ada", "4"),
        new("5", lost()),
    ];
    journal.append(&stamp(), events, None).await.unwrap();
    journal.append(&stamp(), vec![starting("ada", "6")], None).await.unwrap();
    let connection = sqlite(&path);
    let mut rows =
        connection.prepare("SELECT stream, stream_seq FROM events ORDER BY seq").unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let places: Vec<(String, i64)> = rows.map(Result::unwrap).collect();
    let expected = [
        ("ada", 1),
        ("mosaic-fleet", 1),
        ("fleet", 1),
        ("ada", 2),
        ("mosaic-fleet", 2),
        ("ada", 3),
    ];
    assert_eq!(places, expected.map(|(stream, seq)| (stream.to_owned(), seq)));
}

#[tokio::test]
async fn many_callers_at_once_get_their_own_seqs() {
    let (_directory, path) = place();
    let (journal, _) = open(&path);
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..600 {
        let journal = journal.clone();
        callers.spawn(async move {
            let events =
                vec![starting("ada", &format!("{caller}a")), starting("bo", &format!("{caller}b"))];
            (caller, journal.append(&stamp(), events, None).await.unwrap())
        });
    }
    let answers = callers.join_all().await;
    let events = journal.read(0, 2_000, &Filter::default()).await.unwrap();
    assert_eq!(events.len(), 1_200);
    for (caller, last) in answers {
        let last = usize::try_from(last).unwrap();
        assert_eq!(events[last - 2].id, format!("{caller}a"));
        assert_eq!(events[last - 1].id, format!("{caller}b"));
    }
}

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

#[tokio::test]
async fn an_answer_is_kept_with_its_events() {
    let (_directory, path) = place();
    let (journal, _) = open(&path);
    assert_eq!(journal.remembered("k").await.unwrap(), None);
    journal.append(&stamp(), vec![starting("ada", "1")], Some(answer("k"))).await.unwrap();
    let keep = ["l", "m"].map(|key| Remember { events: usize::from(key == "m"), ..answer(key) });
    journal.append(&stamp(), vec![starting("ada", "2")], keep).await.unwrap();
    // A command that changed nothing has an answer too; its seq is the head.
    assert_eq!(journal.append(&stamp(), vec![], Some(answer("none"))).await.unwrap(), 2);
    let again = journal.append(&stamp(), vec![starting("ada", "3")], Some(answer("k"))).await;
    assert!(matches!(again, Err(JournalError::KeyUsed { ref key }) if key == "k"), "{again:?}");
    assert_eq!(*journal.head().borrow(), 2);
    journal.close().await.unwrap();

    let (journal, _) = open(&path);
    for (key, seq) in [("k", 1), ("l", 1), ("m", 2), ("none", 2)] {
        let kept = journal.remembered(key).await.unwrap().unwrap();
        assert_eq!((kept.seq, kept.reply.as_str()), (seq, r#"{"said":"done"}"#));
        assert_eq!(kept.fingerprint, "f00d");
    }
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

#[tokio::test]
async fn the_head_has_moved_when_an_append_is_acknowledged() {
    let (_directory, path) = place();
    let (journal, _) = open(&path);
    let mut head = journal.head();
    for at in 1..=50 {
        let seq =
            journal.append(&stamp(), vec![starting("ada", &at.to_string())], None).await.unwrap();
        assert_eq!((seq, *head.borrow_and_update()), (at, at));
    }
    journal.close().await.unwrap();
    assert!(head.changed().await.is_err(), "nothing comes after the end");
}

#[tokio::test]
async fn closing_stores_what_waits_and_leaves_one_private_file() {
    let (directory, path) = place();
    let (journal, _) = open(&path);
    let clone = journal.clone();
    let waiting: Vec<_> = (0..100)
        .map(|at| {
            let journal = journal.clone();
            tokio::spawn(async move {
                journal.append(&stamp(), vec![starting("ada", &at.to_string())], None).await
            })
        })
        .collect();
    tokio::task::yield_now().await;
    journal.close().await.unwrap();
    for append in waiting {
        append.await.unwrap().unwrap();
    }
    let late = clone.append(&stamp(), vec![starting("ada", "late")], None).await;
    assert!(matches!(late, Err(JournalError::Closed { .. })), "{late:?}");
    let late = clone.read(0, 1, &Filter::default()).await;
    assert!(matches!(late, Err(JournalError::Closed { .. })), "{late:?}");
    clone.close().await.unwrap();

    let mut left = Vec::new();
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
        left.push(entry.file_name());
    }
    left.sort();
    assert_eq!(left, ["journal.checkpoints", "journal.db", "journal.key"]);
    assert_eq!(open(&path).1.len(), 100);
}

#[tokio::test]
async fn every_file_of_an_open_journal_is_private() {
    let (directory, path) = place();
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (journal, _) = open(&path);
    journal.append(&stamp(), vec![starting("ada", "1")], None).await.unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
        seen += 1;
    }
    assert_eq!(seen, 5, "the database, its WAL and the index of it, the key, the checkpoints");
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
