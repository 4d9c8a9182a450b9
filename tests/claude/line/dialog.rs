//! Claude's first dialogs: shown, never answered for a person, and in nobody's way afterwards.

use super::Line;
use crate::support::{LONG, wait_until};

const TRUST: &str = "Yes, I trust this folder";

/// Claude asks whether its directory is trusted.
fn asked() -> Line {
    let line = Line::without(&["projects"]);
    line.fleet.roster(&line.roster());
    let output = line.fleet.mosaic(&["fleet", "up"]).ended(0);
    assert!(output.stdout.contains("awaits input"), "{output:?}");
    line
}

#[test]
fn a_first_dialog_is_shown_never_typed_into_and_what_waited_goes_out_after_it() {
    let line = asked();
    let activity = line.activity();
    assert_eq!(activity["state"], "awaiting_input");
    let detail = activity["detail"].as_str().unwrap();
    assert!(detail.contains("whether this directory is trusted"), "{detail}");
    assert!(detail.contains(TRUST), "{detail}");
    let row = line.fleet.row("ada");
    assert_eq!(row["lifecycle"], "running");
    assert_ne!(row["health"], "healthy", "nobody answered");

    let before = line.screen_from("Accessing workspace");
    let output = line.send_waits("hello behind the dialog");
    assert!(output.stderr.contains("is still queued"), "{output:?}");
    assert!(
        output.stderr.contains("the agent is awaiting_input: claude asks whether"),
        "{output:?}"
    );
    assert_eq!(line.screen_from("Accessing workspace"), before, "nothing was typed");
    assert_eq!(line.events("message.typing").len(), 0);

    line.by_hand(TRUST, &["Up", "Enter"], |screen| !screen.contains(TRUST));
    line.fleet.health("ada", "healthy");
    line.hears("hello behind the dialog");
    assert_eq!(line.told("hello behind the dialog"), 1);
    wait_until("its receipt", LONG, || line.events("message.accepted").len() == 1);
    assert_eq!(line.events("session.exited").len(), 0);
}

#[test]
fn a_dialog_is_shown_again_by_the_next_supervisor() {
    let line = asked();
    let claude = line.fleet.pid("ada");
    line.fleet.kill_supervisor();
    line.fleet.mosaic(&["fleet", "up"]).ended(0);
    assert_eq!(line.fleet.pid("ada"), claude);
    line.is("awaiting_input");
    assert!(line.activity()["detail"].as_str().unwrap().contains(TRUST));
}

#[test]
fn a_dialog_behind_a_dialog_is_shown_when_the_first_was_answered() {
    let line = Line::without(&["projects", "customApiKeyResponses"]);
    line.fleet.roster(&line.roster());
    line.fleet.mosaic(&["fleet", "up"]).ended(0);
    let says = |text: &str| {
        let activity = line.activity();
        let detail = activity["detail"].as_str().unwrap_or_default();
        activity["state"] == "awaiting_input" && detail.contains(text)
    };
    assert!(says(TRUST), "{}", line.activity());
    line.by_hand(TRUST, &["Up", "Enter"], |screen| !screen.contains(TRUST));
    wait_until("the second dialog", LONG, || says("whether it may use the API key"));
}
