//! The drivers: an agent by keystrokes and one by deliveries, its terminal, and who sits there.

use std::process::{Child, Command, Stdio};

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{
    Fleet, LONG, Output, Roster, Terminal, pane, record, recording, signal, texts, tmux, wait_until,
};

/// The agents, by their channel.
pub const BY_KEYSTROKES: &str = "keys";
pub const BY_DELIVERY: &str = "line";

/// Both, up, with more in the environment of each.
pub fn channels(more: &str) -> Fleet {
    let fleet = Fleet::new();
    let takes = [(BY_KEYSTROKES, "1"), (BY_DELIVERY, "0")];
    let roster = takes.into_iter().fold(Roster::new(), |roster, (name, keystrokes)| {
        let more = format!(", MOSAIC_STUB_KEYSTROKES: \"{keystrokes}\"{more}");
        roster.stub_with(name, &recording(&record(&fleet, name), &more))
    });
    fleet.roster(&roster);
    fleet.mosaic(&["fleet", "up"]).ended(0);
    fleet
}

/// One of them, and its terminal.
pub struct Stage<'a> {
    pub fleet: &'a Fleet,
    pub agent: &'static str,
    pane: String,
    /// Somebody who reads its output.
    reader: std::cell::RefCell<Option<Reader>>,
}

impl<'a> Stage<'a> {
    pub fn of(fleet: &'a Fleet, agent: &'static str) -> Self {
        Self { fleet, agent, pane: pane(fleet, agent), reader: std::cell::RefCell::default() }
    }

    /// A command of tmux about the pane; its target is put behind the name.
    #[track_caller]
    pub fn tmux(&self, words: &[&str]) {
        tmux(self.fleet, &[&words[..1], &["-t", &self.pane], &words[1..]].concat());
    }

    /// Waits until tmux says this of the pane.
    #[track_caller]
    pub fn is(&self, format: &str, value: &str) {
        let asked = format!("#{{{format}}}");
        wait_until(&format!("{format} {value}"), LONG, || {
            tmux(self.fleet, &["display", "-p", "-t", &self.pane, &asked]) == value
        });
    }

    pub fn screen(&self) -> String {
        tmux(self.fleet, &["capture-pane", "-p", "-t", &self.pane])
    }

    /// Waits until this stands on it.
    #[track_caller]
    pub fn shows(&self, text: &str) {
        wait_until(&format!("{text:?} on the screen"), LONG, || self.screen().contains(text));
    }

    /// A person writes this into the composer.
    #[track_caller]
    pub fn writes(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
        self.shows(text);
    }

    /// Some program writes this to the terminal.
    pub fn print(&self, bytes: &str) {
        let tty = tmux(self.fleet, &["display", "-p", "-t", &self.pane, "#{pane_tty}"]);
        std::fs::write(tty, bytes).unwrap();
    }

    pub fn resize(&self, columns: u16, rows: u16) {
        let size = (columns.to_string(), rows.to_string());
        self.tmux(&["resize-window", "-x", &size.0, "-y", &size.1]);
        // The stub draws its rule over the whole width, where there is a row for it.
        let rule = (rows > 2).then(|| "─".repeat(columns.into()));
        wait_until("a screen of that size", LONG, || {
            let screen = self.screen();
            screen.lines().find(|line| line.starts_with('─')) == rule.as_deref()
        });
    }

    pub fn signal(&self, by: Signal) {
        signal(self.fleet.pid(self.agent), by);
    }

    /// A program reads the pane's output, pauses it, and is stopped itself.
    pub fn pause(&self) {
        let reader = Reader::of(self);
        wait_until("a pause", LONG, || reader.said().contains("%pause"));
        signal(reader.child.id(), Signal::SIGSTOP);
        *self.reader.borrow_mut() = Some(reader);
    }

    /// Somebody at a tmux client of their own, which shows the agent.
    pub fn person(&self) -> Terminal {
        let socket = self.fleet.state("tmux.sock");
        let line = format!("env -u TMUX tmux -S '{}' attach -t '{}'", socket.display(), self.pane);
        let person = Terminal::with(self.fleet.home(), (80, 25), &line);
        person.shows("idle");
        person
    }

    /// Sends a text and waits for its end, so long.
    pub fn send(&self, text: &str, timeout: &str) -> Output {
        let words = ["send", self.agent, "--verify", "--json", "--timeout", timeout, "--", text];
        self.fleet.mosaic(&words)
    }

    /// What it was given, in its order.
    pub fn given(&self) -> Vec<String> {
        texts(&record(self.fleet, self.agent))
    }

    /// Why messages came back, in their order.
    pub fn returns(&self) -> Vec<String> {
        let events = self.fleet.events();
        let ours = events.iter().filter(|event| event["agent"] == self.agent);
        let returns = ours.filter(|event| event["type"] == "message.returned");
        returns.map(|event| event["payload"]["reason"].as_str().unwrap().to_owned()).collect()
    }
}

/// The message that a send tells of.
pub fn told(sent: &Output) -> Value {
    serde_json::from_str(&sent.stdout).unwrap_or_else(|_| panic!("{sent:?}"))
}

/// A control client that asks for a pause.
struct Reader {
    child: Child,
    out: std::path::PathBuf,
}

impl Reader {
    fn of(stage: &Stage<'_>) -> Self {
        let out = stage.fleet.workspace().join("control");
        let file = std::fs::File::create(&out).unwrap();
        let mut command = Command::new("tmux");
        command.args(["-N", "-C", "-S"]).arg(stage.fleet.state("tmux.sock"));
        command.args(["attach", "-f", "ignore-size,pause-after=1", "-t", &stage.pane]);
        command.args([";", "refresh-client", "-A", &format!("{}:pause", stage.pane)]);
        command.env_remove("TMUX").stdin(Stdio::piped()).stdout(file).stderr(Stdio::null());
        Self { child: command.spawn().unwrap(), out }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.out).unwrap_or_default()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The only child of a process, once it is there.
#[track_caller]
pub fn child_of(parent: u32) -> u32 {
    other_child_of(parent, 0)
}

/// The only child of a process beside this one.
#[track_caller]
pub fn other_child_of(parent: u32, beside: u32) -> u32 {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let mut found = None;
    wait_until("a child", LONG, || {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let pids = text.split_whitespace().map(|pid| pid.parse::<u32>().unwrap());
        found = pids.into_iter().find(|pid| *pid != beside);
        found.is_some()
    });
    found.unwrap()
}
