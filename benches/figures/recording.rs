//! What recording costs: the throughput of a pane, and an agent that does nothing.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::support::{Fleet, Roster, wait_until};
use super::{Figure, percentile};

/// Floods of each kind, by turns.
const ROUNDS: usize = 9;

/// How long nothing happens.
const IDLE: Duration = Duration::from_secs(20);

/// Bytes of a flood.
const BYTES: u64 = 30_000_000;

/// The two that flood, and how they are recorded.
const KINDS: [(&str, bool); 2] = [("kept", true), ("unkept", false)];

pub fn figures() -> Vec<Figure> {
    let fleet = Fleet::new();
    let mut roster = Roster::new();
    for (name, is_recorded) in KINDS {
        for pipe in ["go", "done"] {
            let path = fleet.workspace().join(format!("{name}.{pipe}"));
            mkfifo(&path, Mode::from_bits_truncate(0o600)).unwrap();
        }
        let program = format!(
            "stty raw -echo; while read -r go <{name}.go; do yes 0123456789 | head -c {BYTES}; \
             echo >{name}.done; done"
        );
        // All floods fit: what is counted at the end is all that was written.
        let output = if is_recorded { "{record: true, keep: 2GiB}" } else { "{record: false}" };
        let keys =
            format!("runtime: command, command: sh, args: [-c, '{program}'], output: {output}");
        roster = roster.agent(name, &keys);
    }
    fleet.roster(&roster);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let mut figures = floods(&fleet);
    figures.push(idle(&fleet));
    figures
}

fn floods(fleet: &Fleet) -> Vec<Figure> {
    let mut times: [Vec<f64>; 2] = Default::default();
    for _ in 0..ROUNDS {
        for ((name, _), times) in KINDS.iter().zip(&mut times) {
            let pipe = |end: &str| fleet.workspace().join(format!("{name}.{end}"));
            let begun = Instant::now();
            fs::write(pipe("go"), "go\n").unwrap();
            // Ends when the pane has taken it all.
            fs::read(pipe("done")).unwrap();
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
    }
    let [kept, unkept] = times.map(|mut times| percentile(&mut times, 50));
    // Otherwise the figure would be of a recorder that loses what it should keep.
    wait_until("all that was written is recorded", super::support::LONG, || {
        recorded(fleet) >= BYTES * ROUNDS as u64
    });
    vec![Figure {
        what: format!("a recorded pane prints {} MB", BYTES / 1_000_000),
        median: format!("{kept:.0} ms"),
        beside: format!(
            "{:.2} × the throughput of one that is not ({unkept:.0} ms)",
            unkept / kept
        ),
    }]
}

/// Bytes that lie in the segments of the recorded one.
fn recorded(fleet: &Fleet) -> u64 {
    let segments = fs::read_dir(fleet.state("output").join(KINDS[0].0)).unwrap();
    let is_segment =
        |entry: &fs::DirEntry| entry.path().extension().is_some_and(|end| end == "out");
    let segments = segments.map(|entry| entry.unwrap()).filter(is_segment);
    segments.map(|entry| entry.metadata().unwrap().len()).sum()
}

/// How often the recorder of an agent that says nothing is woken.
fn idle(fleet: &Fleet) -> Figure {
    let pid = fleet.row(KINDS[0].0)["pid"].as_u64().unwrap();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let pane = stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().to_owned();
    let before = wakes(&pane);
    std::thread::sleep(IDLE);
    Figure {
        what: "pane-exec that records, idle: wake-ups".to_owned(),
        median: format!("{} in {} s", wakes(&pane) - before, IDLE.as_secs()),
        beside: String::new(),
    }
}

/// How often a process has given its processor away, by itself or not.
fn wakes(pid: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let lines = status.lines().filter(|line| line.contains("ctxt_switches"));
    lines.map(|line| line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()).sum()
}
