//! From the start of `send --verify` to its end, for a runtime that is idle: whole processes.

use std::process::Command;

use super::support::{Fleet, LONG, Roster, wait_until};
use super::whole::time;
use super::{Figure, percentile};

/// Enough for a 99th percentile of four values beyond it.
const ROUNDS: usize = 400;

pub fn figures() -> Vec<Figure> {
    let fleet = Fleet::new();
    let stub = |keystrokes: &str| {
        format!("{{MOSAIC_STUB_TURN_MS: \"1\", MOSAIC_STUB_KEYSTROKES: \"{keystrokes}\"}}")
    };
    fleet.roster(&Roster::new().stub_with("native", &stub("0")).stub_with("typed", &stub("1")));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let mut sends = [
        fleet.command(&["send", "native", "hello", "--verify"]),
        fleet.command(&["send", "typed", "hello", "--verify"]),
    ];
    // As long as a process that only reads: what a command costs by itself.
    let mut nothing = fleet.command(&["agent", "list"]);
    let (mut times, mut beside) = ([Vec::new(), Vec::new()], Vec::new());
    for _ in 0..ROUNDS {
        for (send, times) in sends.iter_mut().zip(&mut times) {
            idle(&fleet);
            times.push(time(send) * 1000.0);
        }
        beside.push(time(&mut nothing) * 1000.0);
    }
    let list = percentile(&mut beside, 50);
    let [native, typed] = &mut times;
    vec![
        figure("native channel", native, list, "10 / 50"),
        figure("paste and Enter", typed, list, "60 / 250"),
    ]
}

/// Until both have done what they were sent.
fn idle(fleet: &Fleet) {
    let count = |kind: &str| {
        let mut asked: Command = fleet.command(&["ps", "--json"]);
        let told = String::from_utf8(asked.output().unwrap().stdout).unwrap();
        told.matches(kind).count()
    };
    wait_until("idle stubs", LONG, || {
        count("\"state\": \"idle\"") + count("\"state\":\"idle\"") == 2
    });
}

fn figure(what: &str, times: &mut [f64], list: f64, target: &str) -> Figure {
    let (half, most) = (percentile(times, 50), percentile(times, 99));
    Figure {
        what: format!("`send --verify` to an idle stub, {what}, p50 / p99"),
        median: format!("{half:.1} / {most:.1} ms"),
        beside: format!("target {target} ms; `agent list` takes {list:.1} ms"),
    }
}
