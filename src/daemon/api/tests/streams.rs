//! Events and watches: no gap, no duplicate, nobody waits for a slow reader, nothing left behind.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use super::client::{Lines, soon};
use super::support::{Served, name};
use crate::daemon::Piece;
use crate::fleet::{Event, Wanted};

fn wanted(served: &Served, agent: &str) -> u64 {
    let reason = String::new();
    served.fake.happen(Event::AgentWanted { agent: name(agent), wanted: Wanted::Up, reason })
}

async fn ids(lines: &mut Lines, count: usize) -> Vec<u64> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let (id, _, data) = lines.event().await.expect("the stream ended");
        assert_eq!(data["seq"].to_string(), id);
        ids.push(id.parse().unwrap());
    }
    ids
}

#[tokio::test]
async fn a_page_of_events_is_read_from_a_seq_with_a_limit_and_filters() {
    let served = Served::new().await;
    let mut client = served.client().await;
    for agent in ["ada", "bob", "ada", "bob"] {
        wanted(&served, agent);
    }
    let seqs = |reply: &serde_json::Value| {
        let events = reply["events"].as_array().unwrap();
        events.iter().map(|event| event["seq"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let (_, all) = client.get("/v1/events").await;
    assert_eq!((seqs(&all), &all["as_of_seq"]), (vec![1, 2, 3, 4, 5], &5.into()));
    let (_, some) = client.get("/v1/events?from=2&limit=2").await;
    assert_eq!(seqs(&some), [2, 3]);
    let (_, of_bob) = client.get("/v1/events?agent=bob&type=agent.wanted,agent.held").await;
    assert_eq!(seqs(&of_bob), [3, 5]);
    let (_, none) = client.get("/v1/events?type=agent.held").await;
    assert_eq!(seqs(&none), [] as [u64; 0]);
    let (status, reply) = client.get("/v1/events?from=soon").await;
    assert_eq!((status.as_u16(), &reply["error"]["code"]), (400, &"bad_request".into()));
}

#[tokio::test]
async fn a_follower_gets_old_and_new_events_without_gap_or_duplicate() {
    let served = Served::new().await;
    for _ in 0..600 {
        wanted(&served, "ada");
    }
    let mut lines = served.client().await.lines("/v1/events?follow=true&from=300", &[]).await;
    let fake = served.fake.clone();
    // On a thread of its own, so that events come at any moment of the reading.
    let writer = std::thread::spawn(move || {
        for _ in 0..2000 {
            let reason = String::new();
            fake.happen(Event::AgentWanted { agent: name("ada"), wanted: Wanted::Up, reason });
        }
    });
    let seen = ids(&mut lines, 2302).await;
    assert_eq!(seen, (300..=2601).collect::<Vec<_>>());
    writer.join().unwrap();
}

#[tokio::test]
async fn a_follower_that_comes_again_goes_on_after_its_last_id() {
    let served = Served::new().await;
    for _ in 0..5 {
        wanted(&served, "ada");
    }
    let mut client = served.client().await;
    let mut lines = client.lines("/v1/events?follow=true&from=1", &[("last-event-id", "4")]).await;
    assert_eq!(ids(&mut lines, 2).await, [5, 6]);
    let mut other = served.client().await;
    let reply = other.open("GET", "/v1/events?follow=true", &[("last-event-id", "x")], "").await;
    assert_eq!(reply.status(), 400);
}

#[tokio::test]
async fn a_follower_with_a_filter_never_reads_the_same_events_twice() {
    let served = Served::new().await;
    let mut lines =
        served.client().await.lines("/v1/events?follow=true&agent=bob&from=1", &[]).await;
    for _ in 0..50 {
        wanted(&served, "ada");
    }
    let seq = wanted(&served, "bob");
    assert_eq!(ids(&mut lines, 1).await, [seq]);
    let reads = served.fake.reads.load(Ordering::SeqCst);
    let seq = wanted(&served, "bob");
    assert_eq!(ids(&mut lines, 1).await, [seq]);
    assert!(served.fake.reads.load(Ordering::SeqCst) <= reads + 2, "one read for one event");
}

#[tokio::test]
async fn a_reader_that_does_not_read_blocks_nobody() {
    let served = Served::new().await;
    let mut slow = served.client().await.lines("/v1/events?follow=true", &[]).await;
    let mut quick = served.client().await.lines("/v1/events?follow=true", &[]).await;
    for _ in 0..5000 {
        wanted(&served, "ada");
    }
    assert_eq!(ids(&mut quick, 5001).await.last(), Some(&5001));
    assert_eq!(served.client().await.get("/v1/status").await.0, 200);
    assert_eq!(ids(&mut slow, 5001).await, (1..=5001).collect::<Vec<_>>(), "nor loses anything");
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_ends_the_stream_with_the_reason() {
    let served = Served::new().await;
    let mut lines = served.client().await.lines("/v1/events?follow=true", &[]).await;
    ids(&mut lines, 1).await;
    served.fake.journal_is_broken.store(true, Ordering::SeqCst);
    wanted(&served, "ada");
    let (_, event, data) = lines.event().await.unwrap();
    assert_eq!((event.as_str(), &data["error"]["code"]), ("error", &"failed".into()));
    assert_eq!(data["error"]["message"], "read events after 1: the disk is gone");
    assert_eq!(lines.event().await, None);
}

async fn pieces(served: &Served) -> tokio::sync::mpsc::Sender<Piece> {
    served.fake.watchers.lock().unwrap().pop().expect("nobody watches")
}

#[tokio::test]
async fn a_watcher_gets_the_row_then_the_screen_then_what_changes_either() {
    let served = Served::new().await;
    let mut lines = served.client().await.lines("/v1/agents/ada/watch", &[]).await;
    let first = lines.json().await;
    assert_eq!((&first["type"], &first["row"]["agent"]), (&"status".into(), &"ada".into()));
    let second = lines.json().await;
    let screen =
        json!({"type": "screen", "columns": 80, "rows": 24, "paint": "G1tIJCA=", "tmux": "3.5a"});
    assert_eq!(second, screen);
    let to_watcher = pieces(&served).await;
    to_watcher.send(Piece::Output(vec![0xff, 0])).await.unwrap();
    assert_eq!(lines.json().await, json!({"type": "output", "bytes": "/wA="}));
    // Another agent's events say nothing to this watcher; its own do.
    wanted(&served, "bob");
    to_watcher.send(Piece::Output(b"x".to_vec())).await.unwrap();
    assert_eq!(lines.json().await, json!({"type": "output", "bytes": "eA=="}));
    served.fake.happen(Event::AgentStarting { agent: name("ada") });
    let row = lines.json().await;
    assert_eq!((&row["type"], &row["row"]["lifecycle"]), (&"status".into(), &"starting".into()));
    to_watcher.send(Piece::Gone("the pane is gone".to_owned())).await.unwrap();
    assert_eq!(lines.json().await, json!({"type": "gone", "reason": "the pane is gone"}));
    drop(to_watcher);
    // The next pane is looked for by itself: at once, as the view alone may have been lost.
    assert_eq!(lines.json().await, screen);
    pieces(&served).await.send(Piece::Title("t".to_owned())).await.unwrap();
    assert_eq!(lines.json().await, json!({"type": "output", "bytes": "", "title": "t"}));
}

#[tokio::test]
async fn the_row_is_always_the_first_line() {
    let served = Served::new().await;
    for _ in 0..20 {
        let mut lines = served.client().await.lines("/v1/agents/ada/watch", &[]).await;
        assert_eq!(lines.json().await["type"], "status");
        assert_eq!(lines.json().await["type"], "screen");
    }
}

#[tokio::test]
async fn a_raw_watch_is_the_bytes_themselves() {
    let served = Served::new().await;
    let mut lines = served.client().await.lines("/v1/agents/ada/watch?raw=true", &[]).await;
    let to_watcher = pieces(&served).await;
    served.fake.happen(Event::AgentStarting { agent: name("ada") });
    to_watcher.send(Piece::Output(b"\nmore\n".to_vec())).await.unwrap();
    assert_eq!(lines.next().await.as_deref(), Some("\x1b[H$"), "the screen, without its blank");
    assert_eq!(lines.next().await.as_deref(), Some("more"));
}

#[tokio::test]
async fn a_watcher_that_leaves_is_let_go_though_nothing_happens() {
    let served = Served::new().await;
    let mut client = served.client().await;
    let lines = client.lines("/v1/agents/ada/watch", &[]).await;
    let to_watcher = pieces(&served).await;
    drop((lines, client));
    soon(to_watcher.closed()).await;
}

#[tokio::test]
async fn the_end_of_the_supervisor_ends_every_stream_and_the_serving() {
    let served = Served::new().await;
    let mut events = served.client().await.lines("/v1/events?follow=true&from=2", &[]).await;
    let mut watch = served.client().await.lines("/v1/agents/ada/watch", &[]).await;
    let mut idle = served.client().await;
    assert_eq!(idle.get("/v1/status").await.0, 200);
    assert_eq!(watch.json().await["type"], "status");
    assert_eq!(watch.json().await["type"], "screen");
    served.leaving.send_replace(true);
    assert_eq!((events.next().await, watch.next().await), (None, None));
    // At once: the grace is for requests in flight, and a connection without one is closed.
    let ended = timeout(Duration::from_secs(1), served.serving).await;
    ended.expect("an idle connection held it up").unwrap().unwrap();
}
