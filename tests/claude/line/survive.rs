//! Without a supervisor claude works on, and nothing of what it said is lost.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use nix::sys::stat::Mode;

use super::Line;
use crate::support::{LONG, is_alive, wait_until};

/// The program that claude's hooks run: one that can be held at a gate.
struct Gate {
    program: PathBuf,
    gate: PathBuf,
    passed: PathBuf,
}

impl Gate {
    /// A copy of the program, in a place where it can be exchanged.
    fn new(line: &Line) -> Self {
        let at = |name: &str| line.fleet.home().join(name);
        let gate = Self { program: at("mosaic"), gate: at("gate"), passed: at("passed") };
        fs::copy(env!("CARGO_BIN_EXE_mosaic"), &gate.program).unwrap();
        nix::unistd::mkfifo(&gate.gate, Mode::S_IRWXU).unwrap();
        gate
    }

    /// Runs a verb with this copy: supervisor, panes and hooks are of it.
    fn runs(&self, line: &Line, arguments: &[&str]) {
        let like = line.fleet.command(arguments);
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear();
        command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        line.fleet.finished(&mut command).ended(0);
    }

    /// From now on a hook waits at the gate, and leaves its code and its milliseconds behind.
    /// It runs with these assignments in front of it.
    fn close(&self, before: &str) {
        let script = format!(
            "#!/bin/sh\nread go < '{}'\nstart=$(date +%s%N)\n{before} '{}' \"$@\"; code=$?\n\
             echo \"$code $(( ($(date +%s%N) - start) / 1000000 ))\" >> '{}'\nexit $code\n",
            self.gate.display(),
            env!("CARGO_BIN_EXE_mosaic"),
            self.passed.display(),
        );
        let draft = self.program.with_extension("new");
        fs::write(&draft, script).unwrap();
        fs::set_permissions(&draft, fs::Permissions::from_mode(0o755)).unwrap();
        fs::rename(draft, &self.program).unwrap();
    }

    /// Lets one hook pass; its exit code and how long it took.
    fn open(&self) -> (i32, u64) {
        // Opening waits for the hook at the other end.
        fs::OpenOptions::new().write(true).open(&self.gate).unwrap().write_all(b"go\n").unwrap();
        let passed = || fs::read_to_string(&self.passed).unwrap_or_default();
        wait_until("the hook's end", LONG, || passed().ends_with('\n'));
        let passed = passed();
        let (code, took) = passed.trim().split_once(' ').unwrap();
        (code.parse().unwrap(), took.parse().unwrap())
    }

    /// Hooks run as ever.
    fn remove(&self) {
        let link = self.program.with_extension("new");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mosaic"), &link).unwrap();
        fs::rename(link, &self.program).unwrap();
    }
}

fn spooled(line: &Line) -> usize {
    fs::read_dir(line.fleet.state("spool")).unwrap().count()
}

#[test]
fn a_receipt_of_a_time_without_a_supervisor_is_spooled_and_counts_afterwards() {
    let line = Line::new();
    let gate = Gate::new(&line);
    line.fleet.roster(&line.roster());
    gate.runs(&line, &["fleet", "up"]);
    line.is("idle");
    let before = line.fleet.row("ada");
    line.send("[[hold]]");
    line.is("busy");

    gate.close("");
    line.fleet.mosaic(&["send", "ada", "said to nobody"]).ended(0);
    wait_until("Enter", LONG, || line.events("message.typed").len() == 2);
    line.fleet.kill_supervisor();
    assert!(is_alive(u32::try_from(before["pid"].as_u64().unwrap()).unwrap()));
    let (code, took) = gate.open();
    assert_eq!(code, 0);
    // How short it is, is tested where nothing else runs; here claude draws beside it.
    assert!(took < 2000, "a person waited {took} ms");
    gate.remove();
    assert_eq!(spooled(&line), 1);
    line.model.release();
    line.hears("said to nobody");

    line.fleet.mosaic(&["fleet", "up"]).ended(0);
    wait_until("the receipt", LONG, || line.events("message.accepted").len() == 2);
    wait_until("an empty spool", LONG, || spooled(&line) == 0);
    let after = line.fleet.row("ada");
    for field in ["pid", "session", "pane"] {
        assert_eq!(before[field], after[field], "{field}");
    }
    assert_eq!(line.events("session.adopted").len(), 1);
    assert_eq!(line.events("message.unknown").len(), 0);
    line.fleet.health("ada", "healthy");
    line.is("idle");
    assert_eq!(line.told("said to nobody"), 1, "it is not typed again");
    line.send("and on");
}

#[test]
fn the_first_receipt_after_a_restart_says_whether_it_waits_behind_the_running_turn() {
    let line = Line::up();
    let restart = || {
        line.fleet.kill_supervisor();
        line.fleet.mosaic(&["fleet", "up"]).ended(0);
    };
    let receipt = |text: &str| -> serde_json::Value {
        let output = line.fleet.mosaic(&["send", "ada", "--verify", "--json", text]).ended(0);
        serde_json::from_str::<serde_json::Value>(&output.stdout).unwrap()["state"].take()
    };
    line.send("[[hold]]");
    line.is("busy");
    restart();
    line.is("busy");
    assert_eq!(receipt("behind it"), "accepted_queued");
    line.model.release();
    line.hears("behind it");
    line.is("idle");
    restart();
    line.is("idle");
    assert_eq!(receipt("by itself"), "accepted");
}

#[test]
fn a_receipt_that_a_hook_spools_while_the_supervisor_listens_counts_too() {
    let line = Line::new();
    let gate = Gate::new(&line);
    line.fleet.roster(&line.roster());
    gate.runs(&line, &["fleet", "up"]);
    line.is("idle");
    // It found nobody a moment ago, before the supervisor listened.
    gate.close("MOSAIC_HEARTBEAT_SOCKET=/nowhere/guest.sock");
    line.fleet.mosaic(&["send", "ada", "said to the spool"]).ended(0);
    assert_eq!(gate.open().0, 0);
    gate.remove();
    wait_until("the receipt", LONG, || line.events("message.accepted").len() == 1);
    wait_until("an empty spool", LONG, || spooled(&line) == 0);
}
