//! A page of the file that is no page any more: what lies before it is still looked at.

use std::path::Path;

use super::{open, place, sqlite, stamp, starting};
use crate::host::journal::verify;

/// More events than one page holds, and than one piece that is read at a time.
const EVENTS: u64 = 600;

/// Overwrites the page that holds the newest events, as a disk that lost a write does.
fn tear(path: &Path) {
    let connection = sqlite(path);
    let number = |text: &str| connection.query_row(text, [], |row| row.get::<_, u32>(0)).unwrap();
    let size = number("PRAGMA page_size") as usize;
    let mut page = number("SELECT rootpage FROM sqlite_schema WHERE name = 'events'") as usize;
    drop(connection);
    let mut bytes = std::fs::read(path).unwrap();
    // Of an inner page of a table, the right-most child stands at byte 8.
    while bytes[(page - 1) * size] == 5 {
        let child = (page - 1) * size + 8;
        page = u32::from_be_bytes(bytes[child..child + 4].try_into().unwrap()) as usize;
    }
    assert_eq!(bytes[(page - 1) * size], 13, "a leaf of a table");
    bytes[(page - 1) * size..page * size].fill(0);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_torn_last_page_is_a_finding_and_every_event_before_it_is_looked_at() {
    let (_directory, path) = place();
    let (journal, _) = open(&path);
    let events = (1..=EVENTS).map(|seq| starting("ada", &seq.to_string())).collect();
    journal.append(&stamp(), events, None).await.unwrap();
    journal.close().await.unwrap();
    tear(&path);

    let mut given = Vec::new();
    let verified = verify(&path, &[], |event, _| {
        given.push(event.seq);
        Ok(())
    })
    .unwrap();
    let last = verified.events;
    assert!(last > EVENTS / 2 && last < EVENTS, "{last}");
    assert_eq!(given, Vec::from_iter(1..=last));
    let found: Vec<&str> = verified.findings.iter().map(|one| one.what.as_str()).collect();
    assert!(found[0].starts_with("the last event cannot be read: "), "{found:?}");
    let behind = format!("the file cannot be read behind event {last}: ");
    assert!(found[1].starts_with(&behind), "{found:?}");
    assert_eq!(verified.findings[1].covered_by, Some(EVENTS));
}
