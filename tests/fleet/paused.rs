//! A machine that sleeps, a supervisor that is stopped: no runtime is called dead for it.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::support::{Fleet, LONG, Roster, need, signal, wait_until};

/// Four times as long as an answer counts here.
const PAUSE: Duration = Duration::from_secs(6);

/// Stops these for a while, lets them go on, and waits until every agent has answered since.
#[track_caller]
fn stand_still(fleet: &Fleet, stopped: &[u32], agents: &[&str]) {
    let answers = |agent: &str| fleet.row(agent)["heartbeat"]["counters"]["answers"].as_u64();
    let before: Vec<_> = agents.iter().map(|agent| answers(agent)).collect();
    stopped.iter().for_each(|pid| signal(*pid, Signal::SIGSTOP));
    // The time that nobody is awake is what is tested.
    std::thread::sleep(PAUSE);
    stopped.iter().for_each(|pid| signal(*pid, Signal::SIGCONT));
    for (agent, before) in agents.iter().zip(before) {
        wait_until(&format!("{agent} answers again"), LONG, || {
            answers(agent) > before.map(|count| count + 2)
                && fleet.row(agent)["health"] == "healthy"
        });
    }
    let said: Vec<String> = fleet
        .events()
        .iter()
        .filter(|event| event["type"] == "health.changed")
        .filter_map(|event| event["payload"]["health"]["state"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(said, vec!["healthy"; agents.len()], "nothing but the first word");
}

#[test]
fn r10_a_supervisor_or_a_whole_fleet_that_stands_still_wakes_without_a_false_death() {
    if !need("tmux") {
        return;
    }
    let agents = ["ada", "bob", "cyd"];
    let fleet = Fleet::up(&agents.iter().fold(Roster::new(), |roster, name| roster.stub(name)));
    agents.iter().for_each(|agent| fleet.health(agent, "healthy"));
    let supervisor = fleet.supervisor();
    stand_still(&fleet, &[supervisor], &agents);
    // As a host that is suspended: the agents first, and they wake last.
    let all: Vec<u32> =
        std::iter::once(supervisor).chain(agents.iter().map(|agent| fleet.pid(agent))).collect();
    stand_still(&fleet, &all, &agents);
    for agent in agents {
        assert_eq!(fleet.count(agent, "session.started"), 1);
    }
}
