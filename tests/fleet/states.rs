//! R4, R5, R6, R19: whatever a terminal is found in, a message is accepted once or waits with its
//! reason; no key goes into a dialog, to another program, or into what a person writes. The table is
//! `states/cases.rs`, what puts a terminal into its states is `states/stage.rs`.

mod cases;
mod stage;

use cases::{Fate, State, states};
use nix::sys::signal::Signal;
use stage::{BY_DELIVERY, BY_KEYSTROKES, Stage, channels, told};

use crate::support::{Fleet, LONG, Roster, need, record, recording, wait_until};

/// More than one line, and nothing that a dialog or a shell would take for nothing.
const TEXT: &str = "y\n1;\ttouch no\n";

/// Sends in a state, by keystrokes.
fn by_keystrokes(stage: &Stage<'_>, state: &State) {
    let (before, returned) = (stage.given(), stage.returns().len());
    (state.enter)(stage);
    match state.fate {
        Fate::Accepted => {
            let sent = stage.send(TEXT, "30s").ended(0);
            assert_eq!(told(&sent)["state"], "accepted");
            (state.leave)(stage);
        }
        Fate::Waits(why) => {
            stage.send(TEXT, "200ms").ended(10);
            wait_until("a reason", LONG, || stage.returns().len() > returned);
            let said = stage.returns().split_off(returned);
            assert!(said.iter().all(|said| said.contains(why)), "no {why:?} in {said:?}");
            assert_eq!(stage.given(), before, "it was submitted");
            if let Some(line) = state.draft.and_then(|draft| draft.lines().last()) {
                assert!(stage.screen().contains(line), "{}", stage.screen());
            }
            (state.leave)(stage);
        }
    }
    let texts: Vec<&str> = state.draft.into_iter().chain([TEXT]).collect();
    wait_until("all of it", LONG, || stage.given().len() >= before.len() + texts.len());
    assert_eq!(stage.given(), [before, owned(&texts)].concat());
}

/// Sends in a state, over the channel, which is no terminal's business.
fn by_delivery(stage: &Stage<'_>, state: &State) {
    let before = stage.given();
    (state.enter)(stage);
    // A process that is stopped reads its channel later.
    let is_stopped = matches!(state.fate, Fate::Waits(why) if why.contains("stopped"));
    if is_stopped {
        stage.send(TEXT, "200ms").ended(10);
    } else {
        assert_eq!(told(&stage.send(TEXT, "30s").ended(0))["state"], "accepted");
        let shown = state.draft.and_then(|draft| draft.lines().last()).unwrap_or_default();
        assert!(stage.screen().contains(shown), "{}", stage.screen());
    }
    (state.leave)(stage);
    let texts: Vec<&str> = std::iter::once(TEXT).chain(state.draft).collect();
    wait_until("all of it", LONG, || stage.given().len() >= before.len() + texts.len());
    assert_eq!(stage.given(), [before, owned(&texts)].concat());
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn in_every_state(agent: &'static str, send: fn(&Stage<'_>, &State)) {
    if !need("tmux") {
        return;
    }
    let fleet = channels(", MOSAIC_STUB_TURN_MS: \"1\"");
    let stage = Stage::of(&fleet, agent);
    for state in states() {
        println!("{}", state.name);
        send(&stage, &state);
        wait_until("idle", LONG, || fleet.row(agent)["activity"]["state"] == "idle");
    }
    assert_eq!(fleet.count(agent, "message.accepted"), states().len(), "each once");
    assert_eq!(fleet.count(agent, "session.started"), 1);
}

#[test]
fn r06_in_every_state_of_a_terminal_a_message_by_keystrokes_is_accepted_once_or_waits() {
    in_every_state(BY_KEYSTROKES, by_keystrokes);
}

#[test]
fn r06_in_every_state_of_a_terminal_a_message_over_a_channel_is_accepted_once() {
    in_every_state(BY_DELIVERY, by_delivery);
}

#[test]
fn r06_a_pane_that_enters_a_mode_between_paste_and_enter_gets_the_message_once() {
    if !need("tmux") {
        return;
    }
    let fleet = channels(", MOSAIC_STUB_DROP_ENTERS: \"1\"");
    let stage = Stage::of(&fleet, BY_KEYSTROKES);
    let mut send = fleet.background(&["send", BY_KEYSTROKES, "--verify", "two\nlines"]);
    // The first Enter was lost: the text stands there, and somebody looks back.
    wait_until("the text", LONG, || fleet.count(BY_KEYSTROKES, "message.typed") == 1);
    stage.tmux(&["copy-mode"]);
    stage.is("pane_mode", "copy-mode");
    assert!(send.is_running());
    send.end().ended(0);
    assert_eq!(stage.given(), ["two\nlines"]);
}

#[test]
fn r05_what_a_person_writes_behind_a_message_is_not_submitted_with_it() {
    if !need("tmux") {
        return;
    }
    let fleet = channels(", MOSAIC_STUB_DROP_ENTERS: \"1\"");
    let stage = Stage::of(&fleet, BY_KEYSTROKES);
    let send = fleet.background(&["send", BY_KEYSTROKES, "--verify", "our text"]);
    wait_until("the text", LONG, || fleet.count(BY_KEYSTROKES, "message.typed") == 1);
    stage.tmux(&["send-keys", "-l", " and mine"]);
    let ended = send.end().ended(12);
    assert!(ended.stderr.contains("something else stands in the composer"), "{ended:?}");
    assert!(stage.given().is_empty(), "{:?}", stage.given());
    stage.shows("our text and mine");
    // Whoever it is takes their own away and presses the Enter that was lost.
    stage.tmux(&["send-keys", "-N", "9", "BSpace"]);
    stage.tmux(&["send-keys", "Enter"]);
    wait_until("its acceptance", LONG, || fleet.count(BY_KEYSTROKES, "message.accepted") == 1);
    assert_eq!(stage.given(), ["our text"]);
}

#[test]
fn r05_while_a_person_types_nothing_is_mixed_into_it() {
    if !need("tmux") {
        return;
    }
    let fleet = channels(", MOSAIC_STUB_TURN_MS: \"1\"");
    let stage = Stage::of(&fleet, BY_KEYSTROKES);
    let person = stage.person();
    let messages: Vec<String> = (0..3).map(|at| format!("message {at}")).collect();
    let send = |message: &String| fleet.mosaic(&["send", BY_KEYSTROKES, message]).ended(0);
    send(&messages[0]);
    // Letters and Enters, as fast as they go, for as long as three messages would take.
    let words: Vec<String> = (0..40).map(|at| format!("word{at}")).collect();
    for word in &words {
        for letter in word.chars() {
            person.press(&["-l", &letter.to_string()]);
        }
        person.press(&["Enter"]);
    }
    messages[1..].iter().for_each(|message| drop(send(message)));
    wait_until("all that was typed", LONG, || stage.given().len() >= words.len());
    assert_eq!(stage.given(), words, "a message went out beside a person");
    person.press(&["C-b", "d"]);
    wait_until("the messages", LONG, || stage.given().len() >= words.len() + messages.len());
    assert_eq!(stage.given(), [words, messages].concat());
}

#[test]
fn r06_a_mouse_that_scrolls_back_keeps_no_message_away() {
    if !need("tmux") {
        return;
    }
    let fleet = channels(", MOSAIC_STUB_TURN_MS: \"1\"");
    let stage = Stage::of(&fleet, BY_KEYSTROKES);
    stage.tmux(&["set", "mouse", "on"]);
    let person = stage.person();
    // In the alternate screen the wheel is a key of the program, unless somebody looks back already.
    stage.tmux(&["copy-mode", "-e"]);
    person.type_bytes("\x1b[<64;10;5M");
    stage.is("pane_mode", "copy-mode");
    let waits = stage.send(TEXT, "1s").ended(10);
    assert!(waits.stderr.contains("has the keyboard"), "{waits:?}");
    person.press(&["C-b", "d"]);
    wait_until("the message", LONG, || !stage.given().is_empty());
    assert_eq!(stage.given(), [TEXT]);
    stage.is("pane_in_mode", "0");
}

/// A dialog that is up, over this channel: nothing goes out until somebody has answered it.
fn behind_a_dialog(agent: &'static str) {
    let fleet = channels("");
    let stage = Stage::of(&fleet, agent);
    stage.send("/dialog", "30s").ended(0);
    let asks = || fleet.row(agent)["activity"]["state"] == "awaiting_approval";
    wait_until("the dialog", LONG, asks);
    for words in [&["yes"][..], &["--interrupt", "1"], &["--wait-idle", "y"]] {
        let send = [&["send", agent, "--verify", "--timeout", "300ms"], words].concat();
        let waits = fleet.mosaic(&send).ended(10);
        assert!(waits.stderr.contains("is still queued"), "{waits:?}");
    }
    assert!(asks(), "a message has answered it");
    assert_eq!(fleet.count(agent, "message.typing"), 1, "the dialog alone went out");
    stage.tmux(&["send-keys", "n"]);
    wait_until("all of them", LONG, || stage.given().len() == 4);
    assert_eq!(stage.given(), ["/dialog", "yes", "1", "y"]);
    assert!(stage.screen().contains("stub: denied"), "{}", stage.screen());
}

#[test]
fn r19_a_dialog_that_is_up_gets_no_message_by_keystrokes() {
    if need("tmux") {
        behind_a_dialog(BY_KEYSTROKES);
    }
}

#[test]
fn r19_a_dialog_that_is_up_gets_no_message_over_a_channel() {
    if need("tmux") {
        behind_a_dialog(BY_DELIVERY);
    }
}

#[test]
fn r19_a_dialog_that_comes_up_between_paste_and_enter_is_not_answered() {
    if !need("tmux") {
        return;
    }
    let fleet = channels(", MOSAIC_STUB_AT_PASTE: dialog");
    let stage = Stage::of(&fleet, BY_KEYSTROKES);
    let sent = stage.send("y", "30s").ended(12);
    assert!(told(&sent)["reason"].as_str().unwrap().contains("a dialog came up"), "{sent:?}");
    assert_eq!(fleet.row(BY_KEYSTROKES)["activity"]["state"], "awaiting_approval");
    assert!(stage.given().is_empty());
    // Who answers it finds the text behind it, and may submit it: then the runtime has it after all.
    stage.tmux(&["send-keys", "n"]);
    stage.shows("stub: denied");
    stage.tmux(&["send-keys", "Enter"]);
    wait_until("its acceptance", LONG, || fleet.count(BY_KEYSTROKES, "message.accepted") == 1);
    assert_eq!(stage.given(), ["y"]);
}

#[test]
fn r01_a_runtime_that_dies_between_paste_and_enter_has_nothing_and_gets_nothing_again() {
    if !need("tmux") {
        return;
    }
    let fleet = channels(", MOSAIC_STUB_AT_PASTE: exit");
    let stage = Stage::of(&fleet, BY_KEYSTROKES);
    let sent = stage.send("lost", "30s");
    let ended = told(&sent)["state"].as_str().unwrap().to_owned();
    assert!([12, 16].contains(&sent.code), "{ended}: {sent:?}");
    wait_until("another life", LONG, || fleet.count(BY_KEYSTROKES, "session.started") == 2);
    fleet.health(BY_KEYSTROKES, "healthy");
    assert!(stage.given().is_empty());
    assert_eq!(fleet.count(BY_KEYSTROKES, "message.typing"), 1, "it was typed again");
    assert_eq!(fleet.count(BY_KEYSTROKES, "message.accepted"), 0);
}

#[test]
fn r06_a_runtime_that_was_put_into_the_background_and_its_shell_get_no_key() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    let shell = fleet.workspace().join("shell");
    // With job control; when the runtime is stopped, `cat` is in the foreground instead.
    let script = format!(
        "set -m; '{}' runtime stub; cat > '{}'; fg",
        env!("CARGO_BIN_EXE_mosaic"),
        shell.display()
    );
    let environment = recording(&record(&fleet, BY_KEYSTROKES), ", MOSAIC_STUB_KEYSTROKES: \"1\"");
    let script = serde_json::to_string(&script).unwrap();
    let keys =
        format!("runtime: stub, command: bash, args: [\"-c\", {script}], env: {environment}");
    fleet.roster(&Roster::new().agent(BY_KEYSTROKES, &keys));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let stage = Stage::of(&fleet, BY_KEYSTROKES);
    let bash = fleet.pid(BY_KEYSTROKES);
    let stub = stage::child_of(bash);
    stage.send("before", "30s").ended(0);
    crate::support::signal(stub, Signal::SIGTSTP);
    wait_until("cat in the foreground", LONG, || shell.exists());
    stage.send("touch no\ntouch no", "2s").ended(10);
    wait_until("a reason", LONG, || !stage.returns().is_empty());
    assert!(stage.returns().iter().all(|why| why.contains("stopped")), "{:?}", stage.returns());
    assert_eq!(std::fs::read_to_string(&shell).unwrap(), "", "the shell was typed to");
    crate::support::signal(stage::other_child_of(bash, stub), Signal::SIGTERM);
    wait_until("both", LONG, || stage.given().len() == 2);
    assert_eq!(stage.given(), ["before", "touch no\ntouch no"]);
}
