//! The events of one agent are found wherever they lie, without reading the whole journal.

use super::{name, new, open, place, sqlite, stamp, starting};
use crate::fleet::Event;
use crate::host::journal::stretches::{EVENTS, OF_STREAM};
use crate::host::journal::{Filter, Journal};

/// Ada speaks thrice, in the first and the third stretch; bo all the time.
const OF_ADA: [u64; 3] = [5, 1023, 2100];

async fn journal(path: &std::path::Path) -> Journal {
    let (journal, _) = open(path);
    let event = |seq: u64| {
        let agent = if OF_ADA.contains(&seq) { "ada" } else { "bo" };
        starting(agent, &seq.to_string())
    };
    for from in [1, 1001, 2001] {
        journal.append(&stamp(), (from..from + 1000).map(event).collect(), None).await.unwrap();
    }
    journal
}

async fn found(journal: &Journal, after: u64, limit: usize) -> Vec<u64> {
    let filter = Filter { agent: Some("ada".to_owned()), kinds: Vec::new() };
    let events = journal.read(after, limit, &filter).await.unwrap();
    events.into_iter().map(|event| event.seq).collect()
}

async fn finds_all(journal: &Journal) {
    assert_eq!(found(journal, 0, 10).await, OF_ADA);
    assert_eq!(found(journal, 0, 2).await, OF_ADA[..2]);
    assert_eq!(found(journal, 5, 10).await, OF_ADA[1..]);
    assert_eq!(found(journal, 1023, 10).await, OF_ADA[2..]);
    assert!(found(journal, 2100, 10).await.is_empty());
    for (count, expected) in [(1, &OF_ADA[2..]), (2, &OF_ADA[1..]), (9, &OF_ADA[..])] {
        let last = journal.last_of("ada", count).await.unwrap();
        assert_eq!(last.iter().map(|event| event.seq).collect::<Vec<_>>(), expected);
    }
    assert!(journal.last_of("cy", 1).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_events_of_an_agent_are_found_in_every_stretch_and_a_start_completes_what_lacks() {
    let (_directory, path) = place();
    let written = journal(&path).await;
    finds_all(&written).await;
    written.close().await.unwrap();
    let stretches = "SELECT group_concat(of_stream || stretch, ' ') FROM stretches";
    let told = || sqlite(&path).query_row(stretches, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(told(), "ada0 ada2 bo0 bo1 bo2");
    // As a journal from before the table has it, and one that somebody emptied in part.
    for lacking in ["DROP TABLE stretches", "DELETE FROM stretches WHERE of_stream = 'ada'"] {
        sqlite(&path).execute_batch(lacking).unwrap();
        let (journal, _) = open(&path);
        assert_eq!(told(), "ada0 ada2 bo0 bo1 bo2", "{lacking}");
        finds_all(&journal).await;
        // The writer goes on from what the start has counted.
        let next = vec![new(lacking, Event::AgentStarting { agent: name("bo") })];
        journal.append(&stamp(), next, None).await.unwrap();
        journal.close().await.unwrap();
    }
    assert_eq!(open(&path).1.len(), 3002);
}

#[tokio::test]
async fn no_more_is_read_or_sorted_for_one_agent_than_its_stretches() {
    let (_directory, path) = place();
    journal(&path).await.close().await.unwrap();
    for order in ["stretch, seq", "stretch DESC, seq DESC"] {
        let plan = format!(
            "EXPLAIN QUERY PLAN SELECT id FROM {EVENTS} WHERE {OF_STREAM} ORDER BY {order} LIMIT 1"
        );
        let connection = sqlite(&path);
        let mut statement = connection.prepare(&plan).unwrap();
        let told = statement.query_map(["ada"], |row| row.get::<_, String>(3)).unwrap();
        let told: Vec<_> = told.map(Result::unwrap).collect();
        let expected = [
            "SEARCH stretches USING PRIMARY KEY (of_stream=?)",
            "SEARCH events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        ];
        assert_eq!(told, expected);
    }
}
