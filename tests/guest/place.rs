//! A private directory, a private tmux server, and panes in it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::supervisor::{DEADLINE, Guest, Supervisor, wait_for};

pub const MOSAIC: &str = env!("CARGO_BIN_EXE_mosaic");

/// A place of its own for one test.
pub struct Place {
    directory: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { directory: TempDir::with_prefix("mosaic-guest-").unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// Runs a tmux command on the private server; the first one starts it.
    pub fn tmux(&self, words: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-u", "-S", &self.text("tmux.sock"), "-f", "/dev/null"])
            .args(words)
            .env_remove("TMUX")
            .output()
            .unwrap();
        assert!(output.status.success(), "tmux {words:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// A window of 80 by 24 with this program in it.
    pub fn window(&self, program: &[&str]) -> Pane<'_> {
        let new =
            ["new-session", "-d", "-P", "-F", "#{pane_id} #{pane_pid}", "-x", "80", "-y", "24"];
        let made = self.tmux(&[&new, program].concat());
        let (id, pid) = made.split_once(' ').unwrap();
        self.tmux(&["set-option", "-w", "-t", id, "remain-on-exit", "on"]);
        Pane { place: self, id: id.to_owned(), pid: pid.parse().unwrap() }
    }

    /// A window with pane-exec in it.
    pub fn pane(&self) -> Pane<'_> {
        let (socket, exits) = (self.text("guest.sock"), self.text("exits"));
        self.window(&[MOSAIC, "pane-exec", "ada", "--socket", &socket, "--exits", &exits])
    }

    /// A pane, and the supervisor that has welcomed it.
    pub fn served(&self) -> (Pane<'_>, Supervisor, Guest) {
        let mut supervisor = Supervisor::listen(&self.path("guest.sock"));
        let pane = self.pane();
        let guest = supervisor.welcome("pane");
        (pane, supervisor, guest)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let tmux = |words: &[&str]| {
            let socket = self.text("tmux.sock");
            Command::new("tmux").args(["-N", "-S", &socket]).args(words).output()
        };
        let panes = tmux(&["list-panes", "-a", "-F", "#{pane_pid}"]);
        let panes = panes.map_or_else(|_| Vec::new(), |said| said.stdout);
        let _none_was_started = tmux(&["kill-server"]);
        // A pane ends its agent and writes that down: into the directory that is removed next.
        let until = Instant::now() + DEADLINE;
        for pid in String::from_utf8_lossy(&panes).lines().filter_map(|pid| pid.parse().ok()) {
            while state_of(pid).is_some_and(|state| state != 'Z') && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// A pane of the private server.
pub struct Pane<'a> {
    place: &'a Place,
    pub id: String,
    pub pid: u32,
}

impl Pane<'_> {
    pub fn screen(&self) -> String {
        self.place.tmux(&["capture-pane", "-p", "-t", &self.id])
    }

    /// Screen and history.
    pub fn all_lines(&self) -> String {
        self.place.tmux(&["capture-pane", "-p", "-S", "-", "-t", &self.id])
    }

    pub fn ask(&self, format: &str) -> String {
        self.place.tmux(&["display-message", "-p", "-t", &self.id, format])
    }

    pub fn keys(&self, keys: &[&str]) {
        self.place.tmux(&[&["send-keys", "-t", &self.id], keys].concat());
    }

    /// A bracketed paste, as a sender makes it.
    pub fn paste(&self, text: &str) {
        let file = self.place.path("paste");
        fs::write(&file, text).unwrap();
        self.place.tmux(&["load-buffer", "-b", "one", file.to_str().unwrap()]);
        self.place.tmux(&["paste-buffer", "-p", "-r", "-d", "-b", "one", "-t", &self.id]);
    }

    pub fn shows(&self, text: &str) -> String {
        wait_for(&format!("{text:?} on the screen"), || {
            Some(self.screen()).filter(|screen| screen.contains(text))
        })
    }

    pub fn is_dead(&self) -> bool {
        self.ask("#{pane_dead}") == "1"
    }
}

/// GO for a program, with an id that no other test may use: whoever carries it is ended with it;
/// with the environment that an agent has at least.
pub fn go(session: &str, argv: &[&str]) -> Value {
    json!({
        "type": "go", "session": session, "argv": argv, "cwd": "/",
        "env": [["PATH", "/usr/local/bin:/usr/bin:/bin"], ["TERM", "tmux-256color"],
            ["LANG", "C.UTF-8"], ["MOSAIC_SESSION", session]],
    })
}

/// GO for a line of shell.
pub fn shell(session: &str, line: &str) -> Value {
    go(session, &["sh", "-c", line])
}

/// GO with more environment.
pub fn with(mut go: Value, pairs: &[(&str, &str)]) -> Value {
    let pairs = pairs.iter().map(|(name, value)| json!([name, value]));
    go["env"].as_array_mut().unwrap().extend(pairs);
    go
}

/// The third field of `/proc/PID/stat`; `None` when there is no such process.
pub fn state_of(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.chars().next()
}

/// Living processes that carry this session's mark.
pub fn marked(session: &str) -> BTreeSet<u32> {
    let mark = format!("MOSAIC_SESSION={session}");
    let pids = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        fs::read(format!("/proc/{pid}/environ"))
            .is_ok_and(|text| text.split(|byte| *byte == 0).any(|pair| pair == mark.as_bytes()))
    })
    .collect()
}
