//! What a fleet costs while nothing happens.

use std::fs;
use std::time::Duration;

use super::support::Fleet;
use super::{Figure, median};

/// How long nothing happens.
const IDLE: Duration = Duration::from_secs(30);

pub fn figures(fleet: &Fleet) -> Vec<Figure> {
    let supervisor = fleet.supervisor();
    let panes: Vec<u32> = fleet.ps()["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| parent(u32::try_from(row["pid"].as_u64().unwrap()).unwrap()))
        .collect();
    let server = parent(panes[0]);
    let before = (cpu(supervisor), cpu(server));
    std::thread::sleep(IDLE);
    let after = (cpu(supervisor), cpu(server));
    let share = |before: f64, after: f64| (after - before) / IDLE.as_secs_f64() * 100.0;
    let supervisors = share(before.0, after.0);
    let servers = share(before.1, after.1);
    let memory = smaps(supervisor, "Pss:");
    let tmux = smaps(server, "Pss:");
    let pane = median(panes.iter().map(|pane| smaps(*pane, "Private_")).collect());
    vec![
        Figure {
            what: "supervisor, proportional memory".to_owned(),
            median: format!("{:.1} MiB", memory / 1024.0),
            beside: format!("{:.1} × the tmux server", memory / tmux),
        },
        Figure {
            what: "supervisor, idle: share of one core".to_owned(),
            median: format!("{supervisors:.2} %"),
            beside: format!("tmux server {servers:.2} %"),
        },
        Figure {
            what: "pane-exec, private memory".to_owned(),
            median: format!("{pane:.0} KiB"),
            beside: format!("{:.2} × the limit of 1.5 MiB", pane / 1536.0),
        },
    ]
}

/// Seconds of processor that a process has used.
pub fn cpu(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    // USER_HZ, which Linux shows to every program.
    ticks / 100.0
}

fn parent(pid: u32) -> u32 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().parse().unwrap()
}

/// KiB of a process in the lines that begin so.
pub fn smaps(pid: u32, begins: &str) -> f64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let lines = rollup.lines().filter(|line| line.starts_with(begins));
    lines.map(|line| line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap()).sum()
}
