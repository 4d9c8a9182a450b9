//! Watching: what is painted, what ends it, and that it leaves no trace.

use std::fs;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{DEADLINE, Fixture, eventually};
use crate::fleet::Pane;
use crate::host::tmux::paint::paint_rows;
use crate::host::tmux::{Look, Tmux, WatchPiece};
use crate::terminal::emulator::{Colour, Emulator, Letters, Mouse};

/// A terminal at the other end of a watch.
pub(super) struct Watcher {
    pieces: mpsc::Receiver<WatchPiece>,
    pub(super) terminal: Emulator,
    pub(super) screens: usize,
    /// All since the last screen.
    pub(super) painted: Vec<u8>,
    /// How many bytes have come altogether.
    pub(super) bytes: usize,
    /// What the program calls its window.
    pub(super) title: String,
}

impl Watcher {
    pub(super) async fn new(tmux: &Tmux, pane: &Pane) -> Self {
        Self::of(tmux, pane, Look::Frames).await
    }

    pub(super) async fn of(tmux: &Tmux, pane: &Pane, look: Look) -> Self {
        let pieces = tmux.watch(pane, look).await.unwrap();
        let terminal = Emulator::new(7, 3, Letters::default());
        Self { pieces, terminal, screens: 0, painted: Vec::new(), bytes: 0, title: String::new() }
    }

    /// Takes one piece; the reason when that is the end.
    pub(super) async fn take(&mut self) -> Option<String> {
        let piece = timeout(DEADLINE, self.pieces.recv()).await;
        let piece = piece.unwrap_or_else(|_| {
            let shown = self.terminal.screen().text();
            panic!("no piece in time after {} bytes, {:?} and\n{shown}", self.bytes, self.title)
        });
        match piece.unwrap_or(WatchPiece::Gone("the channel ended".to_owned())) {
            WatchPiece::Screen { columns, rows, paint, tmux } => {
                self.screens += 1;
                self.bytes += paint.len();
                self.terminal = Emulator::new(columns, rows, Letters::of(&tmux));
                self.terminal.process(&paint);
                self.painted = paint;
                None
            }
            WatchPiece::Output(bytes) => {
                self.bytes += bytes.len();
                self.terminal.process(&bytes);
                self.painted.extend(bytes);
                None
            }
            WatchPiece::Title(title) => {
                self.title = title;
                None
            }
            WatchPiece::Gone(reason) => Some(reason),
        }
    }

    /// Takes a piece that comes within a second or two; false when none does.
    pub(super) async fn take_soon(&mut self) -> bool {
        timeout(std::time::Duration::from_secs(2), self.take()).await == Ok(None)
    }

    pub(super) async fn until(&mut self, text: &str) {
        while !self.terminal.screen().text().contains(text) {
            assert_eq!(self.take().await, None, "it ended before {text:?}");
        }
    }

    pub(super) fn rows(&self) -> Vec<String> {
        self.terminal.screen().text().lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_cursor_that_hangs_behind_the_last_column_of_a_region_hangs_there() {
    let fixture = Fixture::new().await;
    let script = "stty raw -echo; printf '\\033[3;9r\\033[?6h\\033[2;1H%080d' 7; exec cat";
    let pane = fixture.pane("ada", script).await;
    fixture.shows(&pane, "0007").await;
    for look in [Look::Bytes, Look::Frames] {
        let mut watcher = Watcher::of(&fixture.tmux, &pane, look).await;
        watcher.until("0007").await;
        assert_eq!(watcher.terminal.screen().cursor(), (80, 3), "{look:?}");
    }
}

#[test]
fn lines_and_corners_stand_in_a_link_and_its_address_stays() {
    let row = b"\x0e\x1b]8;;http://a.test/mqx\x1b\\\x1b[31mqx\x1b]8;;\x1b\\q\x0fq".to_vec();
    let painted = String::from_utf8(paint_rows(&[row])).unwrap();
    let wanted = "\x1b]8;;http://a.test/mqx\x1b\\\x1b[31m─│\x1b]8;;\x1b\\─q";
    assert!(painted.contains(wanted), "{painted:?}");
}

#[tokio::test]
async fn a_screen_is_painted_with_colours_modes_and_what_lies_below() {
    for look in [Look::Bytes, Look::Frames] {
        paints(look).await;
    }
}

async fn paints(look: Look) {
    let fixture = Fixture::new().await;
    let script = "stty raw -echo; printf 'below\\033[?1049h\\033[2J\\033[1;1H\\033[41mred\\r\\nred too\\033[0m\
        \\033[?1h\\033[?1002h\\033[?25l\\033(0qx\\033(B\\033[5;1Hready\\033[3'; exec cat";
    let pane = fixture.pane("ada", script).await;
    fixture.shows(&pane, "ready").await;
    let mut watcher = Watcher::of(&fixture.tmux, &pane, look).await;
    watcher.until("ready").await;
    let screen = watcher.terminal.screen();
    assert_eq!(screen.size(), (80, 24));
    for (row, column) in [(0, 0), (1, 0), (1, 6)] {
        let colour = screen.cell(column, row).unwrap().pen.paper;
        assert_eq!(colour, Colour::Index(1), "{row},{column}");
    }
    assert_eq!(watcher.rows()[1], "red too─│");
    let modes = screen.modes();
    assert!(screen.is_alternate() && modes.has_application_cursor && !modes.shows_cursor);
    assert_eq!(modes.mouse, Mouse::Drags);
    // The sequence that was half written is finished by what comes: no `3` and no `;` is seen.
    fixture.tmux.press(&pane.id, b";3Hx\x1b[?1049l", None).await.unwrap();
    watcher.until("below").await;
    assert_eq!(watcher.rows(), fixture.tmux.screen(&pane.id).await.unwrap());
}

#[tokio::test]
async fn a_cursor_behind_the_last_column_wraps_for_the_watcher_too() {
    let fixture = Fixture::new().await;
    let script = "stty raw -echo; printf '%080d' 7; exec cat";
    let pane = fixture.pane("ada", script).await;
    fixture.shows(&pane, "7").await;
    let mut watcher = Watcher::of(&fixture.tmux, &pane, Look::Bytes).await;
    watcher.until("7").await;
    fixture.tmux.press(&pane.id, b"wrapped", None).await.unwrap();
    watcher.until("wrapped").await;
    assert_eq!(watcher.rows(), fixture.tmux.screen(&pane.id).await.unwrap());
    assert_eq!(watcher.rows()[1], "wrapped");
}

#[tokio::test]
async fn a_new_size_comes_as_a_new_screen() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "echo ready; exec cat").await;
    let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
    watcher.until("ready").await;
    fixture.tmux.set_size(&pane.window, 50, 12).await.unwrap();
    while watcher.terminal.screen().size() != (50, 12) {
        assert_eq!(watcher.take().await, None);
    }
    fixture.tmux.press(&pane.id, b"still here", None).await.unwrap();
    watcher.until("still here").await;
}

#[tokio::test]
async fn a_ground_that_tmux_does_not_tell_stays_when_the_screen_is_checked() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "stty raw -echo; echo ready; exec cat").await;
    fixture.shows(&pane, "ready").await;
    let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
    watcher.until("ready").await;
    let reads = async || fixture.client(&["show-messages"]).await.matches("capture-pane").count();
    let before = reads().await;
    fixture.tmux.press(&pane.id, b"\x1b[5;1H\x1b[44mblue\x1b[K", None).await.unwrap();
    watcher.until("blue").await;
    eventually("a look whether it is right", async || reads().await > before).await;
    // Whoever comes now is shown what the one before is shown.
    let mut late = Watcher::new(&fixture.tmux, &pane).await;
    late.until("blue").await;
    let paper = late.terminal.screen().cell(70, 4).unwrap().pen.paper;
    assert_eq!(paper, Colour::Index(4));
}

/// The windows of our view.
async fn in_view(fixture: &Fixture) -> Vec<String> {
    let windows = ["list-windows", "-t", "=mosaic-view", "-F", "#{window_id}"];
    fixture.client(&windows).await.lines().map(str::to_owned).collect()
}

fn memory_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn after_the_last_watcher_tmux_keeps_nothing_and_a_new_one_sees_all() {
    let fixture = Fixture::new().await;
    let script = "stty raw -echo; echo ready; head -c 1 >go; yes 0123456789 | head -c 30000000; \
                  printf '\\r\\nTHE END'; exec cat";
    let pane = fixture.pane("ada", script).await;
    let mut one = Watcher::new(&fixture.tmux, &pane).await;
    let mut other = Watcher::new(&fixture.tmux, &pane).await;
    one.until("ready").await;
    other.until("ready").await;
    assert_eq!(in_view(&fixture).await.len(), 2);
    drop(one);
    fixture.tmux.press(&pane.id, b"x", None).await.unwrap();
    other.until("0123456789").await;
    assert!(in_view(&fixture).await.contains(&pane.window), "unlinked while one still watches");
    drop(other);
    eventually("no link", async || !in_view(&fixture).await.contains(&pane.window)).await;
    let before = memory_kib(fixture.tmux.server_pid());
    fixture.shows(&pane, "THE END").await;
    let after = memory_kib(fixture.tmux.server_pid());
    assert!(after < before + 8000, "{before} KiB grew to {after} KiB");
    let mut again = Watcher::new(&fixture.tmux, &pane).await;
    again.until("THE END").await;
    assert_eq!(again.rows(), fixture.tmux.screen(&pane.id).await.unwrap());
    fixture.tmux.press(&pane.id, b" AND MORE", None).await.unwrap();
    again.until("AND MORE").await;
}

#[tokio::test]
async fn the_end_of_a_pane_or_of_the_server_is_the_end_of_the_watch() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "echo ready; exec cat").await;
    let other = fixture.pane("bob", "echo ready; exec cat").await;
    let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
    let mut of_other = Watcher::new(&fixture.tmux, &other).await;
    watcher.until("ready").await;
    of_other.until("ready").await;
    fixture.tmux.close_window(&pane.window).await.unwrap();
    let reason = loop {
        if let Some(reason) = watcher.take().await {
            break reason;
        }
    };
    assert_eq!(reason, format!("pane {} is gone", pane.id));
    let mut of_gone = Watcher::new(&fixture.tmux, &pane).await;
    assert_eq!(of_gone.take().await, Some(reason));
    super::end(fixture.tmux.server_pid());
    while of_other.take().await.is_none() {}
}

#[tokio::test]
async fn a_watch_outlives_the_loss_of_the_agents_own_session() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "echo ready; exec cat").await;
    let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
    watcher.until("ready").await;
    fixture.client(&["kill-session", "-t", &pane.session]).await;
    fixture.tmux.press(&pane.id, b"still here", None).await.unwrap();
    watcher.until("still here").await;
    let panes = fixture.tmux.panes().await.unwrap();
    let seen = panes.iter().find(|seen| seen.id == pane.id).unwrap();
    assert_eq!((seen.agent.as_deref(), seen.role.as_deref()), (Some("ada"), None));
}

#[tokio::test]
async fn a_lost_view_ends_its_watches_and_the_next_one_makes_a_new_view() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "echo ready; exec cat").await;
    let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
    watcher.until("ready").await;
    fixture.client(&["kill-session", "-t", "=mosaic-view"]).await;
    while watcher.take().await.is_none() {}
    let mut again = Watcher::new(&fixture.tmux, &pane).await;
    again.until("ready").await;
}

#[tokio::test]
async fn what_a_killed_supervisor_left_linked_is_unlinked() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "exec cat").await;
    let other = fixture.pane("bob", "echo ready; exec cat").await;
    fixture.client(&["new-session", "-d", "-s", "mosaic-view", "cat", "-"]).await;
    fixture.client(&["link-window", "-d", "-s", &pane.window, "-t", "=mosaic-view:"]).await;
    let mut watcher = Watcher::new(&fixture.tmux, &other).await;
    watcher.until("ready").await;
    assert!(!in_view(&fixture).await.contains(&pane.window));
    assert!(fixture.tmux.panes().await.unwrap().iter().any(|seen| seen.id == pane.id));
}

#[tokio::test]
async fn watching_types_nothing_and_asks_nothing_while_nothing_changes() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "echo ready; exec cat >keys").await;
    // What is printed after the first screen is held against tmux's own once.
    fixture.shows(&pane, "ready").await;
    let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
    watcher.until("ready").await;
    // Tmux keeps a list of the commands that it ran, ours and this one among them.
    let number = async || {
        let messages = fixture.client(&["show-messages"]).await;
        let commands = messages.lines().filter(|line| line.contains(" command: "));
        commands.filter(|line| !line.ends_with(" show-messages")).count()
    };
    let before = number().await;
    assert!(before > 5, "only {before} commands are known");
    assert!(timeout(std::time::Duration::from_millis(300), watcher.take()).await.is_err());
    assert_eq!(number().await, before, "a command was run");
    assert_eq!(fs::read(fixture.path("keys")).unwrap(), b"");
    let size = ["display-message", "-p", "-t", &pane.id, "#{pane_width}x#{pane_height}"];
    assert_eq!(fixture.client(&size).await, "80x24");
}
