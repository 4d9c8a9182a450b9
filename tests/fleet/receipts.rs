//! What is known of a message whose runtime does not say whether it waits behind a running turn.

use serde_json::{Value, json};

use crate::support::{
    Fleet, Guest, LONG, Roster, Spoken, need, record, recording, texts, wait_until,
};

#[test]
fn a_message_behind_a_turn_that_ran_before_the_supervisor_is_accepted_queued() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    let greet = |state: &str| {
        let mut guest = spoken.taking_messages();
        guest.say(&json!({"type": "activity", "state": state}));
        spoken.activity(state);
        guest
    };
    // The answer names the message and does not say whether it waits.
    let receipt = |guest: &mut Guest, meanwhile: &str| {
        let sent = spoken.fleet.mosaic(&["send", "ada", "hello", "--json"]).ended(0).stdout;
        let sent: Value = serde_json::from_str(&sent).unwrap();
        let id = guest.expect("deliver")["message_id"].clone();
        assert_eq!(sent["id"], id);
        guest.say(&json!({"type": "activity", "state": meanwhile}));
        guest.answer(&json!({"last_message_id": id}));
        let grade = || {
            let events = spoken.fleet.events();
            let mut accepted = events.iter().filter(|event| event["type"] == "message.accepted");
            accepted.find(|e| e["payload"]["id"] == id).map(|e| e["payload"]["grade"].clone())
        };
        wait_until("its acceptance", LONG, || grade().is_some());
        grade().unwrap()
    };
    drop(greet("busy"));
    spoken.fleet.kill_supervisor();
    spoken.fleet.mosaic(&["fleet", "up", "--wait", "0s"]);
    let mut guest = greet("busy");
    assert_eq!(receipt(&mut guest, "busy"), "accepted_queued");
    guest.say(&json!({"type": "activity", "state": "idle"}));
    spoken.activity("idle");
    assert_eq!(receipt(&mut guest, "busy"), "accepted", "the turn that it began is its own");
}

#[test]
fn r02_a_message_whose_receipt_never_comes_is_unknown_and_never_sent_again() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let agents = [("ada", "0"), ("bob", "1")];
    let roster = agents.iter().fold(Roster::new(), |roster, (agent, keystrokes)| {
        let more = format!(
            ", MOSAIC_STUB_KEYSTROKES: \"{keystrokes}\", MOSAIC_STUB_CHAOS: \"silent=1000\""
        );
        roster.stub_with(agent, &recording(&record(&fleet, agent), &more))
    });
    fleet.roster(&roster);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let send = |agent: &str| fleet.background(&["send", agent, "in silence", "--verify"]);
    for send in agents.map(|(agent, _)| send(agent)) {
        let output = send.end().ended(12);
        assert!(output.stderr.contains("no receipt came"), "{output:?}");
    }
    for (agent, _) in agents {
        fleet.mosaic(&["send", agent, "the next"]).ended(0);
        let taken = || texts(&record(&fleet, agent));
        wait_until("the next", LONG, || taken().contains(&"the next".to_owned()));
        assert_eq!(taken(), ["in silence", "the next"], "{agent}");
        assert_eq!(fleet.count(agent, "message.typing"), 2, "{agent}");
        assert_eq!(fleet.count(agent, "message.accepted"), 0, "{agent}");
    }
}

#[test]
fn a_delivery_carries_the_trace_of_the_one_who_sent() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    let mut guest = spoken.taking_messages();
    let (trace, above) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let mut send = spoken.fleet.command(&["send", "ada", "hello"]);
    send.env("TRACEPARENT", format!("00-{trace}-{above}-01"));
    spoken.fleet.finished(&mut send).ended(0);
    let told = guest.expect("deliver")["traceparent"].as_str().unwrap().to_owned();
    let parts: Vec<&str> = told.split('-').collect();
    assert_eq!((parts[1], parts[3]), (trace, "01"));
    let events = spoken.fleet.events();
    let queued = events.iter().find(|event| event["type"] == "message.queued").unwrap();
    assert_eq!(queued["traceparent"], told, "below the span of the send, not the caller's own");
    assert_ne!(parts[2], above);
}
