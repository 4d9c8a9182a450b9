//! Many agents: how long they take to come up, and what a thousand cost.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::support::{Fleet, LONG, wait_until};
use super::{Figure, memory, percentile};

/// A start is compared over so many.
const STARTED: usize = 100;

/// And the costs are those of so many.
const MANY: usize = 1000;

/// Runs of each program.
const ROUNDS: usize = 41;

/// How long the thousand do nothing while their supervisor is measured.
const IDLE: Duration = Duration::from_secs(20);

pub fn figures() -> Vec<Figure> {
    let mut figures = starts();
    figures.extend(thousand());
    figures
}

/// Stubs as `fleet init` writes them, with these defaults beside the workspace.
fn roster(fleet: &Fleet, count: usize, defaults: &str) -> String {
    let agents: String =
        (0..count).map(|at| format!("  - {{name: stub-{at}, runtime: stub}}\n")).collect();
    let workspace = fleet.workspace();
    let workspace = workspace.display();
    format!("version: 1\ndefaults:\n  workspace: {workspace}\n{defaults}agents:\n{agents}")
}

/// `fleet up` with and without recording against a shell that only makes the sessions, by turns.
fn starts() -> Vec<Figure> {
    const TURNS: usize = 5;
    const UNRECORDED: &str = "  output: {record: false}\n";
    let mut times: [Vec<f64>; 3] = Default::default();
    for _ in 0..TURNS {
        times[0].push(up(""));
        times[1].push(up(UNRECORDED));
        times[2].push(shell_loop());
    }
    let [recorded, unrecorded, shell] = times.map(|mut times| percentile(&mut times, 50));
    let figure = |how: &str, up: f64| Figure {
        what: format!("`fleet up`: {STARTED} agents from nothing to healthy, {how}"),
        median: format!("{up:.2} s"),
        beside: format!("{:.1} × a loop of `tmux new-session -d` ({shell:.2} s)", up / shell),
    };
    vec![figure("recorded", recorded), figure("not recorded", unrecorded)]
}

/// Seconds that a fleet with these defaults needs.
fn up(defaults: &str) -> f64 {
    let fleet = Fleet::new();
    fleet.roster_text(&roster(&fleet, STARTED, defaults));
    let started = Instant::now();
    fleet.mosaic(&["fleet", "up"]).ended(0);
    started.elapsed().as_secs_f64()
}

/// Seconds that a shell needs for as many sessions of the same program.
fn shell_loop() -> f64 {
    let place = Fleet::new();
    let socket = place.home().join("t");
    let script = "for at in $(seq \"$1\"); do tmux -S \"$2\" -f /dev/null new-session -d -s s$at \
                  \"$3 runtime stub\"; done";
    let mut shell = Command::new("sh");
    shell.args(["-euc", script, "sh", &STARTED.to_string()]);
    shell.arg(&socket).arg(env!("CARGO_BIN_EXE_mosaic")).stdin(Stdio::null());
    let started = Instant::now();
    assert!(shell.status().unwrap().success());
    let took = started.elapsed().as_secs_f64();
    let mut end = Command::new("tmux");
    assert!(end.arg("-S").arg(&socket).arg("kill-server").status().unwrap().success());
    took
}

fn thousand() -> Vec<Figure> {
    let fleet = Fleet::new();
    fleet.roster_text(&roster(&fleet, MANY, ""));
    fleet.mosaic(&["fleet", "up", "--wait", "5m"]).ended(0);
    wait_until("a thousand healthy", LONG, || {
        let ps = fleet.ps();
        ps["rows"].as_array().unwrap().iter().all(|row| row["health"] == "healthy")
    });
    let supervisor = fleet.supervisor();
    let before = memory::cpu(supervisor);
    std::thread::sleep(IDLE);
    let share = (memory::cpu(supervisor) - before) / IDLE.as_secs_f64() * 100.0;
    let mut programs =
        [fleet.command(&["fleet", "ps"]), fleet.command(&["fleet", "ps", "--json"]), {
            let socket = fleet.ps()["supervisor"]["tmux_socket"].as_str().unwrap().to_owned();
            super::whole::list_panes(Path::new(&socket))
        }];
    let in_a_row = super::whole::in_a_row(&mut programs, ROUNDS);
    let alone = super::whole::alone_each(&mut programs, ROUNDS);
    let mut figures = looked("in a row", &in_a_row);
    figures.extend(looked("alone", &alone));
    figures.extend([
        Figure {
            what: format!("supervisor of {MANY}, proportional memory"),
            median: format!("{:.1} MiB", memory::smaps(supervisor, "Pss:") / 1024.0),
            beside: String::new(),
        },
        Figure {
            what: format!("supervisor of {MANY}, idle: share of one core"),
            median: format!("{share:.2} %"),
            beside: "a challenge every 5 s each".to_owned(),
        },
    ]);
    figures
}

fn looked(how: &str, seconds: &[f64]) -> Vec<Figure> {
    let [table, json, tmux] = *seconds else { unreachable!() };
    let figure = |what: &str, it: f64| Figure {
        what: format!("{what} of {MANY} stubs, {how}"),
        median: format!("{:.1} ms", it * 1000.0),
        beside: format!("{:.2} × `tmux list-panes -a` ({:.1} ms)", it / tmux, tmux * 1000.0),
    };
    vec![figure("`fleet ps`", table), figure("`fleet ps --json`", json)]
}
