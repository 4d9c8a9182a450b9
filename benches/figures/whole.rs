//! Whole processes, from their start to their end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::support::Fleet;
use super::{AGENTS, Figure, median};

/// Rounds in which each program runs once.
const ROUNDS: usize = 101;

/// What tmux knows of the fields of a row.
const FIELDS: &str = "#{session_name} #{@mosaic_agent} #{session_id} #{window_id} #{pane_id} \
                      #{pane_pid} #{pane_dead} #{pane_dead_status} #{pane_current_command} \
                      #{session_created} #{window_activity} #{pane_in_mode} #{session_attached}";

/// tmux itself, asked for the same fields of the same panes.
pub fn list_panes(socket: &Path) -> Command {
    let mut tmux = Command::new("tmux");
    tmux.args(["-N", "-S"]).arg(socket).args(["list-panes", "-a", "-F", FIELDS]);
    tmux.env_remove("TMUX");
    tmux
}

pub fn figures(fleet: &Fleet) -> Vec<Figure> {
    let mut programs = [
        fleet.command(&["fleet", "ps"]),
        fleet.command(&["fleet", "ps", "--json"]),
        list_panes(&fleet.state("tmux.sock")),
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
            what: "`/bin/true`, the whole process".to_owned(),
            median: ms(nothing),
            beside: String::new(),
        },
        Figure {
            what: "`tmux list-panes -a`, same server".to_owned(),
            median: ms(tmux),
            beside: format!("{:.1} × true", tmux / nothing),
        },
        Figure { what: "`fleet ps` of 50 stubs".to_owned(), median: ms(ps), beside: against(ps) },
        Figure { what: "`fleet ps --json`".to_owned(), median: ms(json), beside: against(json) },
        Figure {
            what: "`send --verify`, structured channel".to_owned(),
            median: ms(structured),
            beside: beside(structured),
        },
        Figure {
            what: "`send --verify`, keystrokes".to_owned(),
            median: ms(typed),
            beside: beside(typed),
        },
    ]
}

/// Longer than the supervisor shares one look at the host's processes: each run pays for its own.
const ALONE: Duration = Duration::from_millis(40);

/// Seconds that one run takes.
pub fn time(program: &mut Command) -> f64 {
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
