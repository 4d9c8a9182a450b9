//! The line against a real socket.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixListener;

use super::{Link, News, WAIT_MAX_MS};
use crate::protocol::{Hello, Role};

fn hello() -> Hello {
    Hello::new(Role::Hook, "ada".to_owned())
}

/// A line that has tried for so long that its clock alone would let it wait two seconds more.
fn tired(socket: &std::path::Path) -> (Link, u64) {
    let mut link = Link::new(socket);
    let mut now = 0;
    while link.wake_at().is_some_and(|at| at < now + WAIT_MAX_MS) {
        now = link.wake_at().unwrap();
        assert_eq!(link.turn(now, hello), []);
    }
    (link, now)
}

#[test]
fn a_socket_that_appears_is_found_without_the_clock() {
    let place = tempfile::tempdir().unwrap();
    let (real, link_to_it) = (place.path().join("real"), place.path().join("link"));
    std::fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(real.join("g.sock"), &link_to_it).unwrap();
    let (mut link, now) = tired(&link_to_it);
    let listener = UnixListener::bind(real.join("g.sock")).unwrap();
    assert_eq!(link.turn(now + 1, hello), []);
    let (mut stream, _) = listener.accept().unwrap();
    let mut line = String::new();
    BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("\"type\":\"hello\""), "{line}");
    stream.write_all(b"{\"type\":\"welcome\",\"v\":1}\n").unwrap();
    assert_eq!(link.turn(now + 2, hello), [News::Welcomed]);
    assert_eq!(link.wake_at(), None, "a line that is up needs no clock");
}

#[test]
fn who_accepts_and_never_welcomes_is_left_and_asked_ever_more_slowly() {
    let place = tempfile::tempdir().unwrap();
    let socket = place.path().join("g.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    let mut link = Link::new(&socket);
    let mut waits = Vec::new();
    for _ in 0..12 {
        let up = link.wake_at().unwrap();
        assert_eq!(link.turn(up, hello), []);
        let lost = link.wake_at().unwrap();
        assert_eq!(link.turn(lost, hello), [News::Lost]);
        waits.push(link.wake_at().unwrap() - lost);
    }
    assert!(waits.is_sorted() && waits[0] < 100, "{waits:?}");
    assert_eq!(waits.last(), Some(&WAIT_MAX_MS));
}

#[test]
fn a_refusal_is_told_and_not_asked_about_again_at_once() {
    let place = tempfile::tempdir().unwrap();
    let socket = place.path().join("g.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let mut link = Link::new(&socket);
    assert_eq!(link.turn(0, hello), []);
    let mut stream = listener.accept().unwrap().0;
    stream.write_all(b"{\"type\":\"refused\",\"reason\":\"no\"}\n").unwrap();
    assert_eq!(link.turn(1, hello), [News::Refused("no".to_owned()), News::Lost]);
    assert!(link.wake_at() >= Some(10_000), "{:?}", link.wake_at());
}
