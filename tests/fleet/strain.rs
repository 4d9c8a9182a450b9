//! The supervisor at the limit of open files: it says so once, agents live, and it recovers.

use std::os::unix::net::UnixStream;
use std::process::Command;

use nix::sys::signal::Signal;

use crate::support::{Fleet, LONG, Roster, need, signal, tmux, wait_until};

/// Enough for a supervisor with two agents, and little more.
const FILES: u32 = 90;

/// A fleet that is up under this limit, which it cannot raise.
fn limited() -> Fleet {
    let fleet = Fleet::new();
    let lives = fleet.workspace().join("lives");
    let script = format!("echo >> {}; exec sleep 1000", lives.display());
    fleet.roster(&Roster::new().stub("ada").stub("bob").command("cyd", &script));
    let up = fleet.command(&["fleet", "up"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", &format!("ulimit -n {FILES}; exec \"$0\" fleet up")]).arg(up.get_program());
    limited.env_clear().envs(up.get_envs().filter_map(|(name, value)| Some((name, value?))));
    fleet.finished(&mut limited).ended(0);
    fleet
}

fn log(fleet: &Fleet) -> String {
    std::fs::read_to_string(fleet.state("supervisor.log")).unwrap()
}

#[test]
fn at_the_limit_of_open_files_it_is_said_once_agents_live_and_the_api_recovers() {
    if !need("tmux") {
        return;
    }
    let fleet = limited();
    let (ada, supervisor) = (fleet.pid("ada"), fleet.supervisor());
    let panes = || {
        let said = tmux(&fleet, &["list-panes", "-a", "-F", "#{@mosaic_agent} #{pane_pid}"]);
        let pid = said.lines().find_map(|line| line.strip_prefix("bob ")).map(str::to_owned);
        pid.and_then(|pid| pid.parse::<u32>().ok())
    };
    let before = panes().unwrap();
    let guests: Vec<UnixStream> =
        (0..2 * FILES).map(|_| UnixStream::connect(fleet.state("guest.sock")).unwrap()).collect();
    wait_until("the limit", LONG, || log(&fleet).contains("a limit of the host is reached"));
    // A pane that is made at the limit cannot be watched: that is no end of it.
    signal(before, Signal::SIGKILL);
    wait_until("its next pane", LONG, || panes().is_some_and(|pid| pid != before));
    drop(guests);
    wait_until("calm", LONG, || log(&fleet).contains("the limit of the host is past"));
    fleet.health("bob", "healthy");
    fleet.health("ada", "healthy");
    assert_eq!((fleet.supervisor(), fleet.pid("ada")), (supervisor, ada));
    let count = |kind: &str| fleet.events().iter().filter(|event| event["type"] == kind).count();
    wait_until("both events", LONG, || {
        (count("supervisor.strained"), count("supervisor.relieved")) == (1, 1)
    });
    assert_eq!((fleet.count("ada", "session.exited"), fleet.count("bob", "pane.lost")), (0, 1));
    let said = log(&fleet).lines().filter(|line| line.contains("o many open files")).count();
    assert!(said <= 3, "once, not at each try:\n{}", log(&fleet));
}

#[test]
fn clients_of_the_api_cannot_take_what_agents_need() {
    if !need("tmux") {
        return;
    }
    let fleet = limited();
    let agent = fleet.pid("cyd");
    let lives =
        || std::fs::read_to_string(fleet.workspace().join("lives")).unwrap().lines().count();
    let directory = format!("/proc/{}/fd", holder(&fleet));
    let open = || u32::try_from(std::fs::read_dir(&directory).unwrap().count()).unwrap();
    let before = open();
    let clients: Vec<UnixStream> =
        (0..2 * FILES).map(|_| UnixStream::connect(fleet.state("control.sock")).unwrap()).collect();
    wait_until("those that are let in", LONG, || open() >= before + FILES / 4 - 2);
    signal(agent, Signal::SIGKILL);
    wait_until("its next life", LONG, || lives() == 2);
    assert!(!log(&fleet).contains("a limit of the host is reached"), "{}", open());
    drop(clients);
    fleet.health("ada", "healthy");
}

/// From the lock: nobody else answers now.
fn holder(fleet: &Fleet) -> u64 {
    let text = std::fs::read_to_string(fleet.state("supervisor.lock")).unwrap();
    let holder: serde_json::Value = serde_json::from_str(&text).unwrap();
    holder["pid"].as_u64().unwrap()
}
