//! What a Tab is offered of a fleet that runs, and of one whose supervisor does not answer.

use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::support::{Fleet, LONG, Roster, need, signal, wait_until};

/// What is offered at the end of these words.
fn offered(fleet: &Fleet, words: &[&str]) -> Vec<String> {
    let output = fleet.mosaic(&[&["complete", "fish", "--", "mosaic"], words].concat()).ended(0);
    assert_eq!(output.stderr, "", "{words:?}");
    output.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn names_messages_and_labels_come_from_the_supervisor_that_runs() {
    if !need("tmux") {
        return;
    }
    let running = Roster::new()
        .agent("ada", "runtime: stub, role: reviews changes, labels: {team: core}")
        .stub("bob");
    let fleet = Fleet::up(&running);
    fleet.health("ada", "healthy");
    fleet.mosaic(&["agent", "stop", "bob", "--wait"]).ended(0);
    // Another roster lies there meanwhile, which nobody has applied.
    fleet.roster(&Roster::new().stub("zoe"));
    let names = ["ada\thealthy, reviews changes", "bob\texited"];
    wait_until("both names", LONG, || offered(&fleet, &["watch", ""]) == names);
    // A busy supervisor that has not answered in time is asked once more, as by the next Tab.
    wait_until("the label", LONG, || {
        offered(&fleet, &["ps", "--label", "team"]) == ["team=core\tada"]
    });
    let sent = fleet.mosaic(&["send", "bob", "look at\nthe build", "--json"]).ended(0);
    let sent: serde_json::Value = serde_json::from_str(&sent.stdout).unwrap();
    let id = sent["id"].as_str().unwrap();
    for verb in [["message", "cancel", ""], ["agent", "cancel", ""], ["message", "show", &id[..2]]]
    {
        wait_until("the message", LONG, || {
            let offers = offered(&fleet, &verb);
            offers.len() == 1
                && offers[0].starts_with(&format!("{id}\tbob "))
                && offers[0].contains("look at")
        });
    }
    fleet.mosaic(&["message", "cancel", id]).ended(0);
    wait_until("nothing to take back", LONG, || {
        offered(&fleet, &["message", "cancel", ""]).is_empty()
    });
    wait_until("it is still told of", LONG, || {
        offered(&fleet, &["message", "show", id]).len() == 1
    });
}

#[test]
fn a_supervisor_that_hangs_is_not_waited_for_and_none_is_started() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    wait_until("the live name", LONG, || {
        offered(&fleet, &["watch", ""]).iter().any(|name| name.contains("healthy"))
    });
    let supervisor = fleet.supervisor();
    signal(supervisor, Signal::SIGSTOP);
    // The roster has the name, and nobody can say how it does.
    let asked = Instant::now();
    assert_eq!(offered(&fleet, &["watch", ""]), ["ada\t"]);
    assert!(offered(&fleet, &["message", "show", ""]).is_empty());
    // Any other verb would give it 5 s, each time.
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    signal(supervisor, Signal::SIGCONT);
    fleet.mosaic(&["fleet", "down", "--yes"]).ended(0);
    let lock =
        || std::fs::metadata(fleet.state("supervisor.lock")).map(|lock| lock.mtime_nsec()).ok();
    let before = lock();
    assert_eq!(offered(&fleet, &["watch", ""]), ["ada\t"]);
    assert_eq!(lock(), before, "nobody took the lock");
    fleet.mosaic(&["ps"]).ended(3);
}
