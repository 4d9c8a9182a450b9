//! Watching: exact, shared, bounded, and without a trace afterwards.

use std::fs;
use std::num::NonZero;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{DEADLINE, Fixture, eventually};
use crate::fleet::Pane;
use crate::host::tmux::{Tmux, WatchPiece};

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).unwrap()
}

/// A terminal at the other end of a watch.
struct Watcher {
    pieces: mpsc::Receiver<WatchPiece>,
    terminal: vt100::Parser,
    screens: usize,
    /// All since the last screen.
    painted: Vec<u8>,
}

impl Watcher {
    async fn new(tmux: &Tmux, pane: &Pane) -> Self {
        let pieces = tmux.watch(pane).await.unwrap();
        let terminal = vt100::Parser::new(cells(3), cells(7), 0);
        Self { pieces, terminal, screens: 0, painted: Vec::new() }
    }

    /// Takes one piece; the reason when that is the end.
    async fn take(&mut self) -> Option<String> {
        let piece = timeout(DEADLINE, self.pieces.recv()).await.expect("a piece in time");
        match piece.unwrap_or(WatchPiece::Gone("the channel ended".to_owned())) {
            WatchPiece::Screen { columns, rows, paint } => {
                self.screens += 1;
                self.terminal.screen_mut().set_size(cells(rows), cells(columns));
                self.terminal.process(&paint);
                self.painted = paint;
                None
            }
            WatchPiece::Output(bytes) => {
                self.terminal.process(&bytes);
                self.painted.extend(bytes);
                None
            }
            WatchPiece::Gone(reason) => Some(reason),
        }
    }

    async fn until(&mut self, text: &str) {
        while !self.terminal.screen().contents().contains(text) {
            assert_eq!(self.take().await, None, "it ended before {text:?}");
        }
    }

    fn rows(&self) -> Vec<String> {
        let (_, columns) = self.terminal.screen().size();
        let rows = self.terminal.screen().rows(0, columns.get());
        let mut rows: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows
    }
}

/// Draws all over the screen, in colours, with scrolling and both screens, and in the end writes
/// a last word. Output is cut at odd places.
const PAINTER: &str = r#"
stty raw -echo; read -r go <&0; awk 'BEGIN {
    srand(SEED); split("alpha beta gamma {json} #include 100% b\\c tab日本 Ünï", words, " ")
    for (n = 0; n < 4000; n++) {
        r = rand(); word = words[1 + int(rand() * 8)]
        if (r < .4) printf "\033[%d;%dH\033[%dm%s\033[0m", 1 + rand() * 24, 1 + rand() * 60, 31 + rand() * 7, word
        else if (r < .6) printf "line %d %s\r\n", n, word
        else if (r < .7) printf "\033[44m\033[K\033[0m%s", word
        else if (r < .75) printf "\033[%d;%dr", 1 + rand() * 8, 12 + rand() * 12
        else if (r < .8) printf "\033[%dL\033[%dM", 1 + rand() * 3, 1 + rand() * 3
        else if (r < .82) { alternate = !alternate; printf "\033[r\033[?1049%s", alternate ? "h" : "l" }
        else if (r < .9) printf "\033[%dm%s%s", 41 + rand() * 6, word, word
        else printf "\033[0m"
        if (rand() < .1) { fflush(); system("true") }
    }
    printf "\033[0m\033[r\033[24;1H\033[2KTHE END"
}'; exec cat
"#;

#[tokio::test]
async fn watchers_that_join_in_full_flow_see_the_agents_screen() {
    let fixture = Fixture::new().await;
    for seed in 1..=6 {
        let script = PAINTER.replace("SEED", &seed.to_string());
        let pane = fixture.pane(&format!("ada-{seed}"), &script).await;
        let mut first = Watcher::new(&fixture.tmux, &pane).await;
        fixture.tmux.press(&pane.id, b"\n").await.unwrap();
        let mut others = Vec::new();
        for _ in 0..5 {
            // The next one joins after something new was drawn.
            for _ in 0..3 {
                assert_eq!(first.take().await, None);
            }
            let mut other = Watcher::new(&fixture.tmux, &pane).await;
            others.push(tokio::spawn(async move {
                other.until("THE END").await;
                other
            }));
        }
        first.until("THE END").await;
        let mut watchers = vec![first];
        for other in others {
            watchers.push(timeout(DEADLINE, other).await.unwrap().unwrap());
        }
        // Terminals differ in small things, so that a pane of the same tmux judges.
        let screen = fixture.tmux.screen(&pane.id).await.unwrap();
        for (number, watcher) in watchers.iter().enumerate() {
            fs::write(fixture.path("replay"), &watcher.painted).unwrap();
            let script = "stty raw -echo; cat replay; touch replayed; exec cat";
            let replay = fixture.pane("replay", script).await;
            eventually("the replay", async || fixture.path("replayed").exists()).await;
            fixture.shows(&replay, "THE END").await;
            let seen = fixture.tmux.screen(&replay.id).await.unwrap();
            assert_eq!(seen, screen, "seed {seed}, watcher {number}");
            fixture.tmux.close_window(&replay.window).await.unwrap();
            fs::remove_file(fixture.path("replayed")).unwrap();
        }
    }
}

/// The text that a watcher has seen since its last screen, which it got as rows.
struct Reader {
    watcher: Watcher,
    text: String,
}

impl Reader {
    async fn new(tmux: &Tmux, pane: &Pane) -> Self {
        Self { watcher: Watcher::new(tmux, pane).await, text: String::new() }
    }

    /// Takes a piece; numbers must follow each other from the screen on into the output.
    async fn take(&mut self) {
        let screens = self.watcher.screens;
        let before = self.watcher.painted.len();
        assert_eq!(self.watcher.take().await, None);
        if self.watcher.screens == screens {
            let fresh = String::from_utf8_lossy(&self.watcher.painted[before..]);
            self.text.push_str(&fresh.replace('\r', ""));
        } else {
            let screen = self.watcher.terminal.screen();
            let rows: Vec<String> = screen.rows(0, 80).collect();
            self.text = rows[..=usize::from(screen.cursor_position().0)].join("\n");
        }
    }

    fn assert_contiguous(&self) {
        // The last line may be half a number.
        let text = self.text.rsplit_once('\n').map_or("", |(text, _)| text);
        let numbers: Vec<u32> = text.lines().filter_map(|line| line.parse().ok()).collect();
        for pair in numbers.windows(2).filter(|pair| pair[1] != pair[0] + 1) {
            panic!("{} is followed by {}", pair[0], pair[1]);
        }
    }
}

#[tokio::test]
async fn no_byte_is_lost_or_seen_twice_where_snapshot_and_stream_meet() {
    let fixture = Fixture::new().await;
    // The pane's terminal must be as fast as it can, or nothing comes while a snapshot is made.
    let script = "stty raw -echo; read -r go; seq 1000001 1400000 | sed 's/$/\r/'; \
                  printf 'THE END'; exec cat";
    let pane = fixture.pane("ada", script).await;
    let mut first = Reader::new(&fixture.tmux, &pane).await;
    first.take().await;
    fixture.tmux.press(&pane.id, b"\n").await.unwrap();
    let mut others = Vec::new();
    while !first.text.ends_with("THE END") {
        let mut other = Reader::new(&fixture.tmux, &pane).await;
        others.push(tokio::spawn(async move {
            // Long enough to be past the seam.
            for _ in 0..20 {
                if !other.text.ends_with("THE END") {
                    other.take().await;
                }
            }
            other.assert_contiguous();
            // More than what the screen held.
            other.text.lines().count() > 24
        }));
        for _ in 0..10 {
            if !first.text.ends_with("THE END") {
                first.take().await;
            }
        }
    }
    first.assert_contiguous();
    let mut in_flow = 0;
    for other in others {
        in_flow += usize::from(timeout(DEADLINE, other).await.unwrap().unwrap());
    }
    assert!(in_flow > 20, "only {in_flow} joined while output flowed");
}

#[tokio::test]
async fn a_screen_is_painted_with_colours_modes_and_what_lies_below() {
    let fixture = Fixture::new().await;
    let script = "stty raw -echo; printf 'below\\033[?1049h\\033[2J\\033[1;1H\\033[41mred\\r\\nred too\\033[0m\
        \\033[?1h\\033[?1002h\\033[?25l\\033(0qx\\033(B\\033[5;1Hready\\033[3'; exec cat";
    let pane = fixture.pane("ada", script).await;
    fixture.shows(&pane, "ready").await;
    let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
    watcher.until("ready").await;
    let screen = watcher.terminal.screen();
    assert_eq!(screen.size(), (cells(24), cells(80)));
    for (row, column) in [(0, 0), (1, 0), (1, 6)] {
        let colour = screen.cell(row, column).unwrap().bgcolor();
        assert_eq!(colour, vt100::Color::Idx(1), "{row},{column}");
    }
    assert_eq!(watcher.rows()[1], "red too─│");
    assert!(screen.alternate_screen() && screen.application_cursor() && screen.hide_cursor());
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::ButtonMotion);
    // The sequence that was half written is finished by what comes: no `3` and no `;` is seen.
    fixture.tmux.press(&pane.id, b";3Hx\x1b[?1049l").await.unwrap();
    watcher.until("below").await;
    assert_eq!(watcher.rows(), fixture.tmux.screen(&pane.id).await.unwrap());
}

#[tokio::test]
async fn a_cursor_behind_the_last_column_wraps_for_the_watcher_too() {
    let fixture = Fixture::new().await;
    let script = "stty raw -echo; printf '%080d' 7; exec cat";
    let pane = fixture.pane("ada", script).await;
    fixture.shows(&pane, "7").await;
    let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
    watcher.until("7").await;
    fixture.tmux.press(&pane.id, b"wrapped").await.unwrap();
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
    while watcher.terminal.screen().size() != (cells(12), cells(50)) {
        assert_eq!(watcher.take().await, None);
    }
    fixture.tmux.press(&pane.id, b"still here").await.unwrap();
    watcher.until("still here").await;
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
    fixture.tmux.press(&pane.id, b"x").await.unwrap();
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
    fixture.tmux.press(&pane.id, b" AND MORE").await.unwrap();
    again.until("AND MORE").await;
}

#[tokio::test]
async fn a_slow_watcher_gets_a_fresh_screen_and_delays_nobody() {
    let fixture = Fixture::new().await;
    let script = "stty raw -echo; echo ready; read -r go; seq 1000001 1200000 | sed 's/$/\r/'; \
                  printf 'THE END'; exec cat";
    let pane = fixture.pane("ada", script).await;
    let mut slow = Reader::new(&fixture.tmux, &pane).await;
    let mut quick = Watcher::new(&fixture.tmux, &pane).await;
    quick.until("ready").await;
    slow.take().await;
    fixture.tmux.press(&pane.id, b"\n").await.unwrap();
    quick.until("THE END").await;
    while !slow.text.ends_with("THE END") {
        let screens = slow.watcher.screens;
        slow.take().await;
        // All until a fresh screen is whole, only the middle is missing.
        if slow.watcher.screens == screens {
            slow.assert_contiguous();
        }
    }
    assert!(slow.watcher.screens > 1, "it was never behind");
    assert_eq!(slow.watcher.rows(), fixture.tmux.screen(&pane.id).await.unwrap());
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
    fixture.tmux.press(&pane.id, b"still here").await.unwrap();
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
    let mut watcher = Watcher::new(&fixture.tmux, &pane).await;
    watcher.until("ready").await;
    // Tmux numbers every command: ours and the two questions are all there are.
    let number = async || {
        let blocks = fixture.client(&["show-messages"]).await;
        blocks.lines().filter(|line| line.contains("mosaic-view")).count()
    };
    let before = number().await;
    assert!(timeout(std::time::Duration::from_millis(300), watcher.take()).await.is_err());
    assert_eq!(number().await, before, "a command was run");
    assert_eq!(fs::read(fixture.path("keys")).unwrap(), b"");
    let size = ["display-message", "-p", "-t", &pane.id, "#{pane_width}x#{pane_height}"];
    assert_eq!(fixture.client(&size).await, "80x24");
}
