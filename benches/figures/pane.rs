//! What pane-exec adds to a start: the same program in a new window, behind it and without it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::json;

use super::support::LONG;
use super::{Figure, percentile};

/// Starts of each kind, by turns.
const ROUNDS: usize = 61;

/// The last program's end is over by then.
const APART: Duration = Duration::from_millis(30);

pub fn figures() -> Vec<Figure> {
    let place = tempfile::Builder::new().prefix("mo").tempdir_in("/tmp").unwrap();
    let begun = pipe(&place.path().join("up"));
    let program = format!("echo up > {}; exec sleep 1000", place.path().join("up").display());
    supervise(&place.path().join("guest.sock"), &program);
    fs::create_dir(place.path().join("exits")).unwrap();
    let tmux = place.path().join("tmux.sock");
    window(&tmux, &["new-session", "-d", "sleep", "1000"]);
    let exec: PathBuf = env!("CARGO_BIN_EXE_mosaic").into();
    let text = |path: PathBuf| path.to_str().unwrap().to_owned();
    let (socket, exits) = (text(place.path().join("guest.sock")), text(place.path().join("exits")));
    let behind = [&*text(exec), "pane-exec", "ada", "--socket", &socket, "--exits", &exits]
        .map(str::to_owned);
    let without = ["sh", "-c", &program].map(str::to_owned);
    let (mut plain, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(start(&tmux, &without, &begun));
        ours.push(start(&tmux, &behind, &begun));
    }
    window(&tmux, &["kill-server"]);
    let (plain, ours) = (percentile(&mut plain, 50), percentile(&mut ours, 50));
    vec![Figure {
        what: "a program in a new window, behind pane-exec".to_owned(),
        median: format!("{ours:.1} ms"),
        beside: format!("{:.1} ms more than without ({plain:.1} ms)", ours - plain),
    }]
}

/// Tells when somebody has written into it.
fn pipe(path: &Path) -> Receiver<Instant> {
    mkfifo(path, Mode::from_bits_truncate(0o600)).unwrap();
    let (path, (say, begun)) = (path.to_owned(), channel());
    std::thread::spawn(move || {
        while let Ok(said) = fs::read(&path) {
            if !said.is_empty() && say.send(Instant::now()).is_err() {
                return;
            }
        }
    });
    begun
}

/// Milliseconds from the order to the program's first word.
fn start(tmux: &Path, words: &[String], begun: &Receiver<Instant>) -> f64 {
    std::thread::sleep(APART);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let ordered = Instant::now();
    window(tmux, &[&["new-window", "-d"], &words[..]].concat());
    let up = begun.recv_timeout(LONG).expect("it starts");
    up.duration_since(ordered).as_secs_f64() * 1000.0
}

fn window(tmux: &Path, words: &[&str]) {
    let mut command = Command::new("tmux");
    command.arg("-S").arg(tmux).args(["-f", "/dev/null"]).args(words).env_remove("TMUX");
    assert!(command.status().unwrap().success());
}

/// A supervisor that gives GO to whoever says hello.
fn supervise(socket: &Path, program: &str) {
    let listener = UnixListener::bind(socket).unwrap();
    let go = json!({
        "type": "go", "session": "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "cwd": "/tmp",
        "argv": ["sh", "-c", program], "env": [["PATH", "/usr/bin:/bin"]],
    });
    std::thread::spawn(move || {
        let mut guests: Vec<UnixStream> = Vec::new();
        while let Ok((mut guest, _)) = listener.accept() {
            let mut hello = String::new();
            BufReader::new(guest.try_clone().unwrap()).read_line(&mut hello).unwrap();
            write!(guest, "{}\n{go}\n", json!({"type": "welcome", "v": 1})).unwrap();
            guests.push(guest);
        }
    });
}
