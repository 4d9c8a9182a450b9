//! Many readers, one order: whoever opens a long journal is given each event in its turn.

use super::{place, sqlite, stamp, starting, try_open};
use crate::host::journal::{Journal, JournalError, ahead, schema, verify};

/// More pieces than all readers together are ahead.
const EVENTS: u64 = 8_000;

async fn long(path: &std::path::Path) {
    let (journal, _) = try_open(path).unwrap();
    let agents = ["ada", "bo", "cy"].into_iter().cycle().zip(1..=EVENTS);
    let events = agents.map(|(agent, seq)| starting(agent, &seq.to_string())).collect();
    journal.append(&stamp(), events, None).await.unwrap();
    journal.close().await.unwrap();
}

/// The seqs that are given, up to the one that is refused, and how the opening ended.
fn given(path: &std::path::Path, refused: u64) -> (Vec<u64>, Result<Journal, JournalError>) {
    let mut given = Vec::new();
    let opened = Journal::open(path, |event, _| {
        given.push(event.seq);
        if event.seq == refused {
            return Err(JournalError::Unreadable {
                seq: refused,
                kind: event.kind,
                why: "no".into(),
            });
        }
        Ok(())
    });
    (given, opened)
}

#[tokio::test]
async fn events_of_many_pieces_come_in_order_and_the_first_that_is_wrong_ends_it() {
    let (_directory, path) = place();
    long(&path).await;
    let (all, opened) = given(&path, 0);
    assert_eq!(all, Vec::from_iter(1..=EVENTS));
    assert_eq!(*opened.unwrap().head().borrow(), EVENTS);

    let (some, opened) = given(&path, 300);
    assert_eq!(some, Vec::from_iter(1..=300));
    assert!(matches!(opened, Err(JournalError::Unreadable { seq: 300, .. })), "{opened:?}");

    sqlite(&path)
        .execute_batch(
            "DROP TRIGGER events_are_never_changed; \
             UPDATE events SET actor = 'x' WHERE seq IN (5000, 7000)",
        )
        .unwrap();
    let (some, opened) = given(&path, 0);
    assert_eq!(some, Vec::from_iter(1..5000));
    let error = opened.unwrap_err().to_string();
    assert!(error.contains("event 5000 is not the one"), "{error}");
}

#[tokio::test]
async fn a_row_that_was_moved_far_away_is_named_and_nobody_walks_the_way_to_it() {
    let (_directory, path) = place();
    long(&path).await;
    // To the last seq that there is: more pieces than anybody could ask for one by one.
    let moved = i64::MAX;
    sqlite(&path)
        .execute_batch(&format!(
            "DROP TRIGGER events_are_never_changed; \
             UPDATE events SET seq = {moved} WHERE seq = {EVENTS}"
        ))
        .unwrap();
    let (some, opened) = given(&path, 0);
    assert_eq!(some, Vec::from_iter(1..EVENTS));
    let error = opened.unwrap_err().to_string();
    assert!(error.contains(&format!("event {moved} follows event {}", EVENTS - 1)), "{error}");

    let verified = verify(&path, &[], |_, _| Ok(())).unwrap();
    let found: Vec<&str> = verified.findings.iter().map(|one| one.what.as_str()).collect();
    let far = format!("events {EVENTS} to {} are missing", moved - 1);
    assert!(found.contains(&&*far), "{found:?}");
    assert_eq!(verified.events, EVENTS);
}

#[tokio::test]
async fn a_head_before_every_row_ends_the_reading_whoever_writes_behind_it() {
    let (_directory, path) = place();
    long(&path).await;
    let (done, is_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut taken = 0;
        let ended = ahead::rows(
            || schema::open_reader(&path),
            0,
            |_| {
                taken += 1;
                Ok(())
            },
        );
        done.send(ended.map(|()| taken)).unwrap();
    });
    assert_eq!(is_done.recv_timeout(std::time::Duration::from_secs(20)).unwrap().unwrap(), 0);
}
