//! Messages by keystrokes: never through a dialog or a draft, never into work, never half.

use std::fmt::Write as _;

use nix::sys::signal::Signal;
use serde_json::json;

use crate::support::{
    Fleet, LONG, Roster, Terminal, need, pane, record, recording, signal, texts, tmux, wait_until,
};

/// The fleet of one stub that takes keystrokes only; its record is that of `ada`.
fn keyboard(more: &str) -> Fleet {
    let fleet = Fleet::new();
    let more = format!(", MOSAIC_STUB_KEYSTROKES: \"1\"{more}");
    let environment = recording(&record(&fleet, "ada"), &more);
    fleet.roster(&Roster::new().stub_with("ada", &environment));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    fleet
}

fn screen(fleet: &Fleet) -> String {
    tmux(fleet, &["capture-pane", "-p", "-t", &pane(fleet, "ada")])
}

#[test]
fn r01_a_swallowed_enter_is_pressed_again_and_is_never_success() {
    if !need("tmux") {
        return;
    }
    let fleet = keyboard(", MOSAIC_STUB_DROP_ENTERS: \"2\"");
    fleet.mosaic(&["send", "ada", "twice dropped", "--verify"]).ended(0);
    assert_eq!(texts(&record(&fleet, "ada")), ["twice dropped"]);
    assert_eq!(fleet.count("ada", "message.looked_again"), 2);

    let deaf = keyboard(", MOSAIC_STUB_DROP_ENTERS: \"1000\"");
    let output = deaf.mosaic(&["send", "ada", "never in", "--verify"]).ended(16);
    assert!(output.stderr.contains("stands in the composer"), "{output:?}");
    assert!(screen(&deaf).contains("never in"), "it stands in the box:\n{}", screen(&deaf));
    assert!(texts(&record(&deaf, "ada")).is_empty());
    assert_eq!(deaf.count("ada", "message.typing"), 1, "it was not typed again");
    let inbox = deaf.mosaic(&["agent", "inbox", "ada", "--ended", "1", "--json"]).ended(0).stdout;
    let inbox: serde_json::Value = serde_json::from_str(&inbox).unwrap();
    assert_eq!(inbox["ended"][0]["state"], "typed_not_submitted");
}

#[test]
fn r01_an_enter_that_only_empties_the_composer_is_never_success() {
    if !need("tmux") {
        return;
    }
    let fleet = keyboard(", MOSAIC_STUB_CHAOS: \"empties=1000\"");
    let output = fleet.mosaic(&["send", "ada", "gone", "--verify"]).ended(12);
    assert!(
        output.stderr.contains("no receipt came after Enter; the composer is empty"),
        "{output:?}"
    );
    assert!(!screen(&fleet).contains("gone"), "it left the box:\n{}", screen(&fleet));
    assert!(texts(&record(&fleet, "ada")).is_empty());
    assert_eq!(fleet.count("ada", "message.typing"), 1, "it was not typed again");
    assert_eq!(fleet.count("ada", "message.accepted"), 0);
}

#[test]
fn a_text_that_shows_only_after_seconds_is_submitted_and_not_in_doubt() {
    if !need("tmux") {
        return;
    }
    let fleet = keyboard("");
    fleet.mosaic(&["send", "ada", "/block 4", "--verify"]).ended(0);
    fleet.mosaic(&["send", "ada", "late", "--verify"]).ended(0);
    assert_eq!(texts(&record(&fleet, "ada")), ["/block 4", "late"]);
    assert_eq!(fleet.count("ada", "message.typing"), 2, "each was typed once");
}

#[test]
fn r04_a_send_to_a_busy_agent_types_the_text_and_enter_and_nothing_else() {
    if !need("tmux") || !need("script") {
        return;
    }
    let fleet = Fleet::new();
    let keys = fleet.workspace().join("keys");
    // `script` writes down every byte that it passes on to the stub behind it.
    let stub = format!("{} runtime stub", env!("CARGO_BIN_EXE_mosaic"));
    let environment = "{MOSAIC_STUB_KEYSTROKES: \"1\", MOSAIC_STUB_TURN_MS: \"20000\"}";
    fleet.roster(&Roster::new().agent(
        "ada",
        &format!(
            "runtime: stub, command: script, args: [-q, -f, -I, \"{}\", -c, \"{stub}\"], \
             env: {environment}",
            keys.display()
        ),
    ));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let mut expected = String::new();
    for (text, state) in [("work for a while", "accepted"), ("then this", "accepted_queued")] {
        let output = fleet.mosaic(&["send", "ada", text, "--verify", "--json"]).ended(0);
        let message: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(message["state"], state, "the first one is still being worked on");
        let id = message["id"].as_str().unwrap();
        write!(expected, "\x1b[200~[m-{id}] {text}\x1b[201~\r").unwrap();
    }
    let typed = || std::fs::read_to_string(&keys).unwrap();
    wait_until("the keys", LONG, || typed().contains("then this"));
    // Around what went in, `script` says when it began.
    let typed = typed();
    let from = typed.find('\x1b').unwrap();
    assert_eq!(typed[from..].trim_end_matches('\n'), expected, "no Escape, no Ctrl-C: {typed:?}");
}

#[test]
fn r05_a_persons_draft_is_not_submitted_merged_or_erased() {
    if !need("tmux") {
        return;
    }
    let fleet = keyboard("");
    let at = pane(&fleet, "ada");
    tmux(&fleet, &["send-keys", "-t", &at, "-l", "half a thought"]);
    wait_until("the draft", LONG, || screen(&fleet).contains("> half a thought"));
    fleet.mosaic(&["send", "ada", "hello", "--verify", "--timeout", "2s"]).ended(10);
    let returned = || fleet.events().into_iter().find(|event| event["type"] == "message.returned");
    wait_until("the message is back", LONG, || returned().is_some());
    let returned = returned().unwrap();
    assert!(returned["payload"].to_string().contains("draft"), "it says why: {returned}");
    assert!(screen(&fleet).contains("> half a thought\n"), "{}", screen(&fleet));
    assert!(texts(&record(&fleet, "ada")).is_empty());
    tmux(&fleet, &["send-keys", "-t", &at, "Enter"]);
    wait_until("both", LONG, || texts(&record(&fleet, "ada")).len() == 2);
    assert_eq!(texts(&record(&fleet, "ada")), ["half a thought", "hello"]);
}

#[test]
fn r05_a_draft_that_a_holder_left_stays_and_the_message_behind_it_waits() {
    if !need("tmux") {
        return;
    }
    let fleet = keyboard("");
    let terminal = Terminal::running(fleet.home(), (100, 30), "", "attach ada");
    wait_until("the keyboard", LONG, || fleet.row("ada")["keyboard"]["seated"] == true);
    terminal.press(&["-l", "half a thought"]);
    terminal.shows("> half a thought");
    fleet.mosaic(&["send", "ada", "hello"]).ended(0);
    assert_eq!(fleet.count("ada", "message.typing"), 0, "it was typed beside a person");
    terminal.press(&["C-b", "d"]);
    terminal.shows("[ended 0]");
    wait_until("the message is back", LONG, || fleet.count("ada", "message.returned") > 0);
    assert!(screen(&fleet).contains("> half a thought\n"), "{}", screen(&fleet));
    assert!(texts(&record(&fleet, "ada")).is_empty());
    // Whose draft it is submits it, and the message follows without another word.
    let again = Terminal::running(fleet.home(), (100, 30), "", "attach ada");
    wait_until("the keyboard", LONG, || fleet.row("ada")["keyboard"]["seated"] == true);
    again.press(&["Enter"]);
    wait_until("the draft", LONG, || texts(&record(&fleet, "ada")).len() == 1);
    again.press(&["C-b", "d"]);
    wait_until("both", LONG, || texts(&record(&fleet, "ada")).len() == 2);
    assert_eq!(texts(&record(&fleet, "ada")), ["half a thought", "hello"]);
}

#[test]
fn r05_a_text_of_ours_makes_room_for_the_next_message_and_one_that_a_person_changed_does_not() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let roster = ["ada", "bob"].into_iter().fold(Roster::new(), |roster, name| {
        // One that stops as it gets a text shows it nowhere, so that Enter is never pressed.
        let more = ", MOSAIC_STUB_KEYSTROKES: \"1\", MOSAIC_STUB_AT_PASTE: stop";
        roster.stub_with(name, &recording(&record(&fleet, name), more))
    });
    fleet.roster(&roster);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let pids = ["ada", "bob"].map(|agent| fleet.pid(agent));
    let ids = ["ada", "bob"].map(|agent| {
        let sent = fleet.mosaic(&["send", agent, "left behind", "--json"]).ended(0).stdout;
        let sent: serde_json::Value = serde_json::from_str(&sent).unwrap();
        sent["id"].as_str().unwrap().to_owned()
    });
    for agent in ["ada", "bob"] {
        wait_until("its end", LONG, || fleet.count(agent, "message.unknown") == 1);
    }
    pids.iter().for_each(|pid| signal(*pid, Signal::SIGCONT));
    let shows = |agent: &str| tmux(&fleet, &["capture-pane", "-p", "-t", &pane(&fleet, agent)]);
    for agent in ["ada", "bob"] {
        wait_until("the text", LONG, || shows(agent).contains("] left behind\n"));
    }
    tmux(&fleet, &["send-keys", "-t", &pane(&fleet, "bob"), "-l", ", and mine"]);
    wait_until("what a person added", LONG, || shows("bob").contains("] left behind, and mine\n"));
    fleet.mosaic(&["send", "ada", "next", "--verify"]).ended(0);
    assert_eq!(texts(&record(&fleet, "ada")), ["next"]);
    let ladder = fleet.mosaic(&["message", "show", &ids[0]]).ended(0).stdout;
    assert!(ladder.contains("  cleared\n"), "{ladder}");
    fleet.mosaic(&["send", "bob", "next", "--verify", "--timeout", "2s"]).ended(10);
    assert!(shows("bob").contains("] left behind, and mine\n"), "{}", shows("bob"));
    // Why it waits, and who can do what about it, stands wherever people look.
    let why = format!("what was typed of message {} stands in the composer", ids[1]);
    for verb in [["agent", "inbox", "bob"], ["agent", "explain", "bob"]] {
        let said = fleet.mosaic(&verb).ended(0).stdout;
        assert!(said.contains(&why) && said.contains("`mosaic attach bob`"), "{said}");
    }
    assert_eq!(fleet.count("bob", "message.cleared"), 0);
    assert!(texts(&record(&fleet, "bob")).is_empty());
}

#[test]
fn r06_a_message_arrives_once_while_somebody_looks_back() {
    if !need("tmux") {
        return;
    }
    let fleet = keyboard("");
    let at = pane(&fleet, "ada");
    tmux(&fleet, &["copy-mode", "-t", &at]);
    assert_eq!(tmux(&fleet, &["display", "-p", "-t", &at, "#{pane_in_mode}"]), "1");
    fleet.mosaic(&["send", "ada", "two\nlines; and more", "--verify"]).ended(0);
    assert_eq!(texts(&record(&fleet, "ada")), ["two\nlines; and more"]);
}

#[test]
fn r03_a_full_mailbox_refuses_the_new_message_and_an_idle_agent_drains_it_unasked() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let environment = recording(&record(&fleet, "ada"), ", MOSAIC_STUB_TURN_MS: \"1\"");
    fleet.roster(&Roster::new().stub_with("ada", &environment));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    fleet.mosaic(&["agent", "stop", "ada"]).ended(0);
    wait_until("ada exited", LONG, || fleet.row("ada")["lifecycle"] == "exited");
    let expected: Vec<String> = (0..100).map(|at| format!("message {at}")).collect();
    for (at, text) in expected.iter().enumerate() {
        let output = fleet.mosaic(&["send", "ada", text, "--json"]).ended(0);
        let message: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!((&message["state"], &message["position"]), (&json!("queued"), &json!(at)));
    }
    let output = fleet.mosaic(&["send", "ada", "one too many"]).ended(5);
    assert!(output.stderr.contains("100"), "{output:?}");
    assert_eq!(fleet.row("ada")["inbox"], 100);
    fleet.mosaic(&["agent", "start", "ada"]).ended(0);
    wait_until("all of them", LONG, || texts(&record(&fleet, "ada")).len() >= 100);
    assert_eq!(texts(&record(&fleet, "ada")), expected, "each once, in order");
}
