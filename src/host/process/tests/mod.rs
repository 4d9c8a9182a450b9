//! Real processes; what every test of them needs.

mod limit;
mod lock;
mod marked;
mod pidfd;
mod table;
mod trees;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{Table, Trees};

/// A child that does not outlive its test.
struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::piped()).spawn().unwrap())
    }

    fn shell(script: &str) -> Self {
        Self::start(program("sh").args(["-c", script]))
    }

    /// Writes a line to its standard input.
    fn say(&self, line: &str) {
        let mut input = self.0.stdin.as_ref().expect("its input is a pipe");
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[expect(clippy::disallowed_methods, reason = "the processes that are looked at")]
fn program(name: &str) -> Command {
    Command::new(name)
}

/// This test program, to run one of its ignored tests as a process of its own.
fn this_program(test: &str) -> Command {
    let own = std::env::current_exe().unwrap();
    let mut command = program(own.to_str().unwrap());
    command.args(["--exact", test, "--ignored", "--nocapture"]);
    command
}

/// This process and everything below it.
fn read() -> Table {
    Trees::default().look(BTreeSet::from([std::process::id()])).unwrap()
}

/// Waits for a condition, and fails when it does not come.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = crate::clock::mono_ms() + 20_000;
    while !holds() {
        assert!(crate::clock::mono_ms() < deadline, "never came: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A session id that no other test and no agent has.
fn session() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).unwrap();
    format!("test-{:032x}", u128::from_be_bytes(bytes))
}
