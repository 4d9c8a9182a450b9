//! Byte for byte: whatever comes in, what goes out is a reply that says what, and what next.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use super::super::caller::Door;
use super::super::serve::Terms;
use super::super::state::Patience;
use super::client::soon;
use super::support::{Served, name};
use crate::daemon::Piece;
use crate::fleet::{Event, Wanted};

async fn connect(served: &Served) -> UnixStream {
    UnixStream::connect(&served.socket).await.unwrap()
}

/// What comes back until the supervisor ends the connection. Who writes too much is hung up on
/// while writing, and still reads why.
async fn said_to(served: &Served, bytes: &[u8]) -> String {
    let mut stream = connect(served).await;
    let _hung_up = soon(stream.write_all(bytes)).await;
    rest(&mut stream).await
}

async fn rest(stream: &mut UnixStream) -> String {
    let mut rest = Vec::new();
    let _reset = soon(stream.read_to_end(&mut rest)).await;
    String::from_utf8(rest).unwrap()
}

/// What comes until this has come.
async fn until(stream: &mut UnixStream, wanted: &str) -> String {
    let mut text = String::new();
    while !text.contains(wanted) {
        let mut some = [0; 4096];
        let length = soon(stream.read(&mut some)).await.unwrap();
        assert_ne!(length, 0, "ended before {wanted:?}: {text}");
        text.push_str(std::str::from_utf8(&some[..length]).unwrap());
    }
    text
}

/// Status, head and body of the one reply in a text.
fn reply(text: &str) -> (u16, String, String) {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no reply: {text:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

/// An error like every other: its status, its code, a message, what to do next.
#[track_caller]
fn is_error(text: &str, status: u16, code: &str, says: &str) {
    let (is, head, body) = reply(text);
    assert_eq!(is, status, "{text}");
    assert!(head.contains("content-type: application/json"), "{text}");
    assert!(head.contains(&format!("content-length: {}", body.len())), "{text}");
    let error = &serde_json::from_str::<Value>(&body).unwrap()["error"];
    assert_eq!(error["code"], code, "{text}");
    assert!(error["message"].as_str().unwrap().contains(says), "{text}");
    assert!(error["hint"].is_string(), "{text}");
}

#[tokio::test]
async fn what_is_no_http_gets_the_error_that_everything_gets() {
    let served = Served::new().await;
    let long = "x".repeat(70_000);
    let many: String = (0..200).map(|at| format!("x{at}: y\r\n")).collect();
    for (bytes, status) in [
        ("what is this\r\n\r\n".to_owned(), 400),
        ("\u{1}\u{2}\u{3}\u{4}\r\n\r\n".to_owned(), 400),
        ("GET /v1/ps HTTP/9.9\r\nhost: m\r\n\r\n".to_owned(), 400),
        ("GET /v1/ps\r\nhost: m\r\n\r\n".to_owned(), 400),
        ("GET /v1/ps HTTP/1.1\r\nno colon here\r\n\r\n".to_owned(), 400),
        ("GET /v1/ps HTTP/1.1\r\na b: c\r\n\r\n".to_owned(), 400),
        ("GET /v1/p\u{0} HTTP/1.1\r\nhost: m\r\n\r\n".to_owned(), 400),
        ("POST /v1/agents/ada/stop HTTP/1.1\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{} ".to_owned(), 400),
        ("POST /v1/agents/ada/stop HTTP/1.1\r\ncontent-length: two\r\n\r\n{}".to_owned(), 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 400),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}".to_owned(), 400),
        (format!("GET /v1/ps HTTP/1.1\r\n{many}\r\n"), 431),
        (format!("GET /v1/ps HTTP/1.1\r\nx: {long}\r\n\r\n"), 431),
        (format!("GET /{long} HTTP/1.1\r\nhost: m\r\n\r\n"), 414),
    ] {
        let text = said_to(&served, bytes.as_bytes()).await;
        let shown: String = bytes.chars().take(60).collect();
        let is = reply(&text).0;
        // A path that fills the whole head is either.
        assert!(is == status || (status == 414 && is == 431), "{shown:?}: {text}");
        is_error(&text, is, "bad_request", "");
    }
    assert!(served.fake.commands.lock().unwrap().is_empty(), "nothing was done");
}

#[tokio::test]
async fn a_method_that_a_route_does_not_have_is_named_with_those_that_it_has() {
    let served = Served::new().await;
    for (method, path, allow) in [
        ("PUT", "/v1/ps", "get,head"),
        ("OPTIONS", "/v1/ps", "get,head"),
        ("TRACE", "/v1/ps", "get,head"),
        ("BREW", "/v1/ps", "get,head"),
        ("GET", "/v1/agents/ada/start", "post"),
        ("POST", "/v1/messages/m1", "delete,get,head"),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nhost: m\r\nconnection: close\r\n\r\n");
        let text = said_to(&served, request.as_bytes()).await;
        is_error(&text, 405, "not_found", &format!("there is no {method} {path}"));
        let head = reply(&text).1;
        let allowed = head.lines().find_map(|line| line.strip_prefix("allow: ")).unwrap();
        let mut allowed: Vec<_> = allowed.split(',').collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(","), allow, "{method} {path}");
    }
    for request in ["OPTIONS * HTTP/1.1", "CONNECT m:80 HTTP/1.1", "GET /v2/ps HTTP/1.1"] {
        let text =
            said_to(&served, format!("{request}\r\nconnection: close\r\n\r\n").as_bytes()).await;
        is_error(&text, 404, "not_found", "there is no ");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_broken_or_of_another_kind_says_so() {
    let served = Served::new().await;
    let post = |headers: &str, body: &str| {
        format!(
            "POST /v1/agents/ada/start HTTP/1.1\r\nhost: m\r\nconnection: close\r\n{headers}\r\n{body}"
        )
    };
    let long = "x".repeat(300_000);
    let sized = post(&format!("content-length: {}\r\n", long.len()), &long);
    is_error(&said_to(&served, sized.as_bytes()).await, 413, "bad_request", "262144 bytes");
    let chunked = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let chunked = post("transfer-encoding: chunked\r\n", &chunked);
    is_error(&said_to(&served, chunked.as_bytes()).await, 413, "bad_request", "262144 bytes");
    let broken = post("transfer-encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n");
    is_error(&said_to(&served, broken.as_bytes()).await, 400, "bad_request", "cannot be read");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "what"] {
        let other = post(&format!("content-type: {kind}\r\ncontent-length: 2\r\n"), "{}");
        is_error(&said_to(&served, other.as_bytes()).await, 415, "bad_request", kind);
    }
    assert!(served.fake.commands.lock().unwrap().is_empty(), "nothing was done");
    for kind in
        ["", "content-type: application/json\r\n", "content-type: application/json; a=b\r\n"]
    {
        let right = post(&format!("{kind}content-length: 2\r\n"), "{}");
        assert_eq!(reply(&said_to(&served, right.as_bytes()).await).0, 200, "{kind}");
    }
    // Without a body there is nothing of any kind.
    let none = post("content-type: text/plain\r\ncontent-length: 0\r\n", "");
    assert_eq!(reply(&said_to(&served, none.as_bytes()).await).0, 200);
}

#[tokio::test]
async fn requests_that_come_together_are_answered_in_order_and_the_broken_one_last() {
    let served = Served::new().await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: m\r\n\r\n");
    let all = [get("/v1/status"), get("/v1/none"), get("/v1/events"), "broken\r\n\r\n".to_owned()];
    let text = said_to(&served, all.concat().as_bytes()).await;
    let statuses: Vec<&str> = text.split("HTTP/1.1 ").skip(1).map(|reply| &reply[..3]).collect();
    assert_eq!(statuses, ["200", "404", "200", "400"], "{text}");
    let last = text.rfind("HTTP/1.1 ").unwrap();
    is_error(&text[last..], 400, "bad_request", "");
}

#[tokio::test]
async fn head_is_get_without_the_body_and_the_old_version_is_served() {
    let served = Served::new().await;
    let mut stream = connect(&served).await;
    stream.write_all(b"HEAD /v1/status HTTP/1.1\r\nhost: m\r\n\r\n").await.unwrap();
    stream
        .write_all(b"GET /v1/status HTTP/1.1\r\nhost: m\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let text = rest(&mut stream).await;
    let (first, second) = text.split_once("\r\n\r\n").unwrap();
    let (status, head, body) = reply(second);
    assert_eq!(status, 200);
    let length = format!("content-length: {}", body.len());
    assert!(head.contains(&length) && first.contains(&length), "the same head: {text}");
    assert!(second.starts_with("HTTP/1.1 200"), "and no body before the next: {text}");

    let text = said_to(&served, b"GET /v1/status HTTP/1.0\r\n\r\n").await;
    assert!(text.starts_with("HTTP/1.0 200"), "{text}");
    assert!(text.ends_with('}'), "and closed: {text}");
    let mut stream = connect(&served).await;
    stream.write_all(b"GET /v1/events?follow=true HTTP/1.0\r\n\r\n").await.unwrap();
    let text = until(&mut stream, "\n\n").await;
    assert!(text.contains("\r\n\r\nid: 1\ndata: {"), "no chunks for a client of then: {text}");
}

#[tokio::test]
async fn who_has_said_the_last_word_still_gets_the_answer() {
    let served = Served::new().await;
    let mut stream = connect(&served).await;
    let stop = b"POST /v1/agents/ada/stop HTTP/1.1\r\nhost: m\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(stop).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(reply(&rest(&mut stream).await).0, 200);
    assert_eq!(served.fake.commands.lock().unwrap().len(), 1);

    // A stream too; and when its reader goes, nothing of it stays.
    let mut stream = connect(&served).await;
    stream.write_all(b"GET /v1/agents/ada/watch HTTP/1.1\r\nhost: m\r\n\r\n").await.unwrap();
    stream.shutdown().await.unwrap();
    until(&mut stream, "\"screen\"").await;
    let to_watcher = served.fake.watchers.lock().unwrap().pop().unwrap();
    to_watcher.send(Piece::Output(b"later".to_vec())).await.unwrap();
    until(&mut stream, "\"output\"").await;
    drop(stream);
    soon(to_watcher.closed()).await;
}

#[tokio::test]
async fn a_head_that_is_cut_off_or_late_says_so_and_silence_gets_silence() {
    let served = Served::new().await;
    let mut stream = connect(&served).await;
    stream.write_all(b"GET /v1/status HTTP/1.1\r\nho").await.unwrap();
    stream.shutdown().await.unwrap();
    is_error(&rest(&mut stream).await, 400, "bad_request", "ends before its head does");

    let patience = Patience { head: Duration::from_millis(300), body: Duration::from_secs(600) };
    let hasty = Served::on(Terms { door: Door::of_this_process(), patience }).await;
    let mut slow = connect(&hasty).await;
    slow.write_all(b"GET /v1/status HTTP/1.1\r\nho").await.unwrap();
    is_error(&rest(&mut slow).await, 408, "bad_request", "did not come within 300ms");
    // A byte now and then buys no more time.
    let mut dripping = connect(&hasty).await;
    dripping.write_all(b"GET /v1/status HTTP/1.1\r\nx: ").await.unwrap();
    let mut text = [0; 1];
    soon(async {
        while dripping.write_all(b"x").await.is_ok() {
            let some = tokio::time::timeout(Duration::from_millis(5), dripping.read(&mut text));
            if some.await.is_ok() {
                break;
            }
        }
    })
    .await;
    let text = format!("{}{}", char::from(text[0]), rest(&mut dripping).await);
    is_error(&text, 408, "bad_request", "did not come within 300ms");
    assert_eq!(said_to(&hasty, b"").await, "", "a connection that is kept for nothing");
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_and_are_served_when_others_leave() {
    let served = Served::new().await;
    let mut held = Vec::new();
    for _ in 0..super::super::serve::CONNECTIONS_MAX {
        let mut client = served.client().await;
        assert_eq!(client.get("/v1/status").await.0, 200);
        held.push(client);
    }
    let mut waiting = connect(&served).await;
    let get = b"GET /v1/status HTTP/1.1\r\nhost: m\r\nconnection: close\r\n\r\n";
    waiting.write_all(get).await.unwrap();
    // Those who are in are served all the same, and the one outside is not.
    let reason = String::new();
    served.fake.happen(Event::AgentWanted { agent: name("ada"), wanted: Wanted::Up, reason });
    for client in held.iter_mut().take(20) {
        assert_eq!(client.get("/v1/status").await.0, 200);
    }
    let early = tokio::time::timeout(Duration::ZERO, waiting.read(&mut [0; 1])).await;
    assert!(early.is_err(), "it was let in");
    held.pop();
    assert_eq!(reply(&rest(&mut waiting).await).0, 200);
}
