//! Where snapshot and stream meet: nothing is lost and nothing seen twice, however fast it flows.

use std::fs;

use tokio::time::timeout;

use super::watch::Watcher;
use super::{DEADLINE, Fixture, eventually};
use crate::fleet::Pane;
use crate::host::tmux::{Look, Tmux};
use crate::terminal::emulator::{Cell, Row};

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
    let mut joined = 0;
    for seed in 1..=6 {
        let script = PAINTER.replace("SEED", &seed.to_string());
        let pane = fixture.pane(&format!("ada-{seed}"), &script).await;
        let mut first = Watcher::of(&fixture.tmux, &pane, Look::Bytes).await;
        fixture.tmux.press(&pane.id, b"\n", None).await.unwrap();
        let mut others = Vec::new();
        for _ in 0..5 {
            // The next one joins after something new was drawn; one who was long away sees only
            // the end.
            for _ in 0..3 {
                if !first.terminal.screen().text().contains("THE END") {
                    assert_eq!(first.take().await, None);
                    joined += 1;
                }
            }
            let mut other = Watcher::of(&fixture.tmux, &pane, Look::Bytes).await;
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
    assert!(joined > 6 * 3, "nobody joined while output flowed");
}

/// The text that a watcher has seen since its last screen, which it got as rows.
struct Reader {
    watcher: Watcher,
    text: String,
}

impl Reader {
    async fn new(tmux: &Tmux, pane: &Pane) -> Self {
        Self { watcher: Watcher::of(tmux, pane, Look::Bytes).await, text: String::new() }
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
            self.assert_contiguous();
            let screen = self.watcher.terminal.screen();
            // A newer tmux fills captured rows with blanks.
            let text = |row: &Row| row.cells().iter().map(Cell::text).collect::<String>();
            let rows: Vec<String> =
                screen.rows().map(|row| text(row).trim_end().to_owned()).collect();
            self.text = rows[..=usize::from(screen.cursor().1)].join("\n");
        }
    }

    fn assert_contiguous(&self) {
        // The last line may be half a number.
        let text = self.text.rsplit_once('\n').map_or("", |(text, _)| text);
        let numbers: Vec<u32> = text.lines().filter_map(|line| line.parse().ok()).collect();
        for pair in numbers.windows(2) {
            assert!(pair[1] == pair[0] + 1, "{} is followed by {}", pair[0], pair[1]);
        }
    }
}

#[tokio::test]
async fn no_byte_is_lost_or_seen_twice_where_snapshot_and_stream_meet() {
    let fixture = Fixture::new().await;
    // The pane's terminal must be as fast as it can, or nothing comes while a snapshot is made;
    // and it flows on until everybody has joined, however fast or slow this machine is.
    let script = "stty raw -echo; read -r go; seq 1000001 99999999 | sed 's/$/\r/'";
    let pane = fixture.pane("ada", script).await;
    let mut first = Reader::new(&fixture.tmux, &pane).await;
    first.take().await;
    fixture.tmux.press(&pane.id, b"\n", None).await.unwrap();
    let mut others = Vec::new();
    for _ in 0..30 {
        let mut other = Reader::new(&fixture.tmux, &pane).await;
        others.push(tokio::spawn(async move {
            // Past the seam, where its text is more than what the screen held.
            for _ in 0..20 {
                other.take().await;
            }
            while other.text.lines().count() <= 24 {
                other.take().await;
            }
            other.assert_contiguous();
        }));
        for _ in 0..10 {
            first.take().await;
        }
    }
    first.assert_contiguous();
    for other in others {
        timeout(DEADLINE, other).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_slow_watcher_gets_a_fresh_screen_and_delays_nobody() {
    let fixture = Fixture::new().await;
    let script = "stty raw -echo; echo ready; read -r go; seq 1000001 1200000 | sed 's/$/\r/'; \
                  printf 'THE END'; exec cat";
    let pane = fixture.pane("ada", script).await;
    let mut slow = Reader::new(&fixture.tmux, &pane).await;
    let mut quick = Watcher::of(&fixture.tmux, &pane, Look::Bytes).await;
    quick.until("ready").await;
    slow.take().await;
    fixture.tmux.press(&pane.id, b"\n", None).await.unwrap();
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
