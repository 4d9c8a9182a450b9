//! A fleet of its own in a home of its own, and its end whatever the test does.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::{LONG, Roster, end_marked, is_alive, signal, wait_until};

/// What a program said, and how it ended as a shell tells it.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// The output, when it ended with this code.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    fn of(output: &std::process::Output) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        let code = output.status.code().or_else(|| output.status.signal().map(|by| 128 + by));
        Self {
            code: code.unwrap(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A fleet. Dropping it ends everything that it started, also when a test has failed.
pub struct Fleet {
    home: TempDir,
}

impl Fleet {
    /// An empty one: no roster, nothing runs. The path is short because of the 108 bytes that a
    /// socket's may have.
    pub fn new() -> Self {
        let place = std::env::var_os("MOSAIC_TEST_PLACE").unwrap_or_else(|| "/tmp".into());
        let home = tempfile::Builder::new().prefix("mo").rand_bytes(4).tempdir_in(place).unwrap();
        std::fs::create_dir_all(home.path().join("config")).unwrap();
        std::fs::create_dir_all(home.path().join("work")).unwrap();
        Self { home }
    }

    /// One with this roster, up, and every agent with a verdict.
    pub fn up(roster: &Roster) -> Self {
        let fleet = Self::new();
        fleet.roster(roster);
        fleet.mosaic(&["fleet", "up"]).ended(0);
        fleet
    }

    /// Its home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where its agents work.
    pub fn workspace(&self) -> PathBuf {
        self.home().join("work")
    }

    /// A file below its state directory.
    pub fn state(&self, file: &str) -> PathBuf {
        self.home().join("state").join(file)
    }

    /// Writes its roster.
    pub fn roster(&self, roster: &Roster) {
        self.roster_text(&roster.text(&self.workspace()));
    }

    /// Writes its roster as it stands.
    pub fn roster_text(&self, text: &str) {
        std::fs::write(self.home().join("config/roster.yaml"), text).unwrap();
    }

    /// The program with these arguments, in this fleet, with a small environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mosaic"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home())
            .env("LANG", "C.UTF-8")
            .env("MOSAIC_HOME", self.home())
            .env("MOSAIC_ALLOW_TARGET", "1")
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn mosaic(&self, arguments: &[&str]) -> Output {
        Output::of(&self.command(arguments).output().unwrap())
    }

    /// Runs a command to its end.
    pub fn finished(&self, command: &mut Command) -> Output {
        Output::of(&command.output().unwrap())
    }

    /// Runs it to its end with this input.
    pub fn mosaic_reading(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Output::of(&child.wait_with_output().unwrap())
    }

    /// Starts it and goes on; it ends with the value.
    pub fn background(&self, arguments: &[&str]) -> Background {
        let (out, err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        let mut command = self.command(arguments);
        command.stdout(out.try_clone().unwrap()).stderr(err.try_clone().unwrap());
        Background { child: command.spawn().unwrap(), out, err }
    }

    /// `ps --json`, parsed.
    #[track_caller]
    pub fn ps(&self) -> Value {
        let output = self.mosaic(&["ps", "--json"]);
        serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    }

    /// The row of an agent.
    #[track_caller]
    pub fn row(&self, agent: &str) -> Value {
        let ps = self.ps();
        let rows = ps["rows"].as_array().unwrap();
        rows.iter()
            .find(|row| row["agent"] == agent)
            .unwrap_or_else(|| panic!("no {agent}: {ps}"))
            .clone()
    }

    /// The process of an agent.
    #[track_caller]
    pub fn pid(&self, agent: &str) -> u32 {
        let row = self.row(agent);
        let pid = row["pid"].as_u64().unwrap_or_else(|| panic!("no process: {row}"));
        u32::try_from(pid).unwrap()
    }

    /// The supervisor's process.
    pub fn supervisor(&self) -> u32 {
        u32::try_from(self.ps()["supervisor"]["pid"].as_u64().unwrap()).unwrap()
    }

    /// Every event there is.
    pub fn events(&self) -> Vec<Value> {
        let output = self.mosaic(&["events", "--json"]).ended(0);
        output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How many events of a type there are about an agent.
    pub fn count(&self, agent: &str, kind: &str) -> usize {
        let events = self.events();
        events.iter().filter(|event| event["type"] == kind && event["agent"] == agent).count()
    }

    /// Waits until an agent's health is this.
    #[track_caller]
    pub fn health(&self, agent: &str, health: &str) {
        wait_until(&format!("{agent} {health}"), LONG, || self.row(agent)["health"] == health);
    }

    /// The supervisor is killed; its agents are nobody's fault.
    pub fn kill_supervisor(&self) {
        let pid = self.supervisor();
        signal(pid, Signal::SIGKILL);
        wait_until("the supervisor's end", LONG, || !is_alive(pid));
    }

    /// Asks politely, and no longer than this.
    fn ask_down(&self) {
        let mut command = self.command(&["fleet", "down", "--yes"]);
        let Ok(mut child) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
            return;
        };
        let started = std::time::Instant::now();
        while matches!(child.try_wait(), Ok(None)) {
            if started.elapsed() > Duration::from_secs(20) {
                let _gone = child.kill();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        if self.state("control.sock").exists() {
            self.ask_down();
        }
        end_marked(self.home());
    }
}

/// A program that runs beside the test.
pub struct Background {
    child: Child,
    out: std::fs::File,
    err: std::fs::File,
}

impl Background {
    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far on standard output.
    pub fn stdout(&self) -> String {
        read(&self.out)
    }

    /// The same of standard error.
    pub fn stderr(&self) -> String {
        read(&self.err)
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends it a signal.
    pub fn signal(&self, by: Signal) {
        signal(self.pid(), by);
    }

    /// Waits for its end.
    pub fn end(mut self) -> Output {
        wait_until("the end of a program", LONG, || !self.is_running());
        let status = self.child.wait().unwrap();
        let output = std::process::Output { status, stdout: Vec::new(), stderr: Vec::new() };
        Output { stdout: self.stdout(), stderr: self.stderr(), ..Output::of(&output) }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn read(file: &std::fs::File) -> String {
    use std::os::unix::fs::FileExt as _;
    let length = usize::try_from(file.metadata().unwrap().len()).unwrap();
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, 0).unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}
