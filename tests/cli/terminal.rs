//! A real terminal for the program: a pane of a tmux server of our own.

use std::path::PathBuf;
use std::process::Command;

use crate::fake::{Fake, wait_until};

/// A terminal with a program in it.
pub struct Terminal {
    socket: PathBuf,
}

impl Terminal {
    /// Whether there can be one; without tmux it says that a test is skipped, and in CI it fails.
    pub fn is_there() -> bool {
        let found = Command::new("tmux").arg("-V").output().is_ok_and(|said| said.status.success());
        if !found {
            assert!(std::env::var_os("CI").is_none(), "CI without tmux");
            println!("SKIP: no tmux");
        }
        found
    }

    /// Runs the program on a terminal of this size; `[ended N]` follows it.
    pub fn running(fake: &Fake, columns: u16, rows: u16, arguments: &str) -> Self {
        Self::running_with(fake, columns, rows, "", arguments)
    }

    /// The same, with assignments of the environment.
    pub fn running_with(
        fake: &Fake,
        columns: u16,
        rows: u16,
        environment: &str,
        arguments: &str,
    ) -> Self {
        let socket = fake.home.path().join("tmux");
        let program = env!("CARGO_BIN_EXE_mosaic");
        let home = fake.home.path().display();
        let line = format!(
            "printf 'before\\n'; {environment} MOSAIC_HOME={home} '{program}' {arguments}; \
             printf '[ended %s]\\n' $?; exec sleep 1000"
        );
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let terminal = Self { socket };
        terminal.tmux(&["new-session", "-d", "-x", &columns, "-y", &rows, "sh", "-c", &line]);
        terminal.tmux(&["set", "-g", "status", "off"]);
        terminal
    }

    /// What stands on it.
    pub fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p"]).trim_end().to_owned()
    }

    /// The same with the escape sequences of its colours.
    pub fn coloured(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    /// Waits until this stands on it.
    pub fn shows(&self, text: &str) {
        let started = std::time::Instant::now();
        while !self.screen().contains(text) {
            let late = started.elapsed() > std::time::Duration::from_secs(20);
            assert!(!late, "no {text:?} in:\n{}", self.screen());
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Presses keys by their tmux names.
    pub fn press(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Gives it another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tmux(&["resize-window", "-x", &columns, "-y", &rows]);
    }

    /// Hangs it up.
    pub fn hang_up(&self) {
        self.tmux(&["kill-server"]);
    }

    /// Whether the alternate screen is on.
    pub fn is_alternate(&self) -> bool {
        self.tmux(&["display", "-p", "#{alternate_on}"]).trim() == "1"
    }

    /// The program's own process.
    pub fn program(&self) -> i32 {
        let shell = self.tmux(&["display", "-p", "#{pane_pid}"]).trim().to_owned();
        let mut found = None;
        wait_until("the program's process", || {
            let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
            found = children.ok().and_then(|text| text.split_whitespace().next()?.parse().ok());
            found.is_some()
        });
        found.unwrap()
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-f", "/dev/null", "-S"])
            .arg(&self.socket)
            .args(arguments)
            .env_remove("TMUX")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.hang_up();
    }
}
