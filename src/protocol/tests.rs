//! The samples of every version decode for ever: guests outlive the supervisor's upgrades.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::codec::Frame;
use super::{ActivityWord, FRAME_BYTES_MAX, FrameMistake, FromGuest, ToGuest, decode, encode};

const FROM_GUEST: &str = include_str!("../../tests/fixtures/protocol/v1-from-guest.jsonl");
const TO_GUEST: &str = include_str!("../../tests/fixtures/protocol/v1-to-guest.jsonl");

/// Decodes each sample, finds in the frame all that the sample says, and gives the types seen.
fn decode_all<T: Frame>(samples: &str) -> BTreeSet<String> {
    let kinds = samples.lines().map(|line| {
        let sample: Value = serde_json::from_str(line).unwrap();
        let frame: T = decode(line.as_bytes()).unwrap_or_else(|why| panic!("{why}: {line}"));
        let again: Value = serde_json::from_slice(&encode(&frame).unwrap()).unwrap();
        for (key, value) in sample.as_object().unwrap() {
            assert_eq!(&again[key], value, "{key} of {line}");
        }
        sample["type"].as_str().unwrap().to_owned()
    });
    kinds.collect()
}

#[test]
fn the_samples_of_version_1_keep_decoding() {
    let from = decode_all::<FromGuest>(FROM_GUEST);
    let to = decode_all::<ToGuest>(TO_GUEST);
    // One for each variant: a variant without a sample could change unseen.
    assert_eq!(from, FromGuest::TYPES.iter().map(ToString::to_string).collect());
    assert_eq!(to, ToGuest::TYPES.iter().map(ToString::to_string).collect());
}

#[test]
fn unknown_keys_are_ignored_and_unknown_types_are_told_apart() {
    let line = br#"{"type":"challenge","nonce":"n","of_tomorrow":{"a":1}}"#;
    assert_eq!(
        decode(line),
        Ok(ToGuest::Challenge { nonce: "n".to_owned(), sent_at: None, deadline_ms: None })
    );
    let unknown = decode::<ToGuest>(br#"{"type":"of_tomorrow"}"#);
    assert_eq!(unknown, Err(FrameMistake::UnknownType("of_tomorrow".to_owned())));
    for garbage in ["", "null", "[]", "{}", r#"{"type":1}"#, r#"{"type":"answer"}"#, "\u{1}"] {
        let mistake = decode::<FromGuest>(garbage.as_bytes());
        assert!(matches!(mistake, Err(FrameMistake::Form(_))), "{garbage:?}: {mistake:?}");
    }
}

#[test]
fn an_answer_with_a_state_of_tomorrow_is_still_an_answer() {
    let line = br#"{"type":"answer","nonce":"n","state":"dreaming","mood":"fine"}"#;
    let Ok(FromGuest::Answer(answered)) = decode(line) else { panic!("it was not taken") };
    assert_eq!((answered.nonce.as_str(), answered.state), ("n", Some(ActivityWord::Unknown)));
}

proptest! {
    #[test]
    fn no_line_stops_the_reader(line in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _frame_or_mistake = (decode::<FromGuest>(&line), decode::<ToGuest>(&line));
    }

    #[test]
    fn a_sample_that_is_cut_or_changed_is_a_frame_or_a_mistake(
        of in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let samples: Vec<&str> = FROM_GUEST.lines().chain(TO_GUEST.lines()).collect();
        let mut line = of.get(&samples).as_bytes().to_vec();
        let at = at.index(line.len());
        if cut {
            line.truncate(at);
        } else {
            line[at] = byte;
        }
        if let Ok(frame) = decode::<FromGuest>(&line) {
            prop_assert_eq!(decode(&encode(&frame).unwrap()), Ok(frame));
        }
        if cut {
            prop_assert!(decode::<FromGuest>(&line).is_err(), "half a frame is none");
        }
    }
}

#[test]
fn a_frame_is_one_line_and_never_longer_than_the_limit() {
    let submitted = |text: String| FromGuest::Submitted { text, queued: false };
    let line = encode(&submitted("a\nb\u{0}".to_owned())).unwrap();
    assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
    assert!(line.ends_with(b"\n"));
    assert_eq!(encode(&submitted("x".repeat(FRAME_BYTES_MAX))), Err(FrameMistake::TooLong));
    // The worst text of 64 KiB: every byte becomes six.
    assert!(encode(&submitted("\u{1}".repeat(64 * 1024))).is_ok());
}
