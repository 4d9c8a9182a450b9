//! The samples of every version decode for ever: guests outlive the supervisor's upgrades.

use std::collections::BTreeSet;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{FRAME_BYTES_MAX, FrameMistake, FromGuest, ToGuest, decode, encode};

const FROM_GUEST: &str = include_str!("../../tests/fixtures/protocol/v1-from-guest.jsonl");
const TO_GUEST: &str = include_str!("../../tests/fixtures/protocol/v1-to-guest.jsonl");

/// Decodes each sample, finds in the frame all that the sample says, and gives the types seen.
fn decode_all<T: Serialize + DeserializeOwned>(samples: &str) -> BTreeSet<String> {
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
    assert_eq!(from.len(), 9, "{from:?}");
    assert_eq!(to.len(), 9, "{to:?}");
}

#[test]
fn unknown_keys_are_ignored_and_unknown_types_are_told_apart() {
    let line = br#"{"type":"challenge","nonce":"n","of_tomorrow":{"a":1}}"#;
    assert_eq!(decode(line), Ok(ToGuest::Challenge { nonce: "n".to_owned() }));
    let unknown = decode::<ToGuest>(br#"{"type":"of_tomorrow"}"#);
    assert!(matches!(unknown, Err(FrameMistake::Form(_))), "{unknown:?}");
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
