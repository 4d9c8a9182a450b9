//! `watch` on a real terminal and into a pipe.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::fake::{Fake, Seen, row, wait_until};
use crate::jobs;
use crate::need::need;
use crate::terminal::Terminal;

/// Feeds the newest watcher.
#[derive(Clone, Default)]
struct Feed(Arc<Mutex<Option<mpsc::UnboundedSender<Bytes>>>>);

impl Feed {
    fn router(&self) -> Router {
        let feed = self.0.clone();
        Router::new().route(
            "/v1/agents/ada/watch",
            get(move || {
                let (sender, receiver) = mpsc::unbounded_channel::<Bytes>();
                *feed.lock().unwrap() = Some(sender);
                let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
                    receiver.recv().await.map(|bytes| (bytes, receiver))
                });
                async { Body::from_stream(stream.map(Ok::<_, std::convert::Infallible>)) }
            }),
        )
    }

    fn is_watched(&self) -> bool {
        self.0.lock().unwrap().is_some()
    }

    fn bytes(&self, bytes: &[u8]) {
        let feed = self.0.lock().unwrap();
        feed.as_ref().unwrap().send(Bytes::copy_from_slice(bytes)).unwrap();
    }

    fn frame(&self, frame: &Value) {
        self.bytes(format!("{frame}\n").as_bytes());
    }

    fn screen(&self, columns: u16, rows: u16, paint: &str) {
        let paint = STANDARD.encode(paint);
        self.frame(&json!({"type": "screen", "columns": columns, "rows": rows, "paint": paint}));
    }

    fn output(&self, bytes: &str) {
        self.frame(&json!({"type": "output", "bytes": STANDARD.encode(bytes)}));
    }

    fn end(&self) {
        *self.0.lock().unwrap() = None;
    }
}

fn watching(columns: u16, rows: u16) -> (Feed, Seen, Fake, Terminal) {
    let (feed, seen) = (Feed::default(), Seen::default());
    let fake = Fake::serving(seen.noting(feed.router()));
    let terminal = Terminal::running(fake.home.path(), (columns, rows), "", "watch ada");
    wait_until("a watcher", || feed.is_watched());
    feed.frame(&json!({"type": "status", "row": row("ada")}));
    (feed, seen, fake, terminal)
}

#[test]
fn a_watch_shows_the_screen_live_and_gives_the_terminal_back() {
    if !need("tmux") {
        return;
    }
    let (feed, seen, _fake, terminal) = watching(70, 8);
    feed.screen(40, 6, "hello\r\n");
    terminal.shows("hello");
    // The age between them goes on.
    terminal.shows("ada · healthy · ");
    terminal.shows("s ago · 40x6 · idle · ? keys · q quits");
    assert!(terminal.is_alternate());
    feed.output("and \x1b[31mmore");
    terminal.shows("and more");
    terminal.press(&["x", "Enter", "C-u"]);
    feed.frame(&json!({"type": "gone", "reason": "the pane closed"}));
    terminal.shows("pane gone: the pane closed; waiting for the next");
    feed.screen(40, 6, "second life");
    terminal.shows("second life");
    assert!(!terminal.screen().contains("pane gone"), "{}", terminal.screen());
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
    assert!(terminal.screen().starts_with("before"), "{}", terminal.screen());
    assert!(!terminal.is_alternate());
    assert_eq!(seen.lines(), ["GET /v1/agents/ada/watch"], "nothing pressed reaches the agent");
}

#[test]
fn a_larger_screen_is_cropped_with_a_mark_and_the_arrows_pan() {
    if !need("tmux") {
        return;
    }
    let (feed, _seen, _fake, terminal) = watching(80, 5);
    feed.screen(100, 8, "1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\nlast line\x1b[1;95Hright\x1b[H");
    terminal.shows("cropped at 0,0 ↓→: arrows pan");
    assert!(!terminal.screen().contains("last line"));
    terminal.press(&["Down", "Down", "Down", "Down"]);
    terminal.shows("last line");
    terminal.shows("cropped at 0,4");
    terminal.resize(120, 12);
    terminal.shows("right");
    terminal.shows("· idle · ? keys · q quits");
    assert!(!terminal.screen().contains("cropped"), "{}", terminal.screen());
}

#[test]
fn ctrl_c_and_sigterm_give_the_terminal_back_too() {
    if !need("tmux") {
        return;
    }
    let (feed, _seen, _fake, terminal) = watching(70, 8);
    feed.screen(40, 6, "hello");
    terminal.shows("hello");
    terminal.press(&["C-c"]);
    terminal.shows("[ended 130]");
    assert!(!terminal.is_alternate());
    drop(terminal);
    let (feed, _seen, _fake, terminal) = watching(70, 8);
    feed.screen(40, 6, "hello");
    terminal.shows("hello");
    let program = Pid::from_raw(terminal.program());
    kill(program, Signal::SIGTERM).unwrap();
    terminal.shows("[ended 143]");
    assert!(!terminal.is_alternate());
}

#[test]
fn however_a_watch_ends_the_terminal_is_whole() {
    if !need("tmux") {
        return;
    }
    for (signal, code) in [(Signal::SIGHUP, 143), (Signal::SIGTERM, 143), (Signal::SIGINT, 130)] {
        let (feed, _seen, _fake, terminal) = watching(70, 8);
        feed.screen(40, 6, "\x1b[?25l\x1b[?1002h\x1b[31mhello");
        terminal.shows("hello");
        kill(Pid::from_raw(terminal.program()), signal).unwrap();
        terminal.shows(&format!("[ended {code}]"));
        assert!(!terminal.is_alternate() && terminal.screen().contains("before"), "{signal}");
        assert_eq!(terminal.flags(), "0 0 1", "{signal}: no mouse is told, the cursor is seen");
        assert!(terminal.is_cooked(), "{signal}");
    }
}

#[test]
fn a_watch_is_stopped_and_brought_back_by_a_shell_with_jobs() {
    if !need("tmux") {
        return;
    }
    let verb = jobs::line("watch ada");
    for by in jobs::WAYS {
        let (feed, seen) = (Feed::default(), Seen::default());
        let fake = Fake::serving(seen.noting(feed.router()));
        let terminal = Terminal::running(fake.home.path(), (70, 12), "set -m;", &verb);
        wait_until("a watcher", || feed.is_watched());
        feed.screen(40, 6, "\x1b[?25lhello");
        jobs::stopped_and_brought_back(&terminal, by, "hello");
    }
}

#[test]
fn the_window_is_called_as_the_agent_while_it_is_watched() {
    if !need("tmux") {
        return;
    }
    let (feed, seen) = (Feed::default(), Seen::default());
    let fake = Fake::serving(seen.noting(feed.router()));
    let terminal =
        Terminal::running(fake.home.path(), (70, 8), "printf '\\033]2;mine\\007';", "watch ada");
    wait_until("a watcher", || feed.is_watched());
    feed.screen(40, 6, "hello");
    wait_until("the name of the agent", || terminal.title() == "ada");
    let named = json!({"type": "output", "bytes": "", "title": "build \u{1b}]0;owned\u{7}"});
    feed.frame(&named);
    wait_until("the name of its window", || terminal.title().starts_with("ada: build "));
    assert!(!terminal.title().contains('\u{1b}'), "{:?}", terminal.title());
    terminal.press(&["q"]);
    terminal.shows("[ended 0]");
    assert_eq!(terminal.title(), "mine", "it has its own name back");
}

#[test]
fn a_supervisor_that_is_restarted_is_found_again() {
    if !need("tmux") {
        return;
    }
    let (feed, _seen, _fake, terminal) = watching(70, 8);
    feed.screen(40, 6, "hello");
    terminal.shows("hello");
    feed.end();
    wait_until("the next watch", || feed.is_watched());
    feed.screen(40, 6, "here again");
    terminal.shows("here again");
}

#[test]
fn a_pipe_gets_the_raw_stream() {
    let (feed, seen) = (Feed::default(), Seen::default());
    let fake = Fake::serving(seen.noting(feed.router()));
    let out = fake.home.path().join("out");
    let child = fake
        .command(&["agent", "watch", "ada"])
        .stdout(std::fs::File::create(&out).unwrap())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("a watcher", || feed.is_watched());
    feed.bytes(b"\x1b[2Jraw \xff bytes");
    wait_until("the bytes", || std::fs::read(&out).unwrap() == b"\x1b[2Jraw \xff bytes");
    feed.end();
    let output = fake.ended(child);
    assert_eq!(output.code, 3, "{output:?}");
    assert_eq!(seen.lines(), ["GET /v1/agents/ada/watch?raw=true"]);
}
