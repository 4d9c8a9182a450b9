//! The rules of the heartbeat protocol, against the real supervisor: a socket and lines by hand.

use serde_json::json;

use crate::support::{LONG, Spoken, need, wait_until};

#[test]
fn what_the_page_says_of_a_channel_is_so_from_hello_to_bye() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    let mut guest = spoken.connect();
    let mut hello = spoken.hello();
    hello["capabilities"] = json!(["deliver", "of_tomorrow"]);
    hello["of_tomorrow"] = json!({"a": 1});
    guest.say(&hello);
    guest.expect("welcome");
    let challenge = guest.expect("challenge");
    assert_eq!(challenge["deadline_ms"], 1500, "{challenge}");
    let now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let sent_at = challenge["sent_at"].as_u64().unwrap();
    assert!(u128::from(sent_at).abs_diff(now_ms.as_millis()) < 60_000, "{challenge}");
    guest.say(&json!({"type": "of_tomorrow", "nonce": challenge["nonce"]}));
    guest.say(&json!({"type": "answer", "nonce": challenge["nonce"], "state": "of_tomorrow"}));
    spoken.fleet.health("ada", "healthy");
    spoken.counts("unknown_types", 1);
    assert_eq!(spoken.fleet.row("ada")["activity"]["state"], "unknown", "it said no known word");
    spoken.fleet.mosaic(&["send", "ada", "hello"]).ended(0);
    assert_eq!(guest.expect("deliver")["text"], "hello", "`capabilities` says that it takes it");
    guest.say(&json!({"type": "bye", "reason": "enough for today"}));
    guest.ends();
    wait_until("a word of the goodbye", LONG, || {
        let row = spoken.fleet.row("ada");
        row["health_reason"].as_str().is_some_and(|why| why.contains("enough for today"))
    });
    assert_eq!(spoken.fleet.count("ada", "channel.closed"), 1);
    assert_eq!(spoken.fleet.count("ada", "channel.lost"), 0, "a goodbye is no loss");
    let explained = spoken.fleet.mosaic(&["agent", "explain", "ada"]).ended(0).stdout;
    assert!(explained.contains("1 unknown types"), "{explained}");
}

#[test]
fn an_answer_tells_the_activity_and_never_clears_what_was_said_outright() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    let mut guest = spoken.guest();
    guest.answer(&json!({"state": "busy", "turn": "7"}));
    spoken.activity("busy");
    let since = spoken.fleet.row("ada")["activity"]["since_ms"].clone();
    assert_eq!(spoken.fleet.row("ada")["activity"]["turn"], "7");
    // A dialog that an answer told goes with an answer.
    guest.answer(&json!({"state": "awaiting_input", "detail": "which?"}));
    spoken.activity("awaiting_input");
    guest.answer(&json!({"state": "idle"}));
    spoken.activity("idle");
    // One that was said outright stands until a word outright.
    guest.say(&json!({"type": "activity", "state": "awaiting_approval", "detail": "may I?"}));
    spoken.activity("awaiting_approval");
    let before = spoken.counted("answers");
    for state in ["idle", "busy", "limited"] {
        guest.answer(&json!({"state": state}));
    }
    guest.answer(&json!({}));
    wait_until("four more answers", LONG, || spoken.counted("answers") >= before + 4);
    let row = spoken.fleet.row("ada");
    assert_eq!(row["activity"]["state"], "awaiting_approval", "{row}");
    assert_eq!(row["activity"]["turn"], json!(null), "the last answer named none");
    guest.say(&json!({"type": "activity", "state": "busy"}));
    spoken.activity("busy");
    assert!(spoken.fleet.row("ada")["activity"]["since_ms"].as_u64() > since.as_u64());
}

#[test]
fn repeating_the_same_activity_sets_no_clock_back_and_writes_no_event() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    let mut guest = spoken.guest();
    guest.say(&json!({"type": "activity", "state": "busy"}));
    spoken.activity("busy");
    let since = spoken.fleet.row("ada")["activity"]["since_ms"].clone();
    let before = spoken.fleet.count("ada", "activity.changed");
    for _ in 0..3 {
        guest.say(&json!({"type": "activity", "state": "busy"}));
        guest.answer(&json!({"state": "busy"}));
    }
    wait_until("three answers", LONG, || spoken.counted("answers") >= 3);
    assert_eq!(spoken.fleet.row("ada")["activity"]["since_ms"], since);
    assert_eq!(spoken.fleet.count("ada", "activity.changed"), before);
}

#[test]
fn a_limit_is_shown_with_its_end_and_messages_wait_for_it() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    let mut guest = spoken.taking_messages();
    let (detail, until) = ("five-hour limit", 1_900_000_000_000_u64);
    guest
        .say(&json!({"type": "activity", "state": "limited", "detail": detail, "until_ms": until}));
    spoken.activity("limited");
    let activity = spoken.fleet.row("ada")["activity"].clone();
    assert_eq!((&activity["detail"], &activity["until_ms"]), (&json!(detail), &json!(until)));
    // An end that is counted down anew is the same end.
    let before = spoken.fleet.count("ada", "activity.changed");
    guest.say(
        &json!({"type": "activity", "state": "limited", "detail": detail, "until_ms": until + 9}),
    );
    let output = spoken.fleet.mosaic(&["send", "ada", "later", "--json"]).ended(0);
    assert!(output.stdout.contains("limited: five-hour limit"), "{output:?}");
    assert_eq!(spoken.fleet.count("ada", "activity.changed"), before);
    assert_eq!(spoken.fleet.count("ada", "message.typing"), 0, "it waits");
    guest.say(&json!({"type": "activity", "state": "idle"}));
    assert_eq!(guest.expect("deliver")["text"], "later");
}

#[test]
fn a_message_that_an_answer_names_is_accepted() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    let mut guest = spoken.taking_messages();
    spoken.fleet.mosaic(&["send", "ada", "hello"]).ended(0);
    let id = guest.expect("deliver")["message_id"].clone();
    guest.answer(&json!({"last_message_id": "another"}));
    guest.answer(&json!({"last_message_id": id}));
    wait_until("its acceptance", LONG, || spoken.fleet.count("ada", "message.accepted") == 1);
}

#[test]
fn a_wrong_token_or_session_is_refused_counted_and_not_believed() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    for (key, wrong) in [("token", "guessed"), ("session", "an earlier one")] {
        let mut guest = spoken.connect();
        let mut hello = spoken.hello();
        hello[key] = json!(wrong);
        guest.say(&hello);
        // Said before anybody can have refused it.
        guest.say(&json!({"type": "activity", "state": "busy"}));
        let reason = guest.expect("refused")["reason"].as_str().unwrap().to_owned();
        assert!(reason.contains("not the current one"), "{reason}");
        guest.ends();
    }
    wait_until("both were counted", LONG, || spoken.counted("wrong_tokens") >= 2);
    let row = spoken.fleet.row("ada");
    assert_eq!(row["activity"]["state"], "unknown", "{row}");
    assert_eq!(spoken.fleet.count("ada", "channel.opened"), 0);
    let mut guest = spoken.connect();
    let mut hello = spoken.hello();
    hello["v"] = json!(2);
    guest.say(&hello);
    guest.expect("refused");
    guest.ends();
    spoken.counts("wrong_versions", 1);
}

#[test]
fn a_wrong_a_replayed_and_a_late_nonce_count_as_such_and_make_nothing_healthy() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up(", heartbeat: {every: 100ms, healthy_within: 200ms, grace: 500ms}");
    let mut guest = spoken.guest();
    guest.say(&json!({"type": "answer", "nonce": "0123456789abcdef0123456789abcdef"}));
    spoken.counts("wrong_nonces", 1);
    assert_eq!(spoken.fleet.count("ada", "health.changed"), 0, "a guess proves nothing");
    let late = guest.expect("challenge")["nonce"].clone();
    let nonce = guest.answer(&json!({}));
    guest.say(&json!({"type": "answer", "nonce": nonce, "state": "busy"}));
    spoken.counts("replayed_nonces", 1);
    assert_eq!(spoken.fleet.row("ada")["activity"]["state"], "unknown", "nor what comes with it");
    spoken.fleet.health("ada", "unresponsive");
    guest.say(&json!({"type": "answer", "nonce": late}));
    spoken.counts("late_answers", 1);
    let is_healthy = |event: &serde_json::Value| {
        event["type"] == "health.changed" && event["payload"]["health"]["state"] == "healthy"
    };
    let times = spoken.fleet.events().iter().filter(|event| is_healthy(event)).count();
    assert!(times <= 1, "only the one answer in time made it healthy: {times}");
}

#[test]
fn lines_that_are_no_frame_are_skipped_and_one_that_is_too_long_ends_the_connection() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    let mut guest = spoken.guest();
    for garbage in ["\n", "{\n", "null\n", "{\"type\":\"answer\"}\n"] {
        guest.say_bytes(garbage.as_bytes());
    }
    guest.say_bytes(b"\xff\xfe\x00\n");
    spoken.counts("garbage_lines", 5);
    guest.answer(&json!({}));
    spoken.fleet.health("ada", "healthy");
    guest.say_bytes(&vec![b'x'; 1024 * 1024 + 1]);
    guest.ends();
    spoken.counts("long_lines", 1);
    assert_eq!(spoken.fleet.count("ada", "channel.lost"), 1, "that is no goodbye");
}

#[test]
fn who_says_no_hello_is_sent_away_and_who_says_nothing_after_it_is_not_healthy() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up(", heartbeat: {every: 100ms, healthy_within: 200ms, grace: 500ms}");
    let mut silent = spoken.connect();
    let mut wrong = spoken.connect();
    wrong.say(&json!({"type": "answer", "nonce": "n"}));
    wrong.ends();
    silent.ends();
    wait_until("both were counted", LONG, || {
        spoken.fleet.ps()["supervisor"]["nameless_connections"] == 2
    });
    // A line that never ends is silence as well.
    let mut mute = spoken.guest();
    mute.say_bytes(b"{\"type\":\"answer\",\"nonce\":");
    spoken.fleet.health("ada", "unresponsive");
    assert_eq!(spoken.counted("answers"), 0);
}

#[test]
fn who_closes_the_half_in_which_it_speaks_has_lost_its_channel() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    let mut guest = spoken.guest();
    guest.answer(&json!({}));
    spoken.fleet.health("ada", "healthy");
    guest.falls_silent();
    guest.ends();
    wait_until("the loss", LONG, || spoken.fleet.count("ada", "channel.lost") == 1);
    assert_eq!(spoken.fleet.count("ada", "channel.closed"), 0, "it said no goodbye");
}

#[test]
fn a_flood_is_read_slowly_and_harms_nobody_else() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    let mut guest = spoken.guest();
    let activity = |state: &str| format!("{}\n", json!({"type": "activity", "state": state}));
    let flood = activity("idle").repeat(1_100);
    guest.say_bytes(flood.as_bytes());
    wait_until("it is slowed", LONG, || spoken.counted("slowed_frames") > 0);
    // Nothing of it is lost, and the same said a thousand times is one event.
    guest.say_bytes(activity("busy").as_bytes());
    spoken.activity("busy");
    assert_eq!(spoken.fleet.count("ada", "activity.changed"), 2);
    let log = std::fs::read_to_string(spoken.fleet.state("supervisor.log")).unwrap();
    let told = log.lines().filter(|line| line.contains("it is read slowly")).count();
    assert!((1..=10).contains(&told), "{told} lines in the log");
}

#[test]
fn a_newer_connection_replaces_the_older_one() {
    if !need("tmux") {
        return;
    }
    let spoken = Spoken::up("");
    let mut older = spoken.guest();
    let mut newer = spoken.guest();
    let reason = older.expect("refused")["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("newer connection"), "{reason}");
    older.ends();
    newer.answer(&json!({}));
    spoken.fleet.health("ada", "healthy");
    spoken.counts("replaced", 1);
    assert_eq!(spoken.fleet.count("ada", "channel.lost"), 0);
}
