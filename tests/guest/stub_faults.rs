//! The stub as a runtime that hangs, crashes, loses keys and leaves children behind.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use super::place::{MOSAIC, Place, go, marked, shell, state_of, with};
use super::stub_talks::{alone, record, stub};
use super::supervisor::{DEADLINE, Supervisor, wait_until};

#[test]
fn a_blocked_loop_answers_nobody_while_its_process_lives() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = stub(&place, &[]);
    guest.say(&json!({"type": "deliver", "message_id": "b", "text": "/block 5"}));
    assert_eq!(guest.expect("receipt")["outcome"], "accepted");
    assert_eq!(guest.expect("activity")["state"], "busy");
    pane.keys(&["typed", "Enter"]);
    assert!(!guest.challenge("lost", Duration::from_millis(700)));
    assert!(!pane.screen().contains("typed"));
    assert_eq!(state_of(pane.pid), Some('S'));
    // It hangs, it is not dead: afterwards everything that waited is taken.
    assert!(guest.challenge("found", DEADLINE));
    pane.shows("you: typed");
}

#[test]
fn a_loop_that_freezes_by_itself_answers_nobody_and_hears_no_signal() {
    let place = Place::new();
    // Below a pane-exec, which ends what hears no signal, also when this test fails.
    let (pane, mut supervisor, mut pane_exec) = place.served();
    let (socket, record) = (place.text("guest.sock"), place.text("record"));
    let settings = [
        ("MOSAIC_HEARTBEAT_SOCKET", socket.as_str()),
        ("MOSAIC_STUB_RECORD", &record),
        ("MOSAIC_STUB_FREEZE_AFTER_MS", "1000"),
    ];
    let stub = go("stub-freezes", &[MOSAIC, "runtime", "stub"]);
    pane_exec.say(&with(stub, &settings));
    let pid = u32::try_from(pane_exec.expect("started")["pid"].as_u64().unwrap()).unwrap();
    let mut guest = supervisor.welcome("runtime");
    assert_eq!(guest.expect("activity")["state"], "idle");
    let mut asked = 0;
    wait_until("a challenge without an answer", || {
        asked += 1;
        !guest.challenge(&format!("nonce-{asked}"), Duration::from_millis(700))
    });
    kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGTERM).unwrap();
    pane.keys(&["typed", "Enter"]);
    assert!(!guest.challenge("after", Duration::from_millis(700)), "it is frozen for good");
    assert_eq!(state_of(pid), Some('S'), "it lives, and does nothing");
    assert!(!pane.screen().contains("typed") && place.read("record").is_none());
    let stop = json!({"type": "stop", "session": "stub-freezes", "signal": 15, "grace_ms": 100});
    pane_exec.say(&stop);
    assert_eq!(pane_exec.expect("exited")["signal"], 9);
}

#[test]
fn a_usage_limit_is_said_with_its_end_and_prompts_wait_for_it() {
    let now_ms = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let place = Place::new();
    let before = now_ms();
    let mut supervisor = Supervisor::listen(&place.path("guest.sock"));
    let pane = alone(&place, &["MOSAIC_STUB_LIMITED_MS=2500"]);
    let mut guest = supervisor.welcome("runtime");
    let limited = guest.expect("activity");
    assert_eq!(limited["state"], "limited");
    assert_eq!(limited["detail"], "usage limit of the stub");
    let until = u128::from(limited["until_ms"].as_u64().unwrap());
    assert!((before + 2500..=now_ms() + 2500).contains(&until), "{limited}");
    guest.say(&json!({"type": "challenge", "nonce": "one"}));
    let answer = guest.expect("answer");
    assert_eq!((&answer["state"], &answer["until_ms"]), (&limited["state"], &limited["until_ms"]));
    guest.say(&json!({"type": "deliver", "message_id": "m", "text": "patience"}));
    assert_eq!(guest.expect("receipt")["outcome"], "accepted_queued");
    assert_eq!(guest.expect("activity")["state"], "busy");
    // Both clocks are read to the millisecond, one after the other.
    assert!(now_ms() + 5 >= until, "it worked before the end of its limit");
    assert_eq!(guest.expect("activity")["state"], "idle");
    pane.shows("stub: the limit is over\nyou: patience\nstub: done");
}

#[test]
fn it_begins_with_a_flood_where_it_is_told_so_and_answers_meanwhile() {
    let place = Place::new();
    let mut supervisor = Supervisor::listen(&place.path("guest.sock"));
    let pane = alone(&place, &["MOSAIC_STUB_FLOOD_LINES=20000"]);
    let mut guest = supervisor.welcome("runtime");
    assert_eq!(guest.expect("activity")["state"], "busy");
    assert!(guest.challenge("meanwhile", DEADLINE));
    guest.expect_like("the end of the flood", |frame| frame["state"] == "idle");
    pane.shows("flood line 20000");
    assert!(record(&place).is_empty(), "nobody submitted it");
}

#[test]
fn lone_escapes_garble_neither_its_screen_nor_what_comes_after_it() {
    let place = Place::new();
    let (pane, mut supervisor, mut pane_exec) = place.served();
    let socket = place.text("guest.sock");
    let stub = go("stub-escapes", &[MOSAIC, "runtime", "stub"]);
    let settings =
        [("MOSAIC_HEARTBEAT_SOCKET", socket.as_str()), ("MOSAIC_STUB_LONE_ESCAPES", "3")];
    pane_exec.say(&with(stub, &settings));
    let mut guest = supervisor.welcome("runtime");
    pane.shows("\n>\n");
    place.tmux(&["pipe-pane", "-O", "-t", &pane.id, &format!("cat >> {}", place.text("drawn"))]);
    pane.paste("[m-1] two\nlines");
    pane.shows("\n> [m-1] two\n| lines\n");
    pane.keys(&["Enter"]);
    assert_eq!(guest.expect("submitted")["text"], "[m-1] two\nlines");
    pane.shows("you: [m-1] two\n     lines\nstub: done\n");
    wait_until("lone escapes", || place.read("drawn").unwrap().contains("\x1b[?25h\x1b\x1b\x1b"));
    pane.keys(&["/exit 4", "Enter"]);
    assert_eq!(pane_exec.expect("exited")["code"], 4);
    pane.shows("\n[mosaic] ada exited with code 4");
    pane_exec.say(&shell("stub-escapes-next", "printf 'next life\\n'; sleep 1000"));
    pane.shows("next life");
    assert_eq!(pane.screen(), "next life");
}

#[test]
fn a_flood_does_not_silence_the_loop() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = stub(&place, &[]);
    guest.say(&json!({"type": "deliver", "message_id": "f", "text": "/flood 20000"}));
    guest.expect_like("busy", |frame| frame["state"] == "busy");
    guest.say(&json!({"type": "challenge", "nonce": "meanwhile"}));
    let next = guest.expect_like("any frame", |_| true);
    assert_eq!(next["type"], "answer", "it was answered after the flood");
    guest.expect_like("the end of the flood", |frame| frame["state"] == "idle");
    pane.shows("flood line 20000");
}

#[test]
fn dropped_enters_leave_the_text_in_the_composer() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = stub(&place, &["MOSAIC_STUB_DROP_ENTERS=2"]);
    pane.paste("[m-1] text");
    pane.keys(&["Enter", "Enter"]);
    assert!(guest.challenge("after", DEADLINE));
    assert!(pane.screen().contains("> [m-1] text"));
    assert!(record(&place).is_empty());
    pane.keys(&["Enter"]);
    assert_eq!(guest.expect("submitted")["text"], "[m-1] text");
}

#[test]
fn a_mute_stub_works_and_never_answers() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) = stub(&place, &["MOSAIC_STUB_MUTE=1"]);
    assert!(!guest.challenge("unheard", Duration::from_millis(300)));
    pane.keys(&["works", "Enter"]);
    assert_eq!(guest.expect("submitted")["text"], "works");
}

#[test]
fn answers_come_late_wrong_or_replayed_where_it_is_told_so() {
    let nonces = |switch: &str| -> Vec<String> {
        let place = Place::new();
        let (_pane, _supervisor, mut guest) = stub(&place, &[switch]);
        let ask = |nonce: &str| {
            guest.say(&json!({"type": "challenge", "nonce": nonce}));
            guest.expect("answer")["nonce"].as_str().unwrap().to_owned()
        };
        ["one", "two"].map(ask).to_vec()
    };
    let began = std::time::Instant::now();
    assert_eq!(nonces("MOSAIC_STUB_ANSWER_AFTER_MS=300"), ["one", "two"]);
    assert!(began.elapsed() >= Duration::from_millis(600), "{:?}", began.elapsed());
    assert_eq!(nonces("MOSAIC_STUB_NONCE=wrong"), ["eno", "owt"]);
    assert_eq!(nonces("MOSAIC_STUB_NONCE=replay"), ["one", "one"]);
}

#[test]
fn pastes_vanish_and_drafts_stay_where_it_is_told_so() {
    let place = Place::new();
    let (pane, _supervisor, mut guest) =
        stub(&place, &["MOSAIC_STUB_SWALLOW_PASTES=1", "MOSAIC_STUB_KEEP_DRAFT=1"]);
    pane.paste("vanishes");
    pane.paste("stays");
    pane.keys(&["Enter"]);
    pane.shows("> stays");
    assert!(guest.challenge("after", DEADLINE));
    assert!(!pane.screen().contains("vanishes"), "{}", pane.screen());
    assert!(record(&place).is_empty(), "nothing was submitted");
}

#[test]
fn chaos_takes_what_it_says_and_what_reached_it_is_written_down() {
    let place = Place::new();
    let heard = format!("MOSAIC_STUB_HEARD={}", place.text("heard"));
    let chaos = "MOSAIC_STUB_CHAOS=seed=1 pastes=1000 deliveries=1000 for=1500";
    let (pane, _supervisor, mut guest) = stub(&place, &[chaos, &heard]);
    let count = || place.read("heard").unwrap_or_default().lines().count();
    pane.paste("swallowed");
    guest.say(&json!({"type": "deliver", "message_id": "m", "text": "swallowed"}));
    wait_until("both are written down", || count() == 2);
    assert!(guest.challenge("after", DEADLINE));
    assert!(record(&place).is_empty() && !pane.screen().contains("swallowed"));
    // Past its time all is well.
    wait_until("the end of the faults", || {
        let before = count();
        pane.paste("arrives");
        wait_until("it is written down", || count() > before);
        assert!(guest.challenge("behind it", DEADLINE));
        pane.screen().contains("arrives")
    });
    pane.keys(&["Enter"]);
    assert_eq!(guest.expect("submitted")["text"], "arrives");
}

#[test]
fn chaos_loses_a_receipt_and_keeps_the_message() {
    let place = Place::new();
    let (_pane, _supervisor, mut guest) = stub(&place, &["MOSAIC_STUB_CHAOS=silent=1000"]);
    guest.say(&json!({"type": "deliver", "message_id": "m", "text": "taken"}));
    guest.say(&json!({"type": "challenge", "nonce": "after"}));
    let said = guest.expect_like("an answer or a receipt", |frame| {
        frame["type"] == "answer" || frame["type"] == "receipt"
    });
    assert_eq!(said["type"], "answer");
    assert_eq!(record(&place)[0]["text"], "taken");
}

#[test]
fn its_exits_are_those_that_were_asked_for() {
    let place = Place::new();
    let (_pane, mut supervisor, mut pane_exec) = place.served();
    let socket = place.text("guest.sock");
    let life = |name: &str, pairs: &[(&str, &str)]| {
        let settings = [&[("MOSAIC_HEARTBEAT_SOCKET", socket.as_str())], pairs].concat();
        with(go(&format!("exits-{name}"), &[MOSAIC, "runtime", "stub"]), &settings)
    };
    pane_exec.say(&life("boot", &[("MOSAIC_STUB_CRASH_AT_BOOT", "9")]));
    assert_eq!(pane_exec.expect("exited")["code"], 9);

    pane_exec.say(&life("after", &[("MOSAIC_STUB_EXIT_AFTER_MS", "200")]));
    let _held = supervisor.welcome("runtime");
    assert_eq!(pane_exec.expect("exited")["code"], 3);

    pane_exec.say(&life("exit", &[]));
    let mut guest = supervisor.welcome("runtime");
    guest.say(&json!({"type": "deliver", "message_id": "e", "text": "[m-1] /exit 5"}));
    assert_eq!(guest.expect("receipt")["outcome"], "accepted");
    assert_eq!(pane_exec.expect("exited")["code"], 5);

    let stop = |name: &str, grace_ms: u64| json!({"type": "stop", "session": format!("exits-{name}"), "signal": 15, "grace_ms": grace_ms});
    pane_exec.say(&life("term", &[]));
    // Held, or the stub would connect again and that connection be taken for the next life's.
    let mut held = supervisor.welcome("runtime");
    held.expect("activity");
    pane_exec.say(&stop("term", 9000));
    assert_eq!(pane_exec.expect("exited")["code"], 143);

    pane_exec.say(&life("stubborn", &[("MOSAIC_STUB_IGNORE_TERM", "1")]));
    let mut held = supervisor.welcome("runtime");
    held.expect("activity");
    pane_exec.say(&stop("stubborn", 200));
    assert_eq!(pane_exec.expect("exited")["signal"], 9);
}

#[test]
fn children_that_it_leaks_at_its_start_are_gone_after_a_stop() {
    let place = Place::new();
    let (_pane, mut supervisor, mut pane_exec) = place.served();
    let socket = place.text("guest.sock");
    let stub = go("stub-leaks-at-start", &[MOSAIC, "runtime", "stub"]);
    let settings = [("MOSAIC_HEARTBEAT_SOCKET", socket.as_str()), ("MOSAIC_STUB_LEAK", "2")];
    pane_exec.say(&with(stub, &settings));
    let _held = supervisor.welcome("runtime");
    wait_until("two children", || marked("stub-leaks-at-start").len() == 3);
    let stop =
        json!({"type": "stop", "session": "stub-leaks-at-start", "signal": 15, "grace_ms": 5000});
    pane_exec.say(&stop);
    assert_eq!(pane_exec.expect("exited")["left_behind"], 2);
    wait_until("the children to go", || marked("stub-leaks-at-start").is_empty());
}

#[test]
fn a_leaked_child_is_gone_after_a_stop() {
    let place = Place::new();
    let (pane, mut supervisor, mut pane_exec) = place.served();
    let socket = place.text("guest.sock");
    let stub = go("stub-leaks", &[MOSAIC, "runtime", "stub"]);
    pane_exec.say(&with(stub, &[("MOSAIC_HEARTBEAT_SOCKET", &socket)]));
    let mut guest = supervisor.welcome("runtime");
    guest.say(&json!({"type": "deliver", "message_id": "l", "text": "/leak"}));
    pane.shows("stub: leaked");
    wait_until("the child", || marked("stub-leaks").len() == 2);
    pane_exec
        .say(&json!({"type": "stop", "session": "stub-leaks", "signal": 15, "grace_ms": 5000}));
    assert_eq!(pane_exec.expect("exited")["left_behind"], 1);
    wait_until("the child to go", || marked("stub-leaks").is_empty());
}

#[test]
fn wrong_words_and_no_terminal_are_said() {
    let run = |words: &[&str], pair: (&str, &str)| {
        let mut command = Command::new(MOSAIC);
        command.args(["runtime", "stub"]).args(words).env(pair.0, pair.1).stdin(Stdio::null());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let cases = [
        (run(&["--fast"], ("A", "b")), 2, "\"--fast\" is no option of the stub"),
        (run(&[], ("MOSAIC_STUB_TURN_MS", "soon")), 2, "MOSAIC_STUB_TURN_MS is \"soon\""),
        (run(&[], ("A", "b")), 1, "run it in a terminal"),
    ];
    for ((code, said), expected, sentence) in cases {
        assert_eq!(code, Some(expected), "{said}");
        assert!(said.contains(sentence), "{said}");
    }
    assert!(fs::exists(MOSAIC).unwrap());
}
