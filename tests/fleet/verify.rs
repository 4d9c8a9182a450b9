//! `events verify` and `events checkpoint` over the journal of a real fleet.

use std::os::unix::fs::FileExt as _;

use serde_json::{Value, json};

use crate::support::{Fleet, LONG, Output, Roster, need, wait_until};

fn reply(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn a_fold_of_the_journal_is_what_the_supervisor_holds_byte_for_byte() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().stub("ada").stub("bob").command("cyd", "exit 3"));
    fleet.mosaic(&["fleet", "up"]).ended(1);
    let agrees = |when: &str| {
        let output = fleet.mosaic(&["events", "verify", "--json"]).ended(0);
        let reply = reply(&output);
        assert_eq!(reply["agrees_with_supervisor"], json!(true), "{when}: {reply}");
        assert_eq!(reply["findings"], json!([]), "{when}: {reply}");
    };
    agrees("after the start");
    fleet.mosaic(&["send", "ada", "grüße \u{1f44b}\n\ttwo", "--verify"]).ended(0);
    fleet.mosaic(&["send", "bob", "/busy 1", "--verify"]).ended(0);
    agrees("with messages");
    fleet.mosaic(&["agent", "stop", "bob", "--reason", "a \"test\""]).ended(0);
    wait_until("cyd held", LONG, || fleet.row("cyd")["lifecycle"] == "held");
    agrees("with one stopped and one held");
    fleet.kill_supervisor();
    fleet.roster(&Roster::new().stub("ada").stub("dan"));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    agrees("after a kill and another roster");
}

#[test]
fn a_journal_is_verified_without_a_supervisor_and_what_was_changed_is_told() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
    let output = fleet.mosaic(&["events", "verify"]).ended(0);
    assert!(output.stdout.contains("the last that holds is of event "), "{output:?}");
    let kept = fleet.mosaic(&["events", "checkpoint"]).ended(0).stdout;
    let file = fleet.home().join("kept");
    std::fs::write(&file, &kept).unwrap();
    fleet.mosaic(&["events", "verify", "--against", &kept]).ended(0);
    fleet.mosaic(&["events", "verify", "--against", file.to_str().unwrap()]).ended(0);
    let wrong = fleet.mosaic(&["events", "verify", "--against", "/no/such"]).ended(2);
    assert!(wrong.stderr.contains("read /no/such: No such file"), "{wrong:?}");

    let journal = fleet.state("journal.db");
    let bytes = std::fs::read(&journal).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&journal).unwrap();
    // SQLite leaves copies behind that nobody reads.
    for at in (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"\"native\"")) {
        file.write_all_at(b"N", at as u64 + 1).unwrap();
    }
    let output = fleet.mosaic(&["events", "verify"]).ended(15);
    assert!(output.stdout.contains("(channel.opened) is not the one that its leaf"), "{output:?}");
    assert!(output.stdout.contains("(covered by the checkpoint of event "), "{output:?}");
    assert!(output.stdout.contains("cannot be folded"), "{output:?}");
    let reply = reply(&fleet.mosaic(&["events", "verify", "--json"]).ended(15));
    assert_eq!(reply["agrees_with_supervisor"], Value::Null);
    assert!(reply["findings"][0]["seq"].as_u64().unwrap() > 1, "{reply}");
    let refused = fleet.mosaic(&["fleet", "up"]).ended(1);
    assert!(refused.stderr.contains("is not the one that its leaf was made of"), "{refused:?}");
}

#[test]
fn where_there_is_no_journal_nothing_is_made() {
    let fleet = Fleet::new();
    let output = fleet.mosaic(&["events", "verify"]).ended(4);
    assert!(output.stderr.contains("`mosaic fleet up` begins one"), "{output:?}");
    assert!(!fleet.state("").exists());
}
