//! A hundred agents: what they cost while nothing happens, and what a look at them costs.

use std::time::{Duration, Instant};

use nix::unistd::{SysconfVar, sysconf};

use crate::support::{Fleet, LONG, Roster, need, wait_until};

const AGENTS: usize = 100;
const BUSY: usize = 20;

/// Of one core, in percent: ten times what it is, on a build without optimisation.
const SHARE_MAX: f64 = 10.0;

/// Milliseconds of the supervisor's own processor time for one `ps`, of that build.
const LOOK_MAX: f64 = 40.0;

#[test]
fn r24_a_hundred_agents_cost_the_supervisor_little_and_its_log_nothing() {
    if !need("tmux") {
        return;
    }
    let fleet = Fleet::new();
    // A turn that outlasts the test.
    let busy = r#"{MOSAIC_STUB_TURN_MS: "600000"}"#;
    let roster = (0..AGENTS).fold(Roster::new(), |roster, at| {
        roster.agent(
            &format!("a-{at}"),
            &format!("runtime: stub, env: {busy}, heartbeat: {{every: 1s, healthy_within: 5s}}"),
        )
    });
    fleet.roster(&roster);
    fleet.mosaic(&["fleet", "up", "--wait", "2m"]).ended(0);
    for at in 0..BUSY {
        fleet.mosaic(&["send", &format!("a-{at}"), "work", "--verify"]).ended(0);
    }
    let working = || {
        let ps = fleet.ps();
        let rows = ps["rows"].as_array().unwrap();
        rows.iter().filter(|row| row["activity"]["state"] == "busy").count()
    };
    wait_until("twenty at work", LONG, || working() == BUSY);
    let supervisor = fleet.supervisor();
    let log = || std::fs::metadata(fleet.state("supervisor.log")).map_or(0, |file| file.len());
    let (head, said) = (fleet.events().len(), log());

    // As long as it takes until everybody was asked some times.
    let (before, began) = (processor_ms(supervisor), Instant::now());
    std::thread::sleep(Duration::from_secs(5));
    let share = (processor_ms(supervisor) - before) / began.elapsed().as_secs_f64() / 10.0;
    assert!(
        share < SHARE_MAX,
        "the supervisor of {AGENTS} idle agents uses {share:.1} % of a core"
    );

    const LOOKS: u32 = 20;
    let before = processor_ms(supervisor);
    for _ in 0..LOOKS {
        fleet.mosaic(&["ps"]).ended(0);
    }
    let look = (processor_ms(supervisor) - before) / f64::from(LOOKS);
    assert!(look < LOOK_MAX, "a look at {AGENTS} agents costs {look:.1} ms of processor time");

    assert_eq!(fleet.events().len(), head, "beats and looks are no events");
    assert_eq!(log(), said, "and not worth a line");
    let behind = fleet.mosaic(&["events", "--json", "--from", &(head - 9).to_string()]).ended(0);
    assert_eq!(behind.stdout.lines().count(), 10, "the journal goes on at any cursor");
}

/// Processor time of a process, milliseconds.
fn processor_ms(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    let second = sysconf(SysconfVar::CLK_TCK).unwrap().unwrap();
    ticks * 1000.0 / f64::from(i32::try_from(second).unwrap())
}
