//! A conversation is followed, and goes on where there is one to go on with.

use nix::sys::signal::Signal;
use serde_json::Value;

use super::Line;
use crate::support::{LONG, signal, wait_until};

/// The id of the conversation, as the journal has it.
fn conversation(line: &Line) -> String {
    let row = line.fleet.row("ada");
    row["session"]["conversation"].as_str().unwrap_or_else(|| panic!("{row}")).to_owned()
}

/// Claude is killed; its next life is healthy and idle. What its start says.
fn killed(line: &Line) -> Value {
    let before = line.fleet.row("ada")["session"]["id"].clone();
    signal(line.fleet.pid("ada"), Signal::SIGKILL);
    wait_until("the next life", LONG, || {
        let row = line.fleet.row("ada");
        row["session"]["id"] != before && row["health"] == "healthy"
    });
    line.is("idle");
    line.events("session.starting").pop().unwrap()
}

#[test]
fn a_killed_claude_is_started_again_and_goes_on_with_its_conversation() {
    let line = Line::up();
    let first = conversation(&line);
    line.send("remember the alpaca");
    line.hears("remember the alpaca");
    line.remembers("remember the alpaca");
    let begun = line.model.longest_history();
    let start = killed(&line);
    assert_eq!((&start["resumes"], start["conversation"].as_str()), (&true.into(), Some(&*first)));
    assert_eq!(conversation(&line), first);
    let exit = line.events("session.exited").pop().unwrap();
    assert!(exit.to_string().contains("\"signal\":9"), "{exit}");
    line.send("what was it?");
    line.hears("what was it?");
    assert!(line.model.longest_history() > begun, "the model hears what was before");
}

#[test]
fn a_conversation_that_a_person_clears_is_followed() {
    let line = Line::up();
    let first = conversation(&line);
    line.send("before the cut");
    line.hears("before the cut");
    line.is("idle");
    line.by_hand("❯", &["/clear", "Enter"], |screen| !screen.contains("before the cut"));
    wait_until("another conversation", LONG, || conversation(&line) != first);
    let second = conversation(&line);
    let changes = line.events("conversation.changed");
    assert_eq!(changes.last().unwrap()["conversation"], second.as_str(), "{changes:?}");
    line.send("after the cut");
    line.hears("after the cut");
    line.remembers("after the cut");
    let start = killed(&line);
    assert_eq!(start["conversation"], second.as_str(), "{start}");
    assert_eq!(conversation(&line), second, "it is the one that goes on");
}

#[test]
fn a_claude_without_a_transcript_begins_anew() {
    let line = Line::up();
    let first = conversation(&line);
    killed(&line);
    assert_ne!(conversation(&line), first);
    assert_eq!(line.events("session.exited").len(), 1, "it started at the first try");
    line.send("hello");
}
