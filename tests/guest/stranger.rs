//! A runtime that somebody else wrote from `docs/heartbeat.md` alone.

use std::fs;

use serde_json::json;

use super::place::{Place, go, state_of, with};
use super::supervisor::{DEADLINE, Supervisor};

const STRANGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/stranger.py");

const PAGE: &str = include_str!("../../docs/heartbeat.md");

#[test]
fn a_strangers_thirty_lines_answer_take_messages_and_reconnect() {
    let text = fs::read_to_string(STRANGER).unwrap();
    assert!(text.lines().count() <= 30, "{} lines", text.lines().count());
    assert!(PAGE.contains(&format!("```python\n{text}```")), "the page shows another program");
    let place = Place::new();
    let (pane, mut supervisor, mut pane_exec) = place.served();
    let socket = place.text("guest.sock");
    let identity = [
        ("MOSAIC_HEARTBEAT_SOCKET", socket.as_str()),
        ("MOSAIC_AGENT", "ada"),
        ("MOSAIC_SESSION_TOKEN", "t"),
    ];
    // Its own also where the tests of two checkouts run at once.
    let session = format!("stranger-{}", std::process::id());
    pane_exec.say(&with(go(&session, &["python3", STRANGER]), &identity));
    let pid = u32::try_from(pane_exec.expect("started")["pid"].as_u64().unwrap()).unwrap();
    let mut guest = supervisor.welcome("runtime");
    assert_eq!((&guest.hello["session"], &guest.hello["v"]), (&json!(session), &json!(1)));
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
    // A runtime that is refused goes on with its own work.
    pane.shows("refused: enough");
    assert!(state_of(pid).is_some_and(|state| state != 'Z'), "it lives");
}
