//! What a recorder leaves on the disk, with a socket in the place of tmux's.

use std::fs;
use std::io::{IoSlice, Write as _};
use std::mem::MaybeUninit;
use std::os::fd::AsFd as _;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::Path;

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::shelf::hex;
use super::{Recorder, Way};
use crate::clock::mono_ms;
use crate::protocol::{Mark, OutputWhat, RecordPlan, marks_name, segment_name};

/// A recorder that has its output brought, and the end into which tmux would write.
fn tapped() -> (Recorder, UnixStream) {
    let mut recorder = Recorder::new();
    let pane = bring(&mut recorder);
    (recorder, pane)
}

fn bring(recorder: &mut Recorder) -> UnixStream {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let name = recorder.waits_at().unwrap();
    let tap = UnixStream::connect_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap();
    let files = [theirs.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = SendAncillaryBuffer::new(&mut space);
    rights.push(SendAncillaryMessage::ScmRights(&files));
    sendmsg(&tap, &[IoSlice::new(b"!")], &mut rights, SendFlags::NOSIGNAL).unwrap();
    drop((tap, theirs));
    assert_eq!(recorder.turn(&size), Way::Brought);
    assert_eq!(recorder.waits_at(), None);
    ours
}

fn size() -> Option<(u16, u16)> {
    Some((80, 24))
}

fn plan(directory: &Path, segment_bytes: u64, keep_bytes: u64) -> Option<RecordPlan> {
    let directory = directory.to_string_lossy().into_owned();
    Some(RecordPlan { directory, segment_bytes, keep_bytes, after_segment: 0, after_position: 0 })
}

fn write(pane: &mut UnixStream, recorder: &mut Recorder, bytes: &[u8]) {
    for piece in bytes.chunks(4096) {
        pane.write_all(piece).unwrap();
        recorder.turn(&size);
    }
}

fn closed(recorder: &mut Recorder) -> Vec<(u64, u64, u64, String)> {
    let news = recorder.news.fresh().into_iter().filter_map(|news| match news.what {
        OutputWhat::Closed { segment, position, length, sha256 } => {
            Some((segment, position, length, sha256))
        }
        OutputWhat::Stopped { .. } | OutputWhat::Resumed { .. } => None,
    });
    news.collect()
}

fn digest(bytes: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(bytes);
    hex(digest)
}

fn marks(directory: &Path, number: u64) -> Vec<Mark> {
    Mark::all(&fs::read(directory.join(marks_name(number))).unwrap())
}

#[test]
fn every_byte_is_in_one_segment_and_each_closed_one_has_its_digest() {
    let place = TempDir::new().unwrap();
    let (mut recorder, mut pane) = tapped();
    recorder.begin("one", plan(place.path(), 64 << 10, 1 << 20), &size);
    let written: Vec<u8> = (0..300_000u32).map(|n| n.to_le_bytes()[(n % 3) as usize]).collect();
    write(&mut pane, &mut recorder, &written);
    recorder.begin("two", plan(place.path(), 64 << 10, 1 << 20), &size);
    write(&mut pane, &mut recorder, b"of two");
    recorder.close();
    let closed = closed(&mut recorder);
    let mut all = Vec::new();
    for (at, (number, position, length, sha256)) in closed.iter().enumerate() {
        let bytes = fs::read(place.path().join(segment_name(*number))).unwrap();
        assert_eq!((*number, *position), (at as u64 + 1, all.len() as u64));
        assert_eq!((bytes.len() as u64, digest(&bytes)), (*length, sha256.clone()));
        assert!(*length <= 64 << 10, "{length}");
        let marks = marks(place.path(), *number);
        let whose = if *number == closed.len() as u64 { "two" } else { "one" };
        assert_eq!(marks[0].session.as_deref(), Some(whose));
        assert_eq!((marks[0].position, marks[0].size), (Some(*position), Some((80, 24))));
        assert_eq!(marks.last().unwrap().sha256.as_ref(), Some(sha256));
        all.extend(bytes);
    }
    assert_eq!(all, [written.as_slice(), b"of two"].concat());
}

#[test]
fn the_oldest_segments_go_and_numbers_and_positions_go_on() {
    let place = TempDir::new().unwrap();
    let (mut recorder, mut pane) = tapped();
    recorder.begin("one", plan(place.path(), 64 << 10, 128 << 10), &size);
    write(&mut pane, &mut recorder, &vec![b'x'; 640 << 10]);
    recorder.close();
    let last = closed(&mut recorder).pop().unwrap();
    let total: u64 = fs::read_dir(place.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "out"))
        .map(|entry| entry.metadata().unwrap().len())
        .sum();
    assert!((64 << 10..=128 << 10).contains(&total), "{total}");
    // The next pane's recorder goes on behind it, also where the files are gone.
    drop(recorder);
    let (mut next, mut pane) = tapped();
    next.begin("two", plan(place.path(), 64 << 10, 128 << 10), &size);
    write(&mut pane, &mut next, b"y");
    next.close();
    assert!(closed(&mut next).contains(&(last.0 + 1, 640 << 10, 1, digest(b"y"))));
    let known = RecordPlan {
        after_segment: 40,
        after_position: 9,
        ..plan(&place.path().join("gone"), 1, 2).unwrap()
    };
    next.begin("three", Some(known), &size);
    write(&mut pane, &mut next, b"z");
    next.close();
    assert_eq!(closed(&mut next), [(41, 9, 1, digest(b"z"))]);
}

#[test]
fn a_segment_whose_writer_died_is_closed_by_the_next_one_and_told() {
    let place = TempDir::new().unwrap();
    let (mut recorder, mut pane) = tapped();
    recorder.begin("one", plan(place.path(), 1 << 20, 2 << 20), &size);
    write(&mut pane, &mut recorder, b"last words");
    let mut beside = Recorder::new();
    beside.begin("two", plan(place.path(), 1 << 20, 2 << 20), &size);
    assert_eq!(closed(&mut beside), [], "it is written still");
    drop(recorder);
    let mut next = Recorder::new();
    next.begin("two", plan(place.path(), 1 << 20, 2 << 20), &size);
    assert_eq!(closed(&mut next), [(1, 0, 10, digest(b"last words"))]);
    let mut third = Recorder::new();
    third.begin("two", plan(place.path(), 1 << 20, 2 << 20), &size);
    assert_eq!(
        closed(&mut third),
        [(1, 0, 10, digest(b"last words"))],
        "nobody has acknowledged it"
    );
    let known =
        RecordPlan { after_segment: 1, after_position: 10, ..plan(place.path(), 1, 2).unwrap() };
    let mut fourth = Recorder::new();
    fourth.begin("two", Some(known), &size);
    assert_eq!(closed(&mut fourth), []);
    assert_eq!(marks(place.path(), 1).len(), 2, "it is closed once");
}

#[test]
fn what_the_disk_does_not_take_is_counted_and_stated() {
    let place = TempDir::new().unwrap();
    let blocked = place.path().join("file");
    fs::write(&blocked, "no directory").unwrap();
    let (mut recorder, mut pane) = tapped();
    recorder.begin("one", plan(&blocked.join("ada"), 1 << 20, 2 << 20), &size);
    write(&mut pane, &mut recorder, b"lost");
    write(&mut pane, &mut recorder, b"too");
    let news = recorder.news.fresh();
    assert!(
        matches!(&news[..], [one] if matches!(one.what, OutputWhat::Stopped { .. })),
        "{news:?}"
    );
    fs::remove_file(&blocked).unwrap();
    // The clock alone tells when the disk is asked again.
    let by = mono_ms() + 20_000;
    let mut tried = 7;
    let resumed = loop {
        write(&mut pane, &mut recorder, b"k");
        if let Some(news) = recorder.news.fresh().pop() {
            break news;
        }
        tried += 1;
        assert!(mono_ms() < by, "it is not tried again");
    };
    assert_eq!(resumed.what, OutputWhat::Resumed { lost: Some(tried) });
    let marks = marks(&blocked.join("ada"), 1);
    assert_eq!(marks[1].lost, Some(tried));
    assert!(marks[1].gap.is_some());
    assert_eq!(fs::read(blocked.join("ada").join(segment_name(1))).unwrap(), b"k");
}

#[test]
fn an_output_that_tmux_lets_go_of_is_waited_for_anew_and_the_gap_is_stated() {
    let place = TempDir::new().unwrap();
    let (mut recorder, mut pane) = tapped();
    recorder.begin("one", plan(place.path(), 1 << 20, 2 << 20), &size);
    write(&mut pane, &mut recorder, b"before");
    drop(pane);
    assert_eq!(recorder.turn(&size), Way::LetGo);
    recorder.untapped();
    let mut pane = bring(&mut recorder);
    write(&mut pane, &mut recorder, b"after");
    let what: Vec<_> = recorder.news.fresh().into_iter().map(|news| news.what).collect();
    assert!(
        matches!(&what[..], [OutputWhat::Stopped { .. }, OutputWhat::Resumed { lost: None }]),
        "{what:?}"
    );
    let marks = marks(place.path(), 1);
    assert_eq!((marks[1].offset, marks[1].lost, marks[1].gap.is_some()), (6, None, true));
    assert_eq!(fs::read(place.path().join(segment_name(1))).unwrap(), b"beforeafter");
}

#[test]
fn what_is_not_to_be_recorded_leaves_no_file() {
    let place = TempDir::new().unwrap();
    let (mut recorder, mut pane) = tapped();
    recorder.begin("one", None, &size);
    write(&mut pane, &mut recorder, b"secret");
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    recorder.change("one", plan(place.path(), 1 << 20, 2 << 20), &size);
    let begun = marks(place.path(), 1);
    assert_eq!(begun[0].session.as_deref(), Some("one"), "it has written nothing yet");
    write(&mut pane, &mut recorder, b"public");
    recorder.change("one", None, &size);
    write(&mut pane, &mut recorder, b"secret");
    assert_eq!(closed(&mut recorder), [(1, 0, 6, digest(b"public"))]);
}

#[test]
fn an_output_that_nobody_brings_is_told_once_and_asked_for_until_it_comes() {
    let place = TempDir::new().unwrap();
    let mut recorder = Recorder::new();
    recorder.begin("one", plan(place.path(), 1 << 20, 2 << 20), &size);
    let late = mono_ms() + super::recorder::BROUGHT_WITHIN_MS;
    let asks = |recorder: &mut Recorder, at| recorder.keep_deadline(at).is_some();
    assert!(!asks(&mut recorder, late - 1_000) && asks(&mut recorder, late));
    assert!(!asks(&mut recorder, late + super::recorder::BROUGHT_WITHIN_MS - 1));
    assert!(asks(&mut recorder, late + super::recorder::BROUGHT_WITHIN_MS));
    let what: Vec<_> = recorder.news.fresh().into_iter().map(|news| news.what).collect();
    assert!(matches!(&what[..], [OutputWhat::Stopped { .. }]), "{what:?}");
    let pane = bring(&mut recorder);
    assert_eq!(recorder.wake_at(), None);
    assert_eq!(recorder.news.fresh().len(), 1, "that it is recorded again, silent as it is");
    assert_eq!(marks(place.path(), 1)[0].session.as_deref(), Some("one"));
    drop(pane);
    assert_eq!(recorder.turn(&size), Way::LetGo);
    recorder.untapped();
    let late = mono_ms() + super::recorder::BROUGHT_WITHIN_MS;
    assert!(!asks(&mut recorder, late - 1_000), "it may be on its way");
    assert!(asks(&mut recorder, late), "it is asked for at the second time, too");
    recorder.change("one", None, &size);
    recorder.untapped();
    assert_eq!(recorder.wake_at(), None, "nobody wants it");
}
