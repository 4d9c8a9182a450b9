//! What is acknowledged is there, in order, whole or not at all.

use std::os::unix::fs::PermissionsExt as _;

use super::{answer, name, new, open, place, sqlite, stamp, starting};
use crate::fleet::{Event, SessionId};
use crate::host::journal::{Filter, JournalError, Remember};

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
