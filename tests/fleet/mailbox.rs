//! The mailbox from outside: what waits, why, for how long, in whose name, and what became of it.

use serde_json::{Value, json};

use crate::support::{
    Fleet, LONG, Output, Roster, given, need, pane, record, recording, texts, tmux, wait_until,
};

/// A fleet of stubs that record what they are given; each has these turns and this channel.
fn stubs(names: &[&str], keystrokes: &str, turn_ms: u32) -> Fleet {
    let fleet = Fleet::new();
    let more =
        format!(", MOSAIC_STUB_KEYSTROKES: \"{keystrokes}\", MOSAIC_STUB_TURN_MS: \"{turn_ms}\"");
    let roster = names.iter().fold(Roster::new(), |roster, name| {
        let environment = recording(&record(&fleet, name), &more);
        roster.agent(name, &format!("runtime: stub, labels: {{team: {name}s}}, env: {environment}"))
    });
    fleet.roster(&roster);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    fleet
}

fn parsed(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

fn stopped(fleet: &Fleet, agent: &str) {
    fleet.mosaic(&["agent", "stop", agent]).ended(0);
    wait_until("its exit", LONG, || fleet.row(agent)["lifecycle"] == "exited");
}

fn idle(fleet: &Fleet, agent: &str) {
    wait_until("an idle runtime", LONG, || fleet.row(agent)["activity"]["state"] == "idle");
}

#[test]
fn r03_what_waits_too_long_expires_with_an_event_and_is_never_typed() {
    if !need("tmux") {
        return;
    }
    let fleet = stubs(&["ada"], "0", 1);
    stopped(&fleet, "ada");
    let sent = fleet.mosaic(&["send", "ada", "too", "late", "--expires", "300ms", "--verify"]);
    let sent = sent.ended(13);
    assert!(sent.stderr.contains("waited too long"), "{sent:?}");
    assert_eq!(fleet.count("ada", "message.expired"), 1);
    fleet.mosaic(&["agent", "start", "ada"]).ended(0);
    fleet.mosaic(&["send", "ada", "in time", "--verify"]).ended(0);
    assert_eq!(texts(&record(&fleet, "ada")), ["in time"]);
}

#[test]
fn r03_a_fleet_that_is_taken_down_and_up_keeps_its_mailboxes_and_their_order() {
    if !need("tmux") {
        return;
    }
    let fleet = stubs(&["ada"], "1", 1);
    stopped(&fleet, "ada");
    for text in ["one", "two", "three"] {
        fleet.mosaic(&["send", "ada", text]).ended(0);
    }
    fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    wait_until("all of them", LONG, || texts(&record(&fleet, "ada")).len() >= 3);
    assert_eq!(texts(&record(&fleet, "ada")), ["one", "two", "three"]);
}

#[test]
fn a_verified_send_outlasts_a_supervisor_that_is_killed() {
    if !need("tmux") {
        return;
    }
    let fleet = stubs(&["ada"], "0", 1);
    stopped(&fleet, "ada");
    let send = fleet.background(&["send", "ada", "over a restart", "--verify", "--json"]);
    wait_until("the message", LONG, || fleet.count("ada", "message.queued") == 1);
    fleet.kill_supervisor();
    wait_until("its word", LONG, || send.stderr().contains("is queued, and is waited for"));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    fleet.mosaic(&["agent", "start", "ada"]).ended(0);
    let told = parsed(&send.end().ended(0));
    assert_eq!((&told["state"], texts(&record(&fleet, "ada")).len()), (&json!("accepted"), 1));
}

#[test]
fn an_inbox_says_what_waits_and_why_and_a_message_that_is_taken_back_never_goes() {
    if !need("tmux") {
        return;
    }
    let fleet = stubs(&["ada"], "0", 1);
    assert!(fleet.mosaic(&["agent", "inbox", "ada"]).ended(0).stdout.starts_with("nothing waits"));
    stopped(&fleet, "ada");
    let first = parsed(&fleet.mosaic(&["send", "ada", "take me back", "--json"]).ended(0));
    let second = parsed(&fleet.mosaic(&["send", "ada", "keep me", "--json"]).ended(0));
    assert_eq!((&second["state"], &second["position"]), (&json!("queued"), &json!(1)));
    assert_eq!(second["reason"], "1 queued before it");
    let id = first["id"].as_str().unwrap();
    let inbox = fleet.mosaic(&["agent", "inbox", "ada"]).ended(0).stdout;
    assert!(inbox.contains("2 of at most 100 for ada: the agent is exited"), "{inbox}");
    assert!(inbox.contains(id) && inbox.contains("take me back"), "{inbox}");
    let near = fleet.mosaic(&["message", "cancel", &id[..6]]).ended(4);
    assert!(near.stderr.contains(&format!("did you mean {id}?")), "{near:?}");
    fleet.mosaic(&["agent", "cancel", &format!("[m-{id}]")]).ended(0);
    fleet.mosaic(&["message", "cancel", id]).ended(0);
    fleet.mosaic(&["agent", "start", "ada"]).ended(0);
    wait_until("the other one", LONG, || texts(&record(&fleet, "ada")) == ["keep me"]);
    let shown = fleet.mosaic(&["message", "show", &id[..8]]).ended(0).stdout;
    assert!(shown.contains("state    cancelled") && shown.contains("    take me back"), "{shown}");
    let other = second["id"].as_str().unwrap();
    wait_until("its acceptance", LONG, || {
        let shown = fleet.mosaic(&["message", "show", other, "--wait", "20s"]).ended(0).stdout;
        let ladder = shown.split("\n\n").nth(1).unwrap();
        let rungs: Vec<_> =
            ladder.lines().filter_map(|line| line.split_whitespace().nth(3)).collect();
        rungs == ["queued", "typing", "typed", "accepted"]
    });
    let late = fleet.mosaic(&["message", "cancel", other]).ended(5);
    assert!(late.stderr.contains("it is accepted"), "{late:?}");
}

#[test]
fn several_agents_get_a_message_and_a_receipt_each_and_a_wrong_name_stops_all() {
    if !need("tmux") {
        return;
    }
    let fleet = stubs(&["ada", "bob", "cyd"], "0", 1);
    let sent = fleet.mosaic(&["send", "--to", "ada", "--to", "bob", "--verify", "to", "two"]);
    let sent = sent.ended(0);
    let said: Vec<&str> = sent.stdout.lines().collect();
    assert!(said[0].starts_with("accepted by ada") && said[1].starts_with("accepted by bob"));
    let wrong = fleet.mosaic(&["send", "--to", "ada", "--to", "bop", "none"]).ended(4);
    assert!(wrong.stderr.contains("did you mean \"bob\"?"), "{wrong:?}");
    fleet.mosaic(&["send", "--label", "team=none", "none"]).ended(4);
    let labelled =
        fleet.mosaic(&["send", "--label", "team=cyds", "labelled", "--verify", "--json"]);
    let labelled = parsed(&labelled.ended(0));
    assert_eq!(labelled["messages"].as_array().unwrap().len(), 1, "a list, also of one");
    stopped(&fleet, "bob");
    let all = fleet.mosaic(&["send", "--all", "--from", "ada", "all", "--json"]).ended(0);
    let of = |one: &Value| one["agent"].as_str().unwrap().to_owned();
    let all: Vec<String> = parsed(&all)["messages"].as_array().unwrap().iter().map(of).collect();
    assert_eq!(all, ["bob", "cyd"], "not to itself");
    let some = fleet.mosaic(&["send", "--all", "--verify", "--timeout", "2s", "last"]).ended(10);
    assert!(some.stdout.contains("accepted by ada") && some.stderr.contains("for bob"), "{some:?}");
    assert_eq!(texts(&record(&fleet, "ada")), ["to two", "last"]);
    assert_eq!(texts(&record(&fleet, "bob")), ["to two"], "the rest waits for its start");
}

/// What one agent sends another arrives with its envelope, over this channel.
fn enveloped(keystrokes: &str) {
    let fleet = stubs(&["ada", "bob"], keystrokes, 1);
    let row = fleet.row("ada");
    let at = |agent: &str| {
        let (host, tenant) = (row["host"].as_str().unwrap(), row["tenant"].as_str().unwrap());
        format!("{agent}@{host}/{tenant}")
    };
    // As inside bob, whose environment says who it is.
    let mut inside = fleet.command(&["send", "ada", "look\nat this", "--verify", "--json"]);
    inside.env("MOSAIC_AGENT", "bob");
    inside.env("MOSAIC_HOST", row["host"].as_str().unwrap());
    inside.env("MOSAIC_TENANT", row["tenant"].as_str().unwrap());
    let sent = parsed(&fleet.finished(&mut inside).ended(0));
    assert_eq!((&sent["from"], &sent["class"]), (&json!(at("bob")), &json!("actionable")));
    let log = ["send", "ada", "it failed", "--from", "bob", "--class", "terminal-log", "--verify"];
    fleet.mosaic(&log).ended(0);
    fleet.mosaic(&["send", "ada", "hello", "--from", "max", "--verify"]).ended(0);
    let (bob, ada) = (at("bob"), at("ada"));
    let given = given(&record(&fleet, "ada"));
    let wanted = [
        format!("[{bob} -> {ada} class=actionable]\nlook\nat this"),
        format!("[{bob} -> {ada} class=terminal-log]\nit failed"),
        "hello".to_owned(),
    ];
    assert_eq!(given.iter().map(|(_, text)| text.clone()).collect::<Vec<_>>(), wanted);
    assert_eq!(given[0].0.as_deref(), sent["id"].as_str(), "the receipt is bound to the id");
    let wrong = format!("bop@{}", bob.split_once('@').unwrap().1);
    let wrong = fleet.mosaic(&["send", "ada", "hello", "--from", &wrong]).ended(4);
    assert!(wrong.stderr.contains("did you mean \"bob\"?"), "{wrong:?}");
}

#[test]
fn what_an_agent_sends_begins_with_its_envelope_over_the_structured_channel() {
    if need("tmux") {
        enveloped("0");
    }
}

#[test]
fn what_an_agent_sends_begins_with_its_envelope_by_keystrokes() {
    if need("tmux") {
        enveloped("1");
    }
}

#[test]
fn a_message_that_waits_for_idle_is_not_given_to_a_runtime_at_work() {
    if !need("tmux") {
        return;
    }
    let fleet = stubs(&["ada"], "0", 2_000);
    fleet.mosaic(&["send", "ada", "work", "--verify"]).ended(0);
    let waits = parsed(&fleet.mosaic(&["send", "ada", "after", "--wait-idle", "--json"]).ended(0));
    assert_eq!((&waits["state"], &waits["position"]), (&json!("queued"), &json!(0)));
    assert!(waits["reason"].as_str().unwrap().contains("busy"), "{waits}");
    let id = waits["id"].as_str().unwrap();
    let told = fleet.mosaic(&["message", "show", id, "--wait", "30s", "--json"]).ended(0);
    assert_eq!(parsed(&told)["state"], "accepted", "nothing runs that it would wait behind");
    assert_eq!(texts(&record(&fleet, "ada")), ["work", "after"]);
}

/// Over this channel, a message that asks for it ends the running turn and is the next one.
fn interrupted(keystrokes: &str) {
    let fleet = stubs(&["ada"], keystrokes, 60_000);
    fleet.mosaic(&["send", "ada", "work for long", "--verify"]).ended(0);
    wait_until("work", LONG, || fleet.row("ada")["activity"]["state"] == "busy");
    let sent = fleet.mosaic(&["send", "ada", "stop", "--interrupt", "--verify", "--json"]).ended(0);
    assert_eq!(parsed(&sent)["state"], "accepted", "not behind the turn that it ended");
    let screen = tmux(&fleet, &["capture-pane", "-p", "-t", &pane(&fleet, "ada")]);
    assert!(screen.contains("stub: interrupted"), "{screen}");
    let id = parsed(&sent)["id"].as_str().unwrap().to_owned();
    let shown = fleet.mosaic(&["message", "show", &id]).ended(0).stdout;
    assert!(shown.contains("interrupting"), "{shown}");
    assert_eq!(texts(&record(&fleet, "ada")), ["work for long", "stop"]);
}

#[test]
fn r04_an_interrupt_that_is_asked_for_ends_the_turn_over_the_structured_channel() {
    if need("tmux") {
        interrupted("0");
    }
}

#[test]
fn r04_an_interrupt_that_is_asked_for_ends_the_turn_by_keystrokes() {
    if need("tmux") {
        interrupted("1");
    }
}

#[test]
fn r04_an_interrupt_never_answers_a_dialog() {
    if !need("tmux") {
        return;
    }
    let fleet = stubs(&["ada"], "1", 1);
    fleet.mosaic(&["send", "ada", "/dialog", "--verify"]).ended(0);
    wait_until("the dialog", LONG, || fleet.row("ada")["activity"]["state"] == "awaiting_approval");
    let asked = ["send", "ada", "stop", "--interrupt", "--verify", "--timeout", "1s"];
    fleet.mosaic(&asked).ended(10);
    assert_eq!(fleet.row("ada")["activity"]["state"], "awaiting_approval");
    tmux(&fleet, &["send-keys", "-t", &pane(&fleet, "ada"), "y"]);
    idle(&fleet, "ada");
    wait_until("the message", LONG, || texts(&record(&fleet, "ada")) == ["/dialog", "stop"]);
}

#[test]
fn a_text_comes_from_a_file_byte_for_byte_but_for_its_last_newline() {
    if !need("tmux") {
        return;
    }
    let fleet = stubs(&["ada"], "1", 1);
    let path = fleet.workspace().join("task.md");
    std::fs::write(&path, "first  line\n\n\tsecond;\n").unwrap();
    fleet.mosaic(&["send", "ada", "--file", path.to_str().unwrap(), "--verify"]).ended(0);
    assert_eq!(texts(&record(&fleet, "ada")), ["first  line\n\n\tsecond;"]);
    let missing = fleet.mosaic(&["send", "ada", "--file", "/no/such/file"]).ended(2);
    assert!(missing.stderr.contains("/no/such/file"), "{missing:?}");
    fleet.mosaic(&["send", "ada", "text", "--file", path.to_str().unwrap()]).ended(2);
}
