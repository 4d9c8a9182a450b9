//! `events`: the journal, in order, without gap or duplicate.

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Fleet, LONG, Roster, need, wait_until};

fn seqs(text: &str) -> Vec<u64> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap())
        .collect()
}

#[test]
fn a_life_is_told_in_order_and_every_record_names_tenant_and_host() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let events = fleet.events();
    let seqs = events.iter().map(|event| event["seq"].as_u64().unwrap());
    assert!(seqs.eq(1..=u64::try_from(events.len()).unwrap()), "no gap");
    assert_eq!(events[0]["type"], "supervisor.started");
    for event in &events {
        for field in ["tenant", "host", "id", "actor"] {
            assert!(!event[field].as_str().unwrap().is_empty(), "{field} in {event}");
        }
    }
    let of_ada = fleet.mosaic(&["events", "--agent", "ada", "--json"]).ended(0).stdout;
    let kinds: Vec<String> = of_ada
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["type"].as_str().unwrap().to_owned()
        })
        .collect();
    let mut at = 0;
    for kind in
        ["agent.starting", "pane.created", "session.starting", "session.started", "health.changed"]
    {
        let found = kinds[at..].iter().position(|seen| seen == kind);
        at += found.unwrap_or_else(|| panic!("{kind} after {at} in {kinds:?}"));
    }
    let filtered = fleet.mosaic(&["events", "--type", "session.started,pane.created"]).ended(0);
    assert_eq!(filtered.stdout.lines().count(), 2, "{filtered:?}");
}

fn kinds(fleet: &Fleet, arguments: &[&str]) -> Vec<String> {
    let output = fleet.mosaic(&[&["events", "--json"], arguments].concat()).ended(0);
    let kind = |line: &str| serde_json::from_str::<Value>(line).unwrap()["type"].clone();
    output.stdout.lines().map(|line| kind(line).as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_agent_that_is_gone_leaves_its_events() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob"));
    let before = kinds(&fleet, &["--agent", "ada"]);
    fleet.roster(&Roster::new().stub("bob"));
    fleet.mosaic(&["fleet", "apply", "--yes"]).ended(0);
    wait_until("nobody called ada", LONG, || fleet.mosaic(&["agent", "explain", "ada"]).code == 4);
    let after = kinds(&fleet, &["--agent", "ada"]);
    assert!(after.starts_with(&before), "{after:?}");
    assert_eq!(after.last().map(String::as_str), Some("agent.removed"), "{after:?}");
    assert_eq!(kinds(&fleet, &["--agent", "ada", "--type", "agent.removed"]).len(), 1);
    let nobody = fleet.mosaic(&["events", "--agent", "eve"]).ended(0);
    assert!(nobody.stderr.contains("no such event so far"), "{nobody:?}");
}

#[test]
fn a_follow_from_beyond_the_head_waits_for_it_and_zero_is_the_beginning() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    assert_eq!(kinds(&fleet, &["--from", "0"]), kinds(&fleet, &["--from", "1"]));
    let zero = fleet.background(&["events", "--from", "0", "--follow", "--json"]);
    wait_until("the first event", LONG, || !zero.stdout().is_empty());
    assert_eq!(seqs(&zero.stdout())[0], 1);
    drop(zero);
    let head = fleet.events().last().unwrap()["seq"].as_u64().unwrap();
    let from = (head + 3).to_string();
    let beyond = fleet.mosaic(&["events", "--from", &from]).ended(0);
    assert_eq!(beyond.stdout, "");
    let says = format!("mosaic: the last event is {head}; --follow waits for {from}\n");
    assert_eq!(beyond.stderr, says);

    let follow = fleet.background(&["events", "--from", &from, "--follow", "--json"]);
    let says = format!("mosaic: the last event is {head}; {from} is waited for\n");
    wait_until("what it waits for", LONG, || follow.stderr() == says);
    assert_eq!(follow.stdout(), "");
    fleet.mosaic(&["agent", "restart", "ada", "--wait"]).ended(0);
    wait_until("what it waited for", LONG, || !follow.stdout().is_empty());
    assert_eq!(seqs(&follow.stdout())[0], head + 3);
    follow.signal(Signal::SIGINT);
    follow.end().ended(130);
}

#[test]
fn a_follow_over_a_killed_supervisor_has_no_gap_and_no_duplicate() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada"));
    let follow = fleet.background(&["events", "--from", "1", "--follow", "--json"]);
    wait_until("the first events", LONG, || seqs(&follow.stdout()).len() > 3);
    fleet.kill_supervisor();
    fleet.mosaic(&["fleet", "up"]).ended(0);
    fleet.mosaic(&["agent", "restart", "ada"]).ended(0);
    fleet.health("ada", "healthy");
    let head = fleet.events().last().unwrap()["seq"].as_u64().unwrap();
    wait_until("all of them", LONG, || {
        seqs(&follow.stdout()).last().is_some_and(|last| *last >= head)
    });
    let seen = seqs(&follow.stdout());
    assert!(seen.iter().copied().eq(1..=*seen.last().unwrap()), "{seen:?}");
    follow.signal(Signal::SIGINT);
    follow.end().ended(130);
}

#[test]
fn an_agent_that_nobody_knows_is_said_beside_its_events() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    fleet.roster(&Roster::new().command("ada", "exit 3"));
    fleet.mosaic(&["fleet", "up"]).ended(1);
    let output = fleet.mosaic(&["events", "--agent", "adda"]).ended(0);
    assert!(
        output.stderr.contains("no agent is named \"adda\"; did you mean \"ada\"?"),
        "{output:?}"
    );
    let held = fleet.mosaic(&["events", "--agent", "ada", "--type", "agent.held"]).ended(0).stdout;
    assert!(held.contains("reason=crash loop deaths 3, last code 3"), "{held}");
}
