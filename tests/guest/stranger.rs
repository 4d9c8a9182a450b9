//! A runtime that somebody else wrote from `docs/heartbeat.md` alone.

use std::fs;

use serde_json::json;

use super::place::{Place, go, with};
use super::supervisor::{DEADLINE, Supervisor, wait_until};

const STRANGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/stranger.py");

#[test]
fn a_strangers_thirty_lines_answer_take_messages_and_reconnect() {
    let lines = fs::read_to_string(STRANGER).unwrap().lines().count();
    assert!(lines <= 30, "{lines} lines");
    let place = Place::new();
    let (pane, mut supervisor, mut pane_exec) = place.served();
    let socket = place.text("guest.sock");
    let identity = [
        ("MOSAIC_HEARTBEAT_SOCKET", socket.as_str()),
        ("MOSAIC_AGENT", "ada"),
        ("MOSAIC_SESSION_TOKEN", "t"),
    ];
    pane_exec.say(&with(go("stranger-session", &["python3", STRANGER]), &identity));
    let mut guest = supervisor.welcome("runtime");
    assert_eq!(
        (&guest.hello["session"], &guest.hello["v"]),
        (&json!("stranger-session"), &json!(1))
    );
    assert_eq!(guest.expect("activity")["state"], "idle");
    guest.say(&json!({"type": "of_tomorrow"}));
    assert!(guest.challenge("first", DEADLINE));
    guest.say(&json!({"type": "deliver", "message_id": "m1", "text": "hello"}));
    assert_eq!(guest.expect("receipt")["outcome"], "accepted");
    pane.shows("took: hello");

    drop((guest, pane_exec, supervisor));
    fs::remove_file(place.path("guest.sock")).unwrap();
    let mut supervisor = Supervisor::listen(&place.path("guest.sock"));
    let mut guest = supervisor.welcome("runtime");
    assert!(guest.challenge("second", DEADLINE));
    guest.say(&json!({"type": "refused", "reason": "enough"}));
    pane.shows("enough");
    let mut pane_exec = supervisor.welcome("pane");
    let exited = pane_exec.hello["exits"].as_array().is_some_and(|exits| !exits.is_empty());
    if !exited {
        pane_exec.expect("exited");
    }
    wait_until("its end", || pane.screen().contains("exited with code 1; waiting"));
}
