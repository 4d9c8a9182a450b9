//! `/v1/events` over the real supervisor: readers that are slow, many, late, rude or wrong.

use serde_json::Value;

use crate::support::{Fleet, Follower, LONG, Roster, Wire, need, wait_until};

/// How many connections write at once: as many as one commit of the supervisor takes.
const WRITERS: usize = 64;

/// A fleet whose one agent does not run: messages to it wait, and can be taken back.
fn quiet() -> Fleet {
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    fleet.mosaic(&["agent", "stop", "ada"]).ended(0);
    wait_until("ada exited", LONG, || fleet.row("ada")["lifecycle"] == "exited");
    fleet
}

/// Makes two events for each message, by commands that are each answered; returns the head.
fn write(fleet: &Fleet, messages: usize) -> u64 {
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || {
                let mut wire = Wire::to(fleet);
                for _ in (writer..messages).step_by(WRITERS) {
                    let queued = wire.ask("POST", "/v1/agents/ada/messages", r#"{"text":"x"}"#);
                    assert_eq!(queued.status, 200, "{queued:?}");
                    let path = format!("/v1/messages/{}", queued.json()["id"].as_str().unwrap());
                    assert_eq!(wire.ask("DELETE", &path, "").status, 200);
                }
            });
        }
    });
    head(fleet)
}

fn head(fleet: &Fleet) -> u64 {
    Wire::to(fleet).ask("GET", "/v1/status", "").json()["head_seq"].as_u64().unwrap()
}

#[test]
fn a_reader_that_does_not_read_holds_nobody_up_and_loses_nothing_ten_thousand_events_behind() {
    if !need("tmux") {
        return;
    }
    let fleet = quiet();
    let from = head(&fleet) + 1;
    let mut slow = Follower::from(&fleet, from);
    let head = write(&fleet, 5_000);
    assert!(head >= from + 9_999, "{head}");
    assert_eq!(fleet.row("ada")["lifecycle"], "exited", "rows are made meanwhile");
    assert!(slow.up_to(head).into_iter().eq(from..=head), "no gap, no duplicate");
}

#[test]
fn a_hundred_readers_at_once_get_every_event_once_while_others_write() {
    if !need("tmux") {
        return;
    }
    let fleet = quiet();
    // Half of them from the past, further than one batch reaches; half from now on.
    let first = write(&fleet, 200) + 1;
    let mut readers: Vec<_> = (0..100_u64)
        .map(|at| if at % 2 == 0 { 1 } else { first })
        .map(|from| (from, Follower::from(&fleet, from)))
        .collect();
    std::thread::scope(|scope| {
        let last = first + 399;
        for (from, reader) in &mut readers {
            scope.spawn(move || {
                assert!(reader.up_to(last).into_iter().eq(*from..=last), "no gap, no duplicate");
            });
        }
        assert!(write(&fleet, 200) >= last);
    });
}

#[test]
fn a_reader_that_comes_back_two_hundred_times_misses_nothing_and_gets_nothing_twice() {
    if !need("tmux") {
        return;
    }
    let fleet = quiet();
    let first = head(&fleet) + 1;
    let mut seen: Vec<u64> = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| write(&fleet, 1_000));
        for round in 0..200_u64 {
            let mut reader = match seen.last() {
                // Either way of going on, in turn.
                Some(last) if round % 2 == 0 => Follower::after(&fleet, *last),
                Some(last) => Follower::from(&fleet, last + 1),
                None => Follower::from(&fleet, first),
            };
            // 1 to 9 events, in no order that the supervisor's batches have.
            for _ in 0..=(round * 7 % 9) {
                seen.push(reader.next().unwrap()["seq"].as_u64().unwrap());
            }
        }
    });
    let last = head(&fleet);
    seen.extend(Follower::after(&fleet, *seen.last().unwrap()).up_to(last));
    assert!(seen.into_iter().eq(first..=last), "no gap, no duplicate");
}

#[test]
fn a_cursor_beyond_the_head_waits_for_it_and_one_of_another_journal_is_an_error() {
    if !need("tmux") {
        return;
    }
    let fleet = quiet();
    let beyond = head(&fleet) + 5;
    let mut early = Follower::from(&fleet, beyond);
    let page = Wire::to(&fleet).ask("GET", &format!("/v1/events?from={beyond}"), "");
    assert_eq!((page.status, &page.json()["events"]), (200, &Value::Array(Vec::new())));
    let head = write(&fleet, 5);
    assert!(early.up_to(head).into_iter().eq(beyond..=head), "not one before it");

    let mut wire = Wire::to(&fleet);
    let foreign = format!("last-event-id: {}\r\n", head + 1000);
    wire.request("GET", "/v1/events?follow=true", &foreign, "");
    let (status, headers) = wire.head();
    assert_eq!(status, 409);
    let reply = wire.body(status, headers);
    let error = &reply.json()["error"];
    assert_eq!(error["code"], "refused");
    assert!(error["message"].as_str().unwrap().contains("another journal"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("from=1"), "{error}");
    // A page has no such header: it is asked for by `from` alone.
    wire.request("GET", "/v1/events?from=1", &foreign, "");
    assert_eq!(wire.reply().status, 200);
}

#[test]
fn a_cursor_that_is_none_is_an_error_that_names_it() {
    if !need("tmux") {
        return;
    }
    let fleet = quiet();
    let mut wire = Wire::to(&fleet);
    for (query, header, says) in [
        ("from=soon", "", "from"),
        ("from=-1", "", "from"),
        ("from=1e3", "", "from"),
        ("from=99999999999999999999", "", "from"),
        ("from=", "", "from"),
        ("limit=0", "", "limit 0"),
        ("limit=many", "", "limit"),
        ("follow=yes", "", "follow"),
        ("form=5", "", "form"),
        ("follow=true", "last-event-id: x\r\n", "\"x\""),
        ("follow=true", "last-event-id: +5\r\n", "\"+5\""),
        ("follow=true", "last-event-id:\r\n", "\"\""),
        ("follow=true", "last-event-id: 99999999999999999999\r\n", "\"99999999999999999999\""),
    ] {
        wire.request("GET", &format!("/v1/events?{query}"), header, "");
        let reply = wire.reply();
        let error = &reply.json()["error"];
        assert_eq!((reply.status, &error["code"]), (400, &"bad_request".into()), "{query}");
        assert!(error["message"].as_str().unwrap().contains(says), "{query} {header}: {error}");
        assert!(error["hint"].is_string(), "{query}: {error}");
        assert_eq!(reply.headers["content-type"], "application/json", "{query}");
    }
}

#[test]
fn a_follower_of_a_journal_that_was_replaced_is_told_so_and_ends() {
    if !need("tmux") {
        return;
    }
    let fleet = quiet();
    write(&fleet, 100);
    let follow = fleet.background(&["events", "--from", "1", "--follow", "--json"]);
    wait_until("the last event", LONG, || {
        follow.stdout().contains("message.cancelled")
            && follow.stdout().contains(&format!("\"seq\":{}", head(&fleet)))
    });
    fleet.kill_supervisor();
    for file in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let _none_of_it = std::fs::remove_file(fleet.state(file));
    }
    fleet.mosaic(&["fleet", "up"]);
    let output = follow.end();
    assert_ne!(output.code, 0);
    assert!(output.stderr.contains("another journal"), "{}", output.stderr);
}
