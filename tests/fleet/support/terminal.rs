//! A real terminal for the program: a pane of a tmux server of our own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Longer than anything on a terminal takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(20);

/// A terminal with a program in it.
pub struct Terminal {
    socket: PathBuf,
}

impl Terminal {
    /// Runs the program on a terminal of this size, for the fleet in this home; `[ended N]`
    /// follows it. `before` are assignments of the environment.
    pub fn running(home: &Path, size: (u16, u16), before: &str, verb: &str) -> Self {
        let program = env!("CARGO_BIN_EXE_mosaic");
        let line = format!("{before} MOSAIC_HOME='{}' '{program}' {verb}", home.display());
        Self::with(home, size, &line)
    }

    /// Runs a line of the shell instead.
    pub fn with(home: &Path, (columns, rows): (u16, u16), line: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let socket = home.join(format!("t{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        let line =
            format!("printf 'before\\n'; {line}; printf '[ended %s]\\n' $?; exec sleep 1000",);
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
        let started = Instant::now();
        while !self.screen().contains(text) {
            assert!(started.elapsed() < DEADLINE, "no {text:?} in:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Presses keys by their tmux names.
    pub fn press(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Types bytes as a terminal sends them.
    pub fn type_bytes(&self, bytes: &str) {
        let hexadecimal: Vec<String> = bytes.bytes().map(|byte| format!("{byte:02x}")).collect();
        let hexadecimal: Vec<&str> = hexadecimal.iter().map(String::as_str).collect();
        self.tmux(&[&["send-keys", "-H"], hexadecimal.as_slice()].concat());
    }

    /// Writes over what stands on it, as another program would.
    pub fn spoil(&self) {
        let path = self.tmux(&["display", "-p", "#{pane_tty}"]).trim().to_owned();
        std::fs::write(path, "\x1b[H\x1b[2Jspoiled").unwrap();
    }

    /// Whether the mouse is told, in which two ways, and whether the cursor is seen.
    pub fn flags(&self) -> String {
        let format = "#{mouse_standard_flag} #{mouse_sgr_flag} #{cursor_flag}";
        self.tmux(&["display", "-p", format]).trim().to_owned()
    }

    /// Whether its line discipline echoes and gathers lines, as a shell wants it.
    pub fn is_cooked(&self) -> bool {
        let tty = self.tmux(&["display", "-p", "#{pane_tty}"]);
        let modes = Command::new("stty").args(["-F", tty.trim(), "-a"]).output();
        let modes = String::from_utf8(modes.unwrap().stdout).unwrap();
        ["echo", "icanon", "isig"]
            .iter()
            .all(|mode| modes.split_whitespace().any(|word| word == *mode))
    }

    /// What its window is called.
    pub fn title(&self) -> String {
        self.tmux(&["display", "-p", "#{pane_title}"]).trim().to_owned()
    }

    /// Gives it another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tmux(&["resize-window", "-x", &columns, "-y", &rows]);
    }

    /// Writes what the program draws from now on into a file.
    pub fn pipe(&self, into: &Path) {
        self.tmux(&["pipe-pane", &format!("cat > '{}'", into.display())]);
    }

    /// Hangs it up.
    pub fn hang_up(&self) {
        self.tmux(&["kill-server"]);
    }

    /// The socket of its tmux server.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The process of its tmux server.
    pub fn server(&self) -> i32 {
        self.tmux(&["display", "-p", "#{pid}"]).trim().parse().unwrap()
    }

    /// Whether the alternate screen is on.
    pub fn is_alternate(&self) -> bool {
        self.tmux(&["display", "-p", "#{alternate_on}"]).trim() == "1"
    }

    /// The program's own process.
    pub fn program(&self) -> i32 {
        let shell = self.tmux(&["display", "-p", "#{pane_pid}"]).trim().to_owned();
        let started = Instant::now();
        loop {
            let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"));
            let child = children.ok().and_then(|text| text.split_whitespace().next()?.parse().ok());
            if let Some(child) = child {
                return child;
            }
            assert!(started.elapsed() < DEADLINE, "the program has no process");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-u", "-f", "/dev/null", "-S"])
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
