//! Whole processes, from their start to their end.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::support::Fleet;
use super::{AGENTS, Figure, median};

/// Rounds in which each program runs once.
const ROUNDS: usize = 101;

pub fn figures(fleet: &Fleet) -> Vec<Figure> {
    let socket = fleet.state("tmux.sock");
    let mut tmux = Command::new("tmux");
    tmux.args(["-N", "-S"]).arg(socket).args(["list-panes", "-a"]).env_remove("TMUX");
    let mut programs = [
        fleet.command(&["fleet", "ps"]),
        fleet.command(&["fleet", "ps", "--json"]),
        tmux,
        Command::new("/bin/true"),
        fleet.command(&["send", "stub-0", "hello", "--verify"]),
        fleet.command(&["send", "typed", "hello", "--verify"]),
    ];
    let mut times = vec![Vec::new(); programs.len()];
    for _ in 0..ROUNDS {
        for (program, times) in programs.iter_mut().zip(&mut times) {
            times.push(time(program));
        }
        // The stub works a moment on what it was sent: the next message finds it idle.
        super::support::wait_until("idle stubs", super::support::LONG, || {
            ["stub-0", "typed"].iter().all(|stub| fleet.row(stub)["activity"]["state"] == "idle")
        });
    }
    let medians: Vec<f64> = times.into_iter().map(median).collect();
    let [ps, json, tmux, nothing, structured, typed] = medians[..] else { unreachable!() };
    let against =
        |it: f64| format!("{:.2} × `tmux list-panes -a`, {:.1} × true", it / tmux, it / nothing);
    let beside = |it: f64| format!("{:.1} × `fleet ps`", it / ps);
    vec![
        Figure {
            what: "`/bin/true`, the whole process",
            median: ms(nothing),
            beside: String::new(),
        },
        Figure {
            what: "`tmux list-panes -a`, same server",
            median: ms(tmux),
            beside: format!("{:.1} × true", tmux / nothing),
        },
        Figure { what: "`fleet ps` of 50 stubs", median: ms(ps), beside: against(ps) },
        Figure { what: "`fleet ps --json`", median: ms(json), beside: against(json) },
        Figure {
            what: "`send --verify`, structured channel",
            median: ms(structured),
            beside: beside(structured),
        },
        Figure { what: "`send --verify`, keystrokes", median: ms(typed), beside: beside(typed) },
    ]
}

/// Longer than the supervisor shares one look at the host's processes: each run pays for its own.
const ALONE: Duration = Duration::from_millis(40);

/// Seconds that one run takes.
fn time(program: &mut Command) -> f64 {
    std::thread::sleep(ALONE);
    program.stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    let status = program.status().unwrap();
    let took = started.elapsed().as_secs_f64();
    assert!(status.success(), "{program:?}: {status}; {AGENTS} agents");
    took
}

fn ms(seconds: f64) -> String {
    format!("{:.1} ms", seconds * 1000.0)
}
