//! Whole processes, from their start to their end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::support::Fleet;
use super::{AGENTS, Figure, median};

/// Rounds in which each program has its turn.
const ROUNDS: usize = 61;

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
    let mut looks = [
        Command::new("/bin/true"),
        list_panes(&fleet.state("tmux.sock")),
        fleet.command(&["fleet", "ps"]),
        fleet.command(&["fleet", "ps", "--json"]),
    ];
    let in_a_row = in_a_row(&mut looks, ROUNDS);
    let alone_each = alone_each(&mut looks, ROUNDS);
    let mut sends = [
        fleet.command(&["send", "stub-0", "hello", "--verify"]),
        fleet.command(&["send", "typed", "hello", "--verify"]),
    ];
    let sent = medians(&mut sends, ROUNDS, |program| {
        // The stub works a moment on what it was sent: the next message finds it idle.
        super::support::wait_until("idle stubs", super::support::LONG, || {
            ["stub-0", "typed"].iter().all(|stub| fleet.row(stub)["activity"]["state"] == "idle")
        });
        vec![alone(program)]
    });
    let mut figures = looked("in a row", &in_a_row);
    figures.extend(looked("alone", &alone_each));
    for (what, seconds) in ["structured channel", "keystrokes"].iter().zip(sent) {
        figures.push(Figure {
            what: format!("`send --verify`, {what}"),
            median: ms(seconds),
            beside: format!("{:.1} × `fleet ps` alone", seconds / alone_each[2]),
        });
    }
    figures
}

/// The middle of what each program takes without a pause between its runs.
pub fn in_a_row(programs: &mut [Command], rounds: usize) -> Vec<f64> {
    medians(programs, rounds, |program| (0..ROW).map(|_| time(program)).collect())
}

/// The middle of what each program takes after a pause.
pub fn alone_each(programs: &mut [Command], rounds: usize) -> Vec<f64> {
    medians(programs, rounds, |program| vec![alone(program)])
}

/// The middle of what each program takes; they run in turns.
fn medians(
    programs: &mut [Command],
    rounds: usize,
    mut run: impl FnMut(&mut Command) -> Vec<f64>,
) -> Vec<f64> {
    let mut times = vec![Vec::new(); programs.len()];
    for _ in 0..rounds {
        for (program, times) in programs.iter_mut().zip(&mut times) {
            times.extend(run(program));
        }
    }
    times.into_iter().map(median).collect()
}

fn looked(how: &str, medians: &[f64]) -> Vec<Figure> {
    let [nothing, tmux, table, json] = *medians else { unreachable!() };
    let against =
        |it: f64| format!("{:.2} × `tmux list-panes`, {:.1} × true", it / tmux, it / nothing);
    let figure = |what: &str, seconds: f64, beside: String| Figure {
        what: format!("{what}, {how}"),
        median: ms(seconds),
        beside,
    };
    vec![
        figure("`/bin/true`", nothing, String::new()),
        figure("`tmux list-panes -a -F`", tmux, format!("{:.1} × true", tmux / nothing)),
        figure(&format!("`fleet ps` of {AGENTS} stubs"), table, against(table)),
        figure("the same with `--json`", json, against(json)),
    ]
}

/// Runs without a pause between them: the supervisor shares one look at the host for 50 ms.
const ROW: usize = 6;

/// Longer than that: each run pays for a look of its own, and finds everything cold.
const ALONE: Duration = Duration::from_millis(60);

/// The same after a pause.
fn alone(program: &mut Command) -> f64 {
    std::thread::sleep(ALONE);
    time(program)
}

/// Seconds that one run takes.
pub fn time(program: &mut Command) -> f64 {
    program.stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    let status = program.status().unwrap();
    let took = started.elapsed().as_secs_f64();
    assert!(status.success(), "{program:?}: {status}; {AGENTS} agents");
    took
}

fn ms(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1000.0)
}
