//! From a blow to what mosaic says or does about it, as a follower of the journal hears it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Stdio};
use std::time::Instant;

use nix::sys::signal::Signal;
use serde_json::Value;

use super::support::{Fleet, signal};
use super::{Figure, median};

/// Blows of each kind.
const ROUNDS: usize = 21;

/// How long an answer counts here, milliseconds.
const WITHIN_MS: f64 = 1500.0;

/// What a restart waits for here, milliseconds.
const BACKOFF_MS: f64 = 100.0;

pub fn figures() -> Vec<Figure> {
    let fleet = Fleet::new();
    fleet.roster_text(&format!(
        "version: 1\nagents:\n  - name: ada\n    runtime: stub\n    workspace: {}\n    \
         heartbeat: {{every: 500ms, healthy_within: {WITHIN_MS}ms}}\n    \
         restart: {{policy: always, backoff: {{initial: {BACKOFF_MS}ms, max: {BACKOFF_MS}ms}}, give_up_after: 1000}}\n",
        fleet.workspace().display()
    ));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    let mut heard = Follower::of(&fleet);
    let (mut running, mut frozen) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let pid = fleet.pid("ada");
        let blow = Instant::now();
        signal(pid, Signal::SIGKILL);
        heard.until(|event| event["type"] == "session.started");
        running.push(blow.elapsed().as_secs_f64() * 1000.0);
        heard.until(|event| health(event) == Some("healthy"));
        let pid = fleet.pid("ada");
        let blow = Instant::now();
        signal(pid, Signal::SIGSTOP);
        heard.until(|event| health(event).is_some_and(|health| health != "healthy"));
        frozen.push(blow.elapsed().as_secs_f64() * 1000.0);
        signal(pid, Signal::SIGCONT);
        heard.until(|event| health(event) == Some("healthy"));
    }
    let (running, frozen) = (median(running), median(frozen));
    vec![
        Figure {
            what: "killed → running again".to_owned(),
            median: format!("{running:.0} ms"),
            beside: format!("{:.1} × its backoff of {BACKOFF_MS} ms", running / BACKOFF_MS),
        },
        Figure {
            what: "frozen → not healthy".to_owned(),
            median: format!("{frozen:.0} ms"),
            beside: format!("{:.2} × `healthy_within` of {WITHIN_MS} ms", frozen / WITHIN_MS),
        },
    ]
}

fn health(event: &Value) -> Option<&str> {
    (event["type"] == "health.changed").then(|| event["payload"]["health"]["state"].as_str())?
}

/// `mosaic events --follow`.
struct Follower {
    program: Child,
    lines: BufReader<ChildStdout>,
}

impl Follower {
    fn of(fleet: &Fleet) -> Self {
        let mut command = fleet.command(&["events", "--follow", "--json", "--agent", "ada"]);
        let mut program = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(program.stdout.take().unwrap());
        Self { program, lines }
    }

    fn until(&mut self, is_it: impl Fn(&Value) -> bool) {
        loop {
            let mut line = String::new();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "the follower ended");
            if is_it(&serde_json::from_str(&line).unwrap()) {
                return;
            }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _gone = self.program.kill();
        let _reaped = self.program.wait();
    }
}
