//! The stub as a well-behaved runtime: it answers, takes prompts both ways, and says what it does.

use std::fs;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use super::place::{MOSAIC, Pane, Place};
use super::supervisor::{DEADLINE, Guest, Supervisor, wait_until};

/// Runs the stub in a window, under a supervisor that has welcomed it.
pub fn stub<'a>(place: &'a Place, settings: &[&str]) -> (Pane<'a>, Supervisor, Guest) {
    let mut supervisor = Supervisor::listen(&place.path("guest.sock"));
    let pane = alone(place, settings);
    let mut guest = supervisor.welcome("runtime");
    assert_eq!(guest.expect("activity")["state"], "idle");
    pane.shows("\n>\n");
    (pane, supervisor, guest)
}

/// Runs the stub in a window, and nothing more.
pub fn alone<'a>(place: &'a Place, settings: &[&str]) -> Pane<'a> {
    let socket = format!("MOSAIC_HEARTBEAT_SOCKET={}", place.text("guest.sock"));
    let record = format!("MOSAIC_STUB_RECORD={}", place.text("record"));
    let identity = ["MOSAIC_AGENT=ada", "MOSAIC_SESSION=0123456789ab", "MOSAIC_SESSION_TOKEN=t"];
    let words = ["env", &socket, &record, "MOSAIC_STUB_TURN_MS=50"];
    place.window(&[&words, &identity[..], settings, &[MOSAIC, "runtime", "stub"]].concat())
}

/// What the stub itself wrote down, in its order.
pub fn record(place: &Place) -> Vec<Value> {
    let lines = place.read("record").unwrap_or_default();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn hello_says_who_it_is_and_challenges_are_answered() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = stub(&place, &[]);
    let hello = &guest.hello;
    assert_eq!((&hello["agent"], &hello["session"]), (&json!("ada"), &json!("0123456789ab")));
    assert_eq!((&hello["token"], &hello["capabilities"]), (&json!("t"), &json!(["deliver"])));
    for at in 0..20 {
        assert!(guest.challenge(&format!("nonce-{at}"), DEADLINE));
    }
    pane.shows(" ada · 01234567 · idle · supervised · 0 waiting");
}

#[test]
fn each_answer_says_what_it_does_and_a_goodbye_says_why_it_leaves() {
    for why in ["Ctrl-D", "SIGTERM"] {
        let place = Place::new();
        let (pane, _supervisor, mut guest) = stub(&place, &[]);
        let asked = |guest: &mut Guest, nonce: &str| {
            guest.say(&json!({"type": "challenge", "nonce": nonce}));
            guest.expect("answer")
        };
        let idle = asked(&mut guest, "one");
        assert_eq!(idle, json!({"type": "answer", "nonce": "one", "state": "idle"}));
        guest.say(&json!({"type": "deliver", "message_id": "d", "text": "/dialog"}));
        guest.expect_like("the dialog", |frame| frame["state"] == "awaiting_approval");
        let asks = asked(&mut guest, "two");
        assert_eq!(asks["state"], "awaiting_approval");
        assert!(asks["detail"].as_str().unwrap().contains("touch example"), "{asks}");
        pane.keys(&["y"]);
        guest.expect_like("idle again", |frame| frame["state"] == "idle");
        if why == "Ctrl-D" {
            pane.keys(&["C-d"]);
        } else {
            kill(Pid::from_raw(pane.pid.try_into().unwrap()), Signal::SIGTERM).unwrap();
        }
        assert_eq!(guest.expect("bye")["reason"], why);
        wait_until("the stub to leave", || pane.is_dead());
    }
}

#[test]
fn enter_submits_what_was_pasted_byte_for_byte() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = stub(&place, &[]);
    let long = format!("[m-3] {}", "0123456789 äöü 日本語\n".repeat(2000));
    let texts =
        ["[m-1] hello", "[m-2] two\nlines\tand a tab;  日本 ", "[m-4] #{x} $HOME `a` \\", &long];
    for text in texts {
        pane.paste(text);
        pane.shows(&format!("> {}", &text[..5]));
        pane.keys(&["Enter"]);
        let submitted = guest.expect("submitted");
        assert_eq!(submitted["text"], text);
        assert_eq!(submitted["queued"], false);
        assert_eq!(guest.expect("activity")["state"], "busy");
        assert_eq!(guest.expect("activity")["state"], "idle");
    }
    let taken: Vec<_> = record(&place).iter().map(|line| line["text"].clone()).collect();
    assert_eq!(taken, texts);
}

#[test]
fn a_paste_is_appended_to_a_draft() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = stub(&place, &[]);
    pane.keys(&["-l", "my draft "]);
    pane.paste("[m-1] text");
    pane.shows("> my draft [m-1] text");
    pane.keys(&["Enter"]);
    assert_eq!(guest.expect("submitted")["text"], "my draft [m-1] text");
}

#[test]
fn the_composer_edits_clears_and_ends() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = stub(&place, &[]);
    pane.keys(&["-l", "日本x"]);
    pane.keys(&["Left", "BSpace", "Home", "a", "End", "C-j", "b"]);
    pane.shows("> a日x\n| b");
    pane.keys(&["C-d"]);
    pane.keys(&["C-c"]);
    pane.keys(&["-l", "kept"]);
    pane.shows("> kept");
    pane.keys(&["Enter"]);
    assert_eq!(guest.expect("submitted")["text"], "kept");
    pane.keys(&["C-d"]);
    wait_until("the stub to leave", || pane.is_dead());
}

#[test]
fn what_comes_during_a_turn_waits_and_is_taken_in_order() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = stub(&place, &["MOSAIC_STUB_TURN_MS=400"]);
    guest.say(&json!({"type": "deliver", "message_id": "one", "text": "first"}));
    assert_eq!(guest.expect("receipt")["outcome"], "accepted");
    guest.say(&json!({"type": "deliver", "message_id": "two", "text": "second"}));
    let receipt = guest.expect("receipt");
    assert_eq!(
        (&receipt["message_id"], &receipt["outcome"]),
        (&json!("two"), &json!("accepted_queued"))
    );
    pane.keys(&["third", "Enter"]);
    assert_eq!(guest.expect("submitted")["queued"], true);
    pane.shows("2 waiting");
    guest.expect_like("idle again", |frame| frame["state"] == "idle");
    let taken = record(&place);
    let texts: Vec<_> = taken.iter().map(|line| line["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["first", "second", "third"]);
    assert_eq!((&taken[0]["message_id"], &taken[2]["via"]), (&json!("one"), &json!("keys")));
}

#[test]
fn a_full_queue_refuses_the_new_message() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = stub(&place, &["MOSAIC_STUB_TURN_MS=60000"]);
    let mut outcomes = Vec::new();
    for at in 0..70 {
        guest.say(&json!({"type": "deliver", "message_id": format!("{at}"), "text": "x"}));
        outcomes.push(guest.expect("receipt")["outcome"].as_str().unwrap().to_owned());
    }
    assert_eq!(outcomes.iter().filter(|outcome| *outcome == "rejected").count(), 5);
    assert_eq!((outcomes[0].as_str(), outcomes[69].as_str()), ("accepted", "rejected"));
    assert_eq!(record(&place).len(), 65);
}

#[test]
fn a_dialog_takes_keys_away_from_the_composer_until_it_is_answered() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = stub(&place, &[]);
    for (key, answer) in [("y", "allowed"), ("n", "denied"), ("Enter", "allowed")] {
        guest.say(&json!({"type": "deliver", "message_id": "d", "text": "/dialog"}));
        let asks = guest.expect_like("the dialog", |frame| frame["state"] == "awaiting_approval");
        assert!(asks["detail"].as_str().unwrap().contains("touch example"), "{asks}");
        pane.shows("1. Yes (y, Enter)");
        pane.keys(&["-l", "abc"]);
        pane.paste("[m-1] y");
        pane.keys(&[key]);
        pane.shows(&format!("stub: {answer}"));
        guest.expect_like("idle again", |frame| frame["state"] == "idle");
        let screen = pane.screen();
        assert!(screen.contains("\n>\n") && !screen.contains("abc"), "{screen}");
        guest.say(&json!({"type": "deliver", "message_id": "f", "text": "/flood 60"}));
        pane.shows("flood line 60");
        guest.expect_like("idle again", |frame| frame["state"] == "idle");
    }
}

#[test]
fn keystrokes_only_means_that_nothing_is_delivered() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = stub(&place, &["MOSAIC_STUB_KEYSTROKES=1"]);
    assert_eq!(guest.hello["capabilities"], Value::Null);
    guest.say(&json!({"type": "deliver", "message_id": "one", "text": "x"}));
    assert_eq!(guest.expect("receipt")["outcome"], "rejected");
    assert_eq!(record(&place), Vec::<Value>::new());
}

#[test]
fn it_follows_the_size_of_its_window() {
    let place = Place::new();
    let (pane, _supervisor, _guest) = stub(&place, &[]);
    pane.keys(&["-l", "draft"]);
    for (columns, rows) in [("40", "10"), ("120", "30"), ("20", "5")] {
        place.tmux(&["resize-window", "-t", &pane.id, "-x", columns, "-y", rows]);
        let rule = "─".repeat(columns.parse().unwrap());
        wait_until("the composer between rule and status", || {
            let screen = pane.screen();
            let lines: Vec<&str> = screen.lines().collect();
            lines.len().to_string() == rows
                && lines[lines.len() - 3..lines.len() - 1] == [&rule, "> draft"]
        });
    }
}

#[test]
fn a_supervisor_that_returns_hears_the_state_and_what_was_submitted_meanwhile() {
    let place = Place::new();
    let (pane, supervisor, guest) = stub(&place, &[]);
    drop((guest, supervisor));
    fs::remove_file(place.path("guest.sock")).unwrap();
    pane.shows("no supervisor");
    pane.keys(&["meanwhile", "Enter"]);
    wait_until("the prompt to be taken", || record(&place).len() == 1);
    let mut supervisor = Supervisor::listen(&place.path("guest.sock"));
    let mut guest = supervisor.welcome("runtime");
    assert_eq!(guest.expect("submitted")["text"], "meanwhile");
    guest.expect_like("idle again", |frame| frame["state"] == "idle");
    assert!(guest.challenge("again", DEADLINE));
}

#[test]
fn it_runs_alone_as_a_plain_program() {
    let place = Place::new();
    let pane = place.window(&[MOSAIC, "runtime", "stub"]);
    pane.shows("stub · alone · idle · 0 waiting");
    pane.keys(&["hello", "Enter"]);
    pane.shows("you: hello");
    pane.shows("stub: done");
    pane.keys(&["/exit 7", "Enter"]);
    wait_until("the stub to leave", || pane.is_dead());
    assert_eq!(pane.ask("#{alternate_on}"), "0");
}

#[test]
fn nothing_is_drawn_while_nothing_changes() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = stub(&place, &[]);
    pane.shows("supervised");
    place.tmux(&["pipe-pane", "-O", "-t", &pane.id, &format!("cat >> {}", place.text("drawn"))]);
    for at in 0..50 {
        assert!(guest.challenge(&format!("nonce-{at}"), Duration::from_secs(5)));
    }
    pane.keys(&["a"]);
    pane.shows("> a");
    wait_until("the key to be drawn", || {
        place.read("drawn").is_some_and(|text| text.contains("> a"))
    });
    let drawn = place.read("drawn").unwrap();
    assert!(drawn.len() < 100, "{drawn:?}");
}
