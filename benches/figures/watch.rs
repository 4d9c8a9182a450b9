//! From what a pane prints to those who watch it, and what watching costs the pane.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::support::{Fleet, LONG, Roster, wait_until};
use super::{Figure, percentile};

/// Prints that are followed to a watcher.
const PRINTS: usize = 300;

/// From one print to the next: longer than from one frame to the next.
const APART: Duration = Duration::from_millis(40);

/// Floods of each kind, by turns.
const ROUNDS: usize = 7;

/// Sweeps of each kind, by turns.
const SWEEPS: usize = 15;

/// How many screens a sweep reads.
const AGENTS: usize = 100;

/// Floods when it is told to, and otherwise prints what is written into a pipe.
const PROGRAM: &str = "stty raw -echo; cat said & while read -r go <go; do \
    yes 0123456789 | head -c 30000000; echo >done; done";

pub fn figures() -> Vec<Figure> {
    let fleet = Fleet::new();
    let pipes = ["said", "go", "done"].map(|name| fleet.workspace().join(name));
    for pipe in &pipes {
        mkfifo(pipe, Mode::from_bits_truncate(0o600)).unwrap();
    }
    fleet.roster(&Roster::new().command("cyd", PROGRAM));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let said = OpenOptions::new().write(true).open(&pipes[0]).unwrap();
    let mut figures = latency(&fleet, said);
    figures.extend(floods(&fleet, &pipes[1], &pipes[2]));
    drop(fleet);
    figures.push(sweep());
    figures
}

/// Opens a watch, and waits until its screen is there.
fn watch(fleet: &Fleet) -> BufReader<UnixStream> {
    let mut stream = UnixStream::connect(fleet.state("control.sock")).unwrap();
    write!(stream, "GET /v1/agents/cyd/watch HTTP/1.1\r\nHost: mosaic\r\n\r\n").unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while !line.contains("\"type\":\"screen\"") {
        line.clear();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the watch ended");
    }
    reader
}

/// The times at which frames come.
fn frames(mut reader: BufReader<UnixStream>) -> Receiver<Instant> {
    let (heard, hears) = channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|count| count > 0) {
            if line.contains("\"type\":\"output\"") && heard.send(Instant::now()).is_err() {
                return;
            }
            line.clear();
        }
    });
    hears
}

fn latency(fleet: &Fleet, mut said: File) -> Vec<Figure> {
    let frames = frames(watch(fleet));
    let mut times = Vec::new();
    for at in 0..PRINTS {
        std::thread::sleep(APART);
        while frames.try_recv().is_ok() {}
        let printed = Instant::now();
        write!(said, "{at} ").unwrap();
        let seen = frames.recv_timeout(LONG).unwrap();
        times.push(seen.duration_since(printed).as_secs_f64() * 1000.0);
    }
    vec![Figure {
        what: "printed into a pane → its frame at a watcher".to_owned(),
        median: format!("{:.2} ms", percentile(&mut times, 50)),
        beside: format!("p99 {:.2} ms", percentile(&mut times, 99)),
    }]
}

fn floods(fleet: &Fleet, go: &Path, done: &Path) -> Vec<Figure> {
    let kinds = [(0, false), (1, false), (10, false), (10, true)];
    let mut times: [Vec<f64>; 4] = Default::default();
    for _ in 0..ROUNDS {
        for (&(count, has_stuck), times) in kinds.iter().zip(&mut times) {
            let mut watchers: Vec<_> = (0..count).map(|_| watch(fleet)).collect();
            let stuck = has_stuck.then(|| watchers.pop());
            let reading: Vec<_> = watchers.into_iter().map(frames).collect();
            let begun = Instant::now();
            fs::write(go, "go\n").unwrap();
            // Ends when the pane has taken it all.
            fs::read(done).unwrap();
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
            drop((stuck, reading));
            std::thread::sleep(APART);
        }
    }
    let [alone, one, ten, stopped] = times.map(|mut times| percentile(&mut times, 50));
    let figure = |what: &str, time: f64| Figure {
        what: format!("a pane prints 30 MB, {what}"),
        median: format!("{time:.0} ms"),
        beside: format!("{:.2} × the throughput of a pane that nobody watches", alone / time),
    };
    vec![
        figure("nobody watches", alone),
        figure("one watches", one),
        figure("ten watch", ten),
        figure("ten watch, one of them reads nothing", stopped),
    ]
}

/// The screens of a hundred agents, through the supervisor and by a client of tmux for each.
fn sweep() -> Figure {
    let fleet = Fleet::new();
    let agents = (0..AGENTS).fold(Roster::new(), |roster, at| {
        roster.command(&format!("a-{at}"), "echo ready; exec sleep 1000")
    });
    fleet.roster(&agents);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    wait_until("all panes", LONG, || {
        fleet.ps()["rows"].as_array().unwrap().iter().all(|row| row["pid"].is_u64())
    });
    let rows = fleet.ps();
    let panes: Vec<String> = rows["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["pane"]["id"].as_str().unwrap().to_owned())
        .collect();
    let (mut ours, mut forks) = (Vec::new(), Vec::new());
    let socket = fleet.state("tmux.sock");
    let mut asks = UnixStream::connect(fleet.state("control.sock")).unwrap();
    for _ in 0..SWEEPS {
        let begun = Instant::now();
        // All are asked for at once, and answered in their order.
        let all: String = (0..AGENTS)
            .map(|at| {
                format!("GET /v1/agents/a-{at}/history?lines=0 HTTP/1.1\r\nHost: mosaic\r\n\r\n")
            })
            .collect();
        asks.write_all(all.as_bytes()).unwrap();
        let mut reader = BufReader::new(&asks);
        for _ in 0..AGENTS {
            body(&mut reader);
        }
        ours.push(begun.elapsed().as_secs_f64() * 1000.0);
        let begun = Instant::now();
        for pane in &panes {
            capture(&socket, pane);
        }
        forks.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    let (ours, forks) = (percentile(&mut ours, 50), percentile(&mut forks, 50));
    Figure {
        what: "the screens of 100 agents, one after the other".to_owned(),
        median: format!("{ours:.1} ms"),
        beside: format!("{:.2} × `tmux capture-pane` for each ({forks:.0} ms)", ours / forks),
    }
}

fn body(reader: &mut impl std::io::BufRead) {
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the supervisor hung up");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
}

fn capture(socket: &PathBuf, pane: &str) {
    let mut command = Command::new("tmux");
    command.arg("-S").arg(socket).args(["capture-pane", "-p", "-e", "-t", pane]);
    assert!(!command.env_remove("TMUX").output().unwrap().stdout.is_empty());
}
