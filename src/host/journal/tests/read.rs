//! Readers see what is durable, from where they ask, without gap or duplicate.

use super::{new, open, place, stamp, starting};
use crate::fleet::{Event, MessageId};
use crate::host::journal::{Filter, StoredEvent};

fn seqs(events: &[StoredEvent]) -> Vec<u64> {
    events.iter().map(|event| event.seq).collect()
}

#[tokio::test]
async fn a_filter_names_an_agent_and_types() {
    let (_directory, path) = place();
    let (journal, _) = open(&path);
    let lost = |id| new(id, Event::TmuxLost { reason: "gone".into() });
    let connected =
        |agent, id| new(id, Event::PaneConnected { agent: super::name(agent), connection: 1 });
    let events = vec![
        starting("ada", "1"),
        lost("2"),
        connected("ada", "3"),
        starting("bo", "4"),
        starting("ada", "5"),
    ];
    journal.append(&stamp(), events, None).await.unwrap();
    let read = async |after, limit, agent: Option<&str>, kinds: &[&str]| {
        let kinds = kinds.iter().map(ToString::to_string).collect();
        let filter = Filter { agent: agent.map(str::to_owned), kinds };
        seqs(&journal.read(after, limit, &filter).await.unwrap())
    };
    assert_eq!(read(0, 10, None, &[]).await, [1, 2, 3, 4, 5]);
    assert_eq!(read(2, 2, None, &[]).await, [3, 4]);
    assert_eq!(read(0, 10, Some("ada"), &[]).await, [1, 3, 5]);
    assert_eq!(read(1, 10, Some("ada"), &["agent.starting"]).await, [5]);
    assert_eq!(read(0, 10, None, &["agent.starting", "tmux.lost"]).await, [1, 2, 4, 5]);
    assert_eq!(read(0, 10, Some("nobody"), &[]).await, Vec::<u64>::new());
    assert_eq!(read(0, 10, None, &["no.such"]).await, Vec::<u64>::new());
    assert_eq!(read(u64::MAX, usize::MAX, None, &[]).await, Vec::<u64>::new());
    assert_eq!(seqs(&journal.last_of("ada", 2).await.unwrap()), [3, 5]);
    assert_eq!(seqs(&journal.last_of("nobody", 2).await.unwrap()), Vec::<u64>::new());
}

/// What the samples of messages have for an id.
const ID: &str = "k3x9a0b1c2d3";

#[tokio::test]
async fn the_events_of_a_message_are_found_by_its_id_and_its_id_by_how_it_begins() {
    let (_directory, path) = place();
    let (journal, _) = open(&path);
    let of_it: Vec<Event> = super::samples::samples();
    let is_of_it = |event: &Event| event.to_parts().0.starts_with("message.");
    let other = Event::MessageExpired { agent: super::name("ada"), id: MessageId("k3".into()) };
    let all: Vec<Event> = of_it.into_iter().chain([other]).collect();
    let wanted = all.iter().filter(|event| is_of_it(event)).count() - 1;
    let events = all.iter().enumerate().map(|(at, event)| new(&at.to_string(), event.clone()));
    journal.append(&stamp(), events.collect(), None).await.unwrap();
    let found = journal.of_message(ID).await.unwrap();
    assert_eq!(found.len(), wanted);
    assert!(found.iter().all(|event| event.payload.contains(ID)));
    assert!(found[0].kind == "message.queued" && found.is_sorted_by_key(|event| event.seq));
    let ids = async |beginning| journal.messages_from(beginning, 9).await.unwrap();
    assert_eq!(ids("k3x").await, [ID], "of a message that was never queued nobody knows the id");
    assert_eq!(ids(ID).await, [ID]);
    assert!(ids("k4").await.is_empty() && ids("3x9").await.is_empty());
    journal.close().await.unwrap();
    let plan = "EXPLAIN QUERY PLAN SELECT seq FROM events WHERE type >= 'message.' AND type < \
                'message/' AND coalesce(json_extract(payload, '$.id'), json_extract(payload, \
                '$.message.id')) = 'k3' ORDER BY seq";
    let told: String = super::sqlite(&path).query_row(plan, [], |row| row.get(3)).unwrap();
    assert!(told.contains("events_by_message"), "the whole journal is not read for it: {told}");
}

#[tokio::test]
async fn no_read_returns_more_than_its_bound() {
    let (_directory, path) = place();
    let (journal, _) = open(&path);
    let events = (0..10_050).map(|at| starting("ada", &at.to_string())).collect();
    journal.append(&stamp(), events, None).await.unwrap();
    let first = journal.read(0, usize::MAX, &Filter::default()).await.unwrap();
    assert_eq!(first.len(), 10_000);
    let rest = journal.read(10_000, usize::MAX, &Filter::default()).await.unwrap();
    assert_eq!(rest.len(), 50);
}

#[tokio::test]
async fn a_follower_loses_nothing_and_sees_nothing_twice() {
    let (_directory, path) = place();
    let (journal, _) = open(&path);
    let follower = {
        let journal = journal.clone();
        tokio::spawn(async move {
            let (mut head, mut cursor, mut seen) = (journal.head(), 0, Vec::new());
            while seen.len() < 300 {
                head.wait_for(|head| *head > cursor).await.unwrap();
                for event in journal.read(cursor, 7, &Filter::default()).await.unwrap() {
                    cursor = event.seq;
                    seen.push(event.seq);
                }
            }
            seen
        })
    };
    for at in 0..100 {
        let events = (0..3).map(|of| starting("ada", &format!("{at}.{of}"))).collect();
        journal.append(&stamp(), events, None).await.unwrap();
    }
    let deadline = std::time::Duration::from_secs(20);
    let seen = tokio::time::timeout(deadline, follower).await.unwrap().unwrap();
    assert_eq!(seen, Vec::from_iter(1..=300));
}
