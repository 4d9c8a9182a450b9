//! Killed → running again, beside the supervisors of today: the same program under each.
//!
//! The program says that it runs by a named pipe, and kills itself when it hears a blow by another
//! one, so that nobody's own view of it is measured.

mod others;

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use super::support::{Fleet, LONG};
use super::{Figure, percentile};
use crate::bed::Bed;

/// Blows for each of the others; ours gets [`OURS`] times as many, for its 99th percentile.
const ROUNDS: usize = 31;

/// Ours, each round.
const OURS: usize = 4;

/// runsv starts nothing twice within a second, and pm2 takes a quick death for a broken program.
const APART: Duration = Duration::from_millis(1100);

/// The program, with two pipes in a directory, and its beginnings.
pub struct Victim {
    directory: PathBuf,
    begun: Receiver<Instant>,
}

impl Victim {
    /// Its pipes, in a directory that there is.
    pub fn new(directory: &Path) -> Self {
        let (say, begun) = channel();
        for pipe in ["up", "blow"] {
            mkfifo(&directory.join(pipe), Mode::from_bits_truncate(0o666)).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
            fs::set_permissions(directory.join(pipe), mode).unwrap();
        }
        let up = directory.join("up");
        std::thread::spawn(move || {
            // Each reading ends when the program that said it has closed its end.
            while let Ok(said) = fs::read(&up) {
                if !said.is_empty() && say.send(Instant::now()).is_err() {
                    return;
                }
            }
        });
        Self { directory: directory.to_owned(), begun }
    }

    /// What a shell runs, where the directory is called so.
    pub fn script(directory: &Path) -> String {
        let directory = directory.display();
        format!("echo up > {directory}/up; read blow < {directory}/blow; kill -9 $$")
    }

    /// Waits until it runs for the first time.
    fn begins(&self) {
        self.begun.recv_timeout(LONG).expect("it runs");
    }

    /// Kills it; milliseconds until it runs again.
    fn killed(&self) -> f64 {
        let mut blow = OpenOptions::new().write(true).open(self.directory.join("blow")).unwrap();
        let at = Instant::now();
        blow.write_all(b"blow\n").unwrap();
        drop(blow);
        let again = self.begun.recv_timeout(LONG).expect("it runs again");
        again.duration_since(at).as_secs_f64() * 1000.0
    }
}

/// A supervisor that keeps the program up until it is dropped.
pub struct Peer<'bed> {
    /// What it is called.
    pub name: &'static str,
    /// The program under it.
    pub victim: Victim,
    /// What ends it.
    pub _keeps: Box<dyn Keeps + 'bed>,
}

/// Whatever ends something when it is dropped.
pub trait Keeps {}

impl<T> Keeps for T {}

pub fn figures() -> Vec<Figure> {
    let fleet = Fleet::new();
    let directory = fleet.workspace();
    let own = Victim::new(&directory);
    let script = serde_json::to_string(&Victim::script(&directory)).unwrap();
    fleet.roster_text(&format!(
        "version: 1\nagents:\n  - name: victim\n    runtime: command\n    command: sh\n    \
         args: [\"-c\", {script}]\n    workspace: {}\n    restart: {{policy: always, \
         backoff: {{initial: 0ms, max: 100ms}}, give_up_after: 1000}}\n",
        directory.display()
    ));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    own.begins();
    let bed = crate::bed::missing().map_or_else(|| Ok(Bed::make()), Err);
    let peers = others::all(bed.as_ref().map_err(Clone::clone));
    peers.iter().for_each(|peer| peer.victim.begins());
    let mut ours = Vec::new();
    let mut theirs = vec![Vec::new(); peers.len()];
    for _ in 0..ROUNDS {
        for _ in 0..OURS {
            std::thread::sleep(APART / u32::try_from(OURS).unwrap());
            ours.push(own.killed());
        }
        for (peer, times) in peers.iter().zip(&mut theirs) {
            times.push(peer.victim.killed());
        }
    }
    let p50 = percentile(&mut ours, 50);
    let mut figures = vec![Figure {
        what: "killed → running again, backoff 0".to_owned(),
        median: format!("{p50:.1} ms"),
        beside: format!("p99 {:.1} ms", percentile(&mut ours, 99)),
    }];
    for (peer, mut times) in peers.iter().zip(theirs) {
        let their = percentile(&mut times, 50);
        figures.push(Figure {
            what: format!("the same under {}", peer.name),
            median: format!("{their:.1} ms"),
            beside: format!(
                "p99 {:.1} ms; mosaic takes {:.2} × as long",
                percentile(&mut times, 99),
                p50 / their
            ),
        });
    }
    figures
}
