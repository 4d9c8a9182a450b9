//! What is killed, frozen or blocked: messages at most once, agents once, and no false health.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::{
    Dice, Fleet, LONG, Roster, given, is_alive, need, number, record, recording, signal, texts,
    tmux_server, wait_until,
};

/// Two agents for each channel, so that one whose message is in doubt holds up only itself.
const AGENTS: [(&str, &str); 4] = [("ada", "0"), ("bob", "1"), ("cyd", "0"), ("dee", "1")];

/// How often the supervisor is killed, unless `MOSAIC_TEST_ROUNDS` says otherwise.
const ROUNDS: u64 = 10;

/// A receipt is given up after 15 s, and messages may stand one behind another.
const VERY_LONG: Duration = Duration::from_secs(75);

/// The fleet of [`AGENTS`], each with a record of what it was given.
fn recorded() -> Fleet {
    let fleet = Fleet::new();
    let roster = AGENTS.iter().fold(Roster::new(), |roster, (agent, keystrokes)| {
        let more =
            format!(", MOSAIC_STUB_KEYSTROKES: \"{keystrokes}\", MOSAIC_STUB_TURN_MS: \"1\"");
        roster.stub_with(agent, &recording(&record(&fleet, agent), &more))
    });
    fleet.roster(&roster);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    fleet
}

/// What the journal tells of one message.
#[derive(Debug, Default)]
struct Told {
    text: String,
    /// Types of its events without `message.`, in their order.
    rungs: Vec<String>,
}

impl Told {
    fn end(&self) -> Option<&str> {
        let ends = ["accepted", "rejected", "expired", "cancelled", "unknown"];
        self.rungs.iter().rev().map(String::as_str).find(|rung| ends.contains(rung))
    }

    fn count(&self, rung: &str) -> usize {
        self.rungs.iter().filter(|seen| *seen == rung).count()
    }

    /// Whether it went out again after it was in doubt.
    fn is_sent_again(&self) -> bool {
        let doubt = self.rungs.iter().position(|rung| rung == "unknown");
        let after = doubt.map_or(&[][..], |at| &self.rungs[at..]);
        after.iter().any(|rung| rung == "typing")
    }
}

/// Every message of the journal.
fn told(fleet: &Fleet) -> BTreeMap<String, Told> {
    let mut told: BTreeMap<String, Told> = BTreeMap::new();
    for event in fleet.events() {
        let Some(rung) = event["type"].as_str().unwrap().strip_prefix("message.") else { continue };
        let payload = &event["payload"];
        let id = payload["id"].as_str().or_else(|| payload["message"]["id"].as_str()).unwrap();
        let one = told.entry(id.to_owned()).or_default();
        if let Some(text) = payload["message"]["text"].as_str() {
            text.clone_into(&mut one.text);
        }
        one.rungs.push(rung.to_owned());
    }
    told
}

/// Every message, once each has ended; panics with those that do not.
#[track_caller]
fn all_ended(fleet: &Fleet) -> BTreeMap<String, Told> {
    let open = || -> Vec<(String, Told)> {
        told(fleet).into_iter().filter(|(_, one)| one.end().is_none()).collect()
    };
    let started = Instant::now();
    while !open().is_empty() {
        let open_too_long = started.elapsed() > VERY_LONG;
        assert!(!open_too_long, "open after {VERY_LONG:?}: {:#?}\n{}", open(), fleet.ps());
        std::thread::sleep(Duration::from_millis(100));
    }
    told(fleet)
}

/// Sends to an agent until the supervisor is gone; the ids that were acknowledged.
fn send_some(fleet: &Fleet, agent: &str, round: u64) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for at in 0..4 {
        let output = fleet.mosaic(&["send", agent, &format!("{agent} {round} {at}"), "--json"]);
        if output.code != 0 {
            break;
        }
        let reply: Value = serde_json::from_str(&output.stdout).unwrap();
        acknowledged.push(reply["id"].as_str().unwrap().to_owned());
    }
    acknowledged
}

#[test]
fn r02_a_supervisor_that_is_killed_amid_sends_loses_nothing_and_sends_nothing_twice() {
    if !need("tmux") {
        return;
    }
    let mut dice = Dice::new();
    let fleet = recorded();
    let mut acknowledged = Vec::new();
    for round in 0..number("MOSAIC_TEST_ROUNDS").unwrap_or(ROUNDS) {
        let supervisor = fleet.supervisor();
        std::thread::scope(|scope| {
            let fleet = &fleet;
            let senders =
                AGENTS.map(|(agent, _)| scope.spawn(move || send_some(fleet, agent, round)));
            // A random moment is the point: no condition stands for it.
            std::thread::sleep(Duration::from_millis(dice.below(400)));
            signal(supervisor, Signal::SIGKILL);
            acknowledged.extend(senders.into_iter().flat_map(|sender| sender.join().unwrap()));
        });
        wait_until("the supervisor's end", LONG, || !is_alive(supervisor));
        fleet.mosaic(&["fleet", "up"]).ended(0);
    }
    let told = all_ended(&fleet);
    for id in &acknowledged {
        assert!(told.contains_key(id), "{id} was acknowledged and is lost");
    }
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for (agent, _) in AGENTS {
        for (id, text) in given(&record(&fleet, agent)) {
            let id = id.unwrap();
            assert_eq!(told.get(&id).map(|one| &one.text), Some(&text), "{id} at {agent}");
            *times.entry(id).or_default() += 1;
        }
    }
    for (id, one) in &told {
        let times = times.get(id).copied().unwrap_or_default();
        assert!(times <= 1, "{id} was given {times} times: {one:?}");
        assert!(one.end() != Some("accepted") || times == 1, "{id} is said accepted: {one:?}");
        assert_eq!(one.count("typing"), 1 + one.count("returned"), "{id}: {one:?}");
        assert!(!one.is_sent_again(), "{id}: {one:?}");
        assert!(one.count("accepted") <= 1, "{id}: {one:?}");
    }
    let count = |end| told.values().filter(|one| one.end() == Some(end)).count();
    println!("{} acknowledged, {} told", acknowledged.len(), told.len());
    println!("{} accepted, {} in doubt", count("accepted"), count("unknown"));
    assert_eq!(count("accepted") + count("unknown"), told.len(), "{told:#?}");
    for (agent, _) in AGENTS {
        assert_eq!(fleet.count(agent, "session.started"), 1, "{agent} was never started again");
        fleet.mosaic(&["send", agent, "still there?", "--verify"]).ended(0);
    }
}

#[test]
fn r02_a_text_that_a_killed_supervisor_left_in_the_composer_is_submitted_and_not_typed_again() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    // One that stops as it gets a text shows it nowhere, so that Enter waits, and the supervisor dies
    // before it.
    let more = ", MOSAIC_STUB_KEYSTROKES: \"1\", MOSAIC_STUB_AT_PASTE: stop";
    fleet.roster(&Roster::new().stub_with("bob", &recording(&record(&fleet, "bob"), more)));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let (agent, supervisor) = (fleet.pid("bob"), fleet.supervisor());
    fleet.mosaic(&["send", "bob", "only once"]).ended(0);
    wait_until("the text at its keyboard", LONG, || is_stopped(agent));
    signal(supervisor, Signal::SIGKILL);
    wait_until("the supervisor's end", LONG, || !is_alive(supervisor));
    signal(agent, Signal::SIGCONT);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let told = all_ended(&fleet);
    let one = told.values().next().unwrap();
    assert_eq!((one.end(), one.count("typing")), (Some("accepted"), 1), "{one:?}");
    assert_eq!(texts(&record(&fleet, "bob")), ["only once"]);
}

/// Whether a process is stopped by a signal.
fn is_stopped(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    status.lines().any(|line| line.starts_with("State:\tT"))
}

#[test]
fn r13_a_killed_tmux_server_under_load_is_one_event_and_every_agent_comes_back_once() {
    if !need("tmux") {
        return;
    }
    let fleet = recorded();
    let before: Vec<u32> = AGENTS.iter().map(|(agent, _)| fleet.pid(agent)).collect();
    let server = tmux_server(&fleet);
    std::thread::scope(|scope| {
        let fleet = &fleet;
        for (agent, _) in AGENTS {
            scope.spawn(move || send_some(fleet, agent, 0));
        }
        wait_until("messages on their way", LONG, || fleet.count("bob", "message.typing") > 0);
        signal(server, Signal::SIGKILL);
    });
    for ((agent, _), pid) in AGENTS.iter().zip(&before) {
        wait_until(&format!("a new life of {agent}"), LONG, || {
            let row = fleet.row(agent);
            row["health"] == "healthy" && row["pid"] != json!(pid)
        });
        assert!(!is_alive(*pid), "the old {agent} is gone");
        assert_eq!(fleet.count(agent, "session.started"), 2, "{agent} came back once");
        assert_eq!(fleet.count(agent, "session.exited"), 1, "{agent}");
    }
    let events = fleet.events();
    let lost = events.iter().position(|event| event["type"] == "tmux.lost").unwrap();
    assert_eq!(events.iter().filter(|event| event["type"] == "tmux.lost").count(), 1);
    let made = events[lost..].iter().filter(|event| event["type"] == "pane.created").count();
    assert_eq!(made, AGENTS.len());
    let told = all_ended(&fleet);
    for (agent, _) in AGENTS {
        let given = given(&record(&fleet, agent));
        for (id, _) in &given {
            let times = given.iter().filter(|(other, _)| other == id).count();
            assert_eq!(times, 1, "{id:?} at {agent}: {given:?}");
        }
    }
    assert!(!told.values().any(Told::is_sent_again), "{told:#?}");
}

#[test]
fn r11_a_runtime_whose_one_loop_hangs_leaves_healthy_while_everything_of_it_lives() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::up(&Roster::new().stub("ada").stub("bob"));
    let agent = fleet.pid("ada");
    fleet.mosaic(&["send", "ada", "/block 6", "--verify"]).ended(0);
    wait_until("ada not healthy", LONG, || fleet.row("ada")["health"] != "healthy");
    let row = fleet.row("ada");
    assert!(["late", "unresponsive"].contains(&row["health"].as_str().unwrap()), "{row}");
    assert_eq!((&row["pid"], &row["pane"]["alive"]), (&json!(agent), &json!(true)), "{row}");
    assert_eq!((&row["process"]["state"], &row["lifecycle"]), (&json!("S"), &json!("running")));
    wait_until("bob healthy: ada hangs alone", LONG, || {
        let ps = fleet.ps();
        let health = |at: usize| ps["rows"][at]["health"].as_str().unwrap();
        (health(0), health(1)) == ("unresponsive", "healthy")
    });
    assert!(is_alive(agent));
    fleet.health("ada", "healthy");
    assert_eq!(fleet.pid("ada"), agent, "nobody restarted it");
    assert_eq!(fleet.count("ada", "session.started"), 1);
}

#[test]
fn r11_however_an_agent_dies_it_is_not_shown_alive_fifty_milliseconds_later() {
    if !need("tmux") {
        return;
    }
    let deaths = [Signal::SIGKILL, Signal::SIGILL, Signal::SIGABRT];
    let names = ["ada", "bob", "cyd"];
    let never = "runtime: stub, restart: {policy: never}";
    let roster = names.iter().fold(Roster::new(), |roster, name| roster.agent(name, never));
    let fleet = Fleet::up(&roster);
    for (name, death) in names.into_iter().zip(deaths) {
        let agent = fleet.pid(name);
        signal(agent, death);
        wait_until("its end", LONG, || !is_alive(agent));
        // The promise is about this moment, so that waiting for it is the test.
        std::thread::sleep(Duration::from_millis(50));
        let row = fleet.row(name);
        assert_eq!((&row["pid"], &row["pane"]["alive"]), (&Value::Null, &json!(false)), "{row}");
        assert_eq!((&row["lifecycle"], &row["health"]), (&json!("exited"), &json!("unknown")));
        let exit = row["pane"]["exit"].as_str().unwrap();
        assert_eq!(exit, format!("signal {}", death as i32), "{row}");
    }
}
