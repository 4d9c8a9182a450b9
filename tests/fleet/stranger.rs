//! A runtime that somebody else wrote from `docs/heartbeat.md` alone, as an agent of a real fleet.

use serde_json::json;

use crate::support::{Fleet, Roster, need, signal};
use nix::sys::signal::Signal;

const STRANGER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/stranger.py");

#[test]
fn a_strangers_thirty_lines_are_healthy_while_they_answer_and_take_what_is_sent() {
    if !need("tmux") || !need("python3") {
        return;
    }
    let keys = format!("runtime: stub, command: python3, args: [{}]", json!(STRANGER));
    let fleet = Fleet::up(&Roster::new().agent("zoe", &keys));
    fleet.health("zoe", "healthy");
    let output = fleet.mosaic(&["send", "zoe", "hello; world", "--verify", "--json"]).ended(0);
    assert!(output.stdout.contains("accepted"), "{output:?}");
    let before = fleet.pid("zoe");

    fleet.kill_supervisor();
    fleet.mosaic(&["fleet", "up"]).ended(0);
    fleet.health("zoe", "healthy");
    assert_eq!(fleet.pid("zoe"), before, "it came back to the next supervisor by itself");

    signal(before, Signal::SIGSTOP);
    fleet.health("zoe", "unresponsive");
    signal(before, Signal::SIGCONT);
    fleet.health("zoe", "healthy");
}
