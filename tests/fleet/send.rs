//! `send`: 0 only when the runtime itself has the message, byte for byte.

use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, need, texts, wait_until};

/// One stub that takes messages by keystrokes or by deliveries, and records what it was given.
fn recorded(keystrokes: &str) -> (Fleet, std::path::PathBuf) {
    let fleet = Fleet::new();
    let record = fleet.workspace().join("record");
    let environment = format!(
        "{{MOSAIC_STUB_KEYSTROKES: \"{keystrokes}\", MOSAIC_STUB_TURN_MS: \"1\", MOSAIC_STUB_RECORD: \"{}\"}}",
        record.display()
    );
    fleet.roster(&Roster::new().stub_with("ada", &environment));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    (fleet, record)
}

fn a_hundred_of_a_hundred(keystrokes: &str) {
    if !need("tmux") {
        return;
    }
    let (fleet, record) = recorded(keystrokes);
    for at in 0..100 {
        fleet.mosaic(&["send", "ada", "--verify", &format!("message {at}")]).ended(0);
    }
    wait_until("the records", LONG, || texts(&record).len() >= 100);
    let expected: Vec<String> = (0..100).map(|at| format!("message {at}")).collect();
    assert_eq!(texts(&record), expected, "each once, in order");
}

#[test]
fn a_hundred_of_a_hundred_are_accepted_over_the_structured_channel() {
    a_hundred_of_a_hundred("0");
}

#[test]
fn a_hundred_of_a_hundred_are_accepted_by_keystrokes() {
    a_hundred_of_a_hundred("1");
}

#[test]
fn typing_is_journaled_before_a_message_goes_out() {
    if !need("tmux") {
        return;
    }
    let (fleet, _) = recorded("1");
    let output = fleet.mosaic(&["send", "ada", "hello", "--verify", "--json"]).ended(0);
    let message: Value = serde_json::from_str(&output.stdout).unwrap();
    let of_message: Vec<String> = fleet
        .events()
        .into_iter()
        .filter(|event| event["payload"].to_string().contains(message["id"].as_str().unwrap()))
        .map(|event| event["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(of_message[..2], ["message.queued", "message.typing"]);
    assert_eq!(of_message.last().unwrap(), "message.accepted");
}

#[test]
fn a_message_for_an_agent_that_does_not_run_waits_and_arrives_later() {
    if !need("tmux") {
        return;
    }
    let (fleet, record) = recorded("0");
    fleet.mosaic(&["agent", "stop", "ada"]).ended(0);
    wait_until("ada exited", LONG, || fleet.row("ada")["lifecycle"] == "exited");
    let output =
        fleet.mosaic(&["send", "ada", "later", "--verify", "--timeout", "300ms"]).ended(10);
    assert!(output.stderr.contains("is still queued"), "{output:?}");
    fleet.mosaic(&["agent", "start", "ada"]).ended(0);
    wait_until("the message", LONG, || texts(&record) == ["later"]);
}

#[test]
fn a_queued_message_survives_the_supervisor() {
    if !need("tmux") {
        return;
    }
    let (fleet, record) = recorded("0");
    fleet.mosaic(&["agent", "stop", "ada"]).ended(0);
    wait_until("ada exited", LONG, || fleet.row("ada")["lifecycle"] == "exited");
    fleet.mosaic(&["send", "ada", "later"]).ended(0);
    fleet.kill_supervisor();
    fleet.mosaic(&["fleet", "up"]);
    fleet.mosaic(&["agent", "start", "ada"]).ended(0);
    wait_until("the message", LONG, || texts(&record) == ["later"]);
}
