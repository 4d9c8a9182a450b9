//! A tool that claude asks about: shown as it is, never answered by a message.

use super::Line;
use crate::support::{LONG, wait_until};

const QUESTION: &str = "Do you want to proceed?";

#[test]
fn a_question_about_a_tool_is_shown_and_a_message_waits_until_a_person_has_answered() {
    let line = Line::up();
    let made = line.fleet.workspace().join("made-by-claude");
    line.send("[[bash touch made-by-claude]]");
    line.is("awaiting_approval");
    let output = line.fleet.mosaic(&["ps"]).ended(0);
    assert!(output.stdout.contains("awaits approval"), "{output:?}");
    line.shows(QUESTION);
    let before = line.screen_from(QUESTION);
    let output = line.send_waits("1");
    assert!(output.stderr.contains("is still queued"), "{output:?}");
    assert!(output.stderr.contains("the agent is awaiting_approval: "), "{output:?}");
    assert_eq!(line.screen_from(QUESTION), before, "nothing was typed");
    assert!(!made.exists());
    assert_eq!(line.fleet.row("ada")["health"], "healthy", "a question is no illness");

    line.by_hand(QUESTION, &["Enter"], |screen| !screen.contains(QUESTION));
    wait_until("what was approved", LONG, || made.exists());
    wait_until("the receipt", LONG, || line.events("message.accepted").len() == 2);
    line.hears("] 1");
    assert_eq!(line.told("] 1"), 1);
}
