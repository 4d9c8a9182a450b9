//! What the journal refuses: to change, to lose, to guess.

use std::path::Path;

use super::{open, place, sqlite, stamp, starting, try_open};
use crate::fleet::Recorded;
use crate::host::journal::JournalError;

async fn with_three_events(path: &Path) {
    let (journal, _) = open(path);
    for id in ["1", "2", "3"] {
        journal.append(&stamp(), vec![starting("ada", id)], None).await.unwrap();
    }
    journal.close().await.unwrap();
}

#[tokio::test]
async fn no_statement_changes_or_deletes_an_event() {
    let (_directory, path) = place();
    with_three_events(&path).await;
    let connection = sqlite(&path);
    let row = "ts, mono_ms, tenant, tenant_label, host, host_label, stream, stream_seq, type, \
               schema_version, actor, payload, leaf";
    let copy = |verb: &str, seq: &str, id: &str| {
        format!(
            "{verb} INTO events (seq, id, {row}) SELECT {seq}, {id}, {row} FROM events WHERE seq = 3"
        )
    };
    let statements = [
        "UPDATE events SET payload = '{}' WHERE seq = 2".to_owned(),
        "DELETE FROM events WHERE seq = 3".to_owned(),
        "DELETE FROM events".to_owned(),
        copy("INSERT OR REPLACE", "2", "'new'"),
        copy("INSERT OR REPLACE", "4", "'2'"),
        copy("INSERT", "5", "'new'"),
        copy("INSERT", "NULL", "'new'"),
        "INSERT INTO events SELECT * FROM events WHERE seq = 1 \
         ON CONFLICT (seq) DO UPDATE SET actor = 'x'"
            .to_owned(),
    ];
    for statement in statements {
        let refused = connection.execute(&statement, []).unwrap_err().to_string();
        assert!(
            refused.contains("append-only") || refused.contains("id is stored already"),
            "{statement}: {refused}"
        );
    }
    assert_eq!(open(&path).1.len(), 3);
}

/// Changes the file as one could who takes the triggers away first.
fn tamper(path: &Path, statement: &str) {
    let connection = sqlite(path);
    connection
        .execute_batch(&format!(
            "DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted; {statement}"
        ))
        .unwrap();
}

#[tokio::test]
async fn a_changed_row_is_found_at_the_next_opening() {
    let changes = [
        (
            "UPDATE events SET payload = '{\"agent\":\"bob\"}' WHERE seq = 2",
            "event 2 is not the one",
        ),
        ("UPDATE events SET cause = '' WHERE seq = 3", "event 3 is not the one"),
        ("UPDATE events SET leaf = zeroblob(32) WHERE seq = 1", "event 1 is not the one"),
        ("DELETE FROM events WHERE seq = 2", "event 3 follows event 1"),
        ("UPDATE events SET stream = 'bob' WHERE seq = 2", "event 2 is number 2 of stream bob"),
    ];
    for (change, expected) in changes {
        let (_directory, path) = place();
        with_three_events(&path).await;
        tamper(&path, change);
        let error = try_open(&path).unwrap_err();
        assert!(matches!(error, JournalError::Corrupt { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{change}: {error}");
    }
}

#[tokio::test]
async fn a_newer_format_is_refused_and_left_alone() {
    let (_directory, path) = place();
    with_three_events(&path).await;
    sqlite(&path).pragma_update(None, "user_version", 3).unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = try_open(&path).unwrap_err();
    assert!(matches!(error, JournalError::NewerVersion { found: 3, ours: 2, .. }), "{error:?}");
    assert!(error.to_string().contains("has format 3 and this mosaic knows formats up to 2"));
    assert_eq!(before, std::fs::read(&path).unwrap());
}

#[test]
fn a_file_of_somebody_else_is_refused_and_left_alone() {
    let (_directory, path) = place();
    std::fs::write(
        &path,
        "this is a letter, not a database; it is longer than a header. ".repeat(9),
    )
    .unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = try_open(&path).unwrap_err();
    assert!(error.to_string().contains("file is not a database"), "{error}");
    assert_eq!(before, std::fs::read(&path).unwrap());

    let (_directory, path) = place();
    sqlite(&path).execute_batch("CREATE TABLE mine (x)").unwrap();
    let error = try_open(&path).unwrap_err();
    assert!(matches!(error, JournalError::NotAJournal { .. }), "{error:?}");
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let (directory, _) = place();
    let error = try_open(&directory.path().join("no/journal.db")).unwrap_err();
    assert!(error.to_string().contains("no/journal.db"), "{error}");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("No such file or directory"), "{source}");
}

#[tokio::test]
async fn a_foreign_lock_is_reported_by_its_deadline() {
    let (_directory, path) = place();
    let (journal, _) = open(&path);
    let other = sqlite(&path);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = journal.append(&stamp(), vec![starting("ada", "1")], None).await.unwrap_err();
    assert!(matches!(error, JournalError::Busy { .. }), "{error:?}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(journal.append(&stamp(), vec![starting("ada", "1")], None).await.unwrap(), 1);
}

#[tokio::test]
async fn an_event_of_an_unknown_type_is_named_not_guessed() {
    let (_directory, path) = place();
    with_three_events(&path).await;
    let (_, mut events) = open(&path);
    events[1].kind = "agent.sang".into();
    let recorded: Result<Recorded, _> = events[1].recorded();
    let error = recorded.unwrap_err().to_string();
    assert!(error.contains("cannot understand event 2") && error.contains("agent.sang"), "{error}");
}

#[tokio::test]
async fn a_callback_that_fails_ends_the_opening() {
    let (_directory, path) = place();
    with_three_events(&path).await;
    let mut taken = 0;
    let opened = crate::host::journal::Journal::open(&path, |event, _| {
        taken += 1;
        if event.seq < 2 {
            return Ok(());
        }
        Err(JournalError::Unreadable { seq: 2, kind: event.kind, why: "no".into() })
    });
    assert!(matches!(opened, Err(JournalError::Unreadable { seq: 2, .. })), "{opened:?}");
    assert_eq!(taken, 2);
}
