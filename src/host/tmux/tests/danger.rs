//! What has crashed tmux servers, driven through our hand: the server lives.

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::watch::Watcher;
use super::{Fixture, eventually};
use crate::fleet::Pane;
use crate::host::tmux::framing::Said;
use crate::host::tmux::line::Line;
use crate::host::tmux::wire::{Seat, Wire};
use crate::host::tmux::{Pasted, answers, commands};

impl Fixture {
    /// It still answers, and it is the same one.
    async fn lives(&self) {
        let pid = answers(&self.socket()).await.unwrap();
        assert_eq!(pid, Some(self.tmux.server_pid()), "the tmux server is gone");
    }

    /// A pane that is full of output without end.
    async fn flood(&self, agent: &str) -> Pane {
        let script = format!(
            "n=0; while :; do seq 100000 100400; n=$((n + 1)); echo $n >{agent}.turns; done"
        );
        let pane = self.pane(agent, &script).await;
        self.shows(&pane, "100").await;
        pane
    }
}

#[tokio::test]
async fn a_server_lives_through_pastes_and_keys_for_panes_that_die_under_them() {
    let fixture = Fixture::new().await;
    let (mut done, mut refused) = (0, 0);
    for round in 0..30 {
        // The first byte that it gets is its last.
        let script = "stty raw -echo; echo ready; head -c 1 >/dev/null";
        let pane = fixture.pane("ada", script).await;
        fixture.shows(&pane, "ready").await;
        let mut asked = JoinSet::new();
        for at in 0..12 {
            let (tmux, pane) = (fixture.tmux.clone(), pane.id.clone());
            asked.spawn(async move {
                if at % 3 == 0 {
                    tmux.press(&pane, b"x", None).await
                } else {
                    tmux.paste(&pane, "text").await
                }
            });
        }
        while let Some(outcome) = asked.join_next().await {
            match outcome.unwrap().unwrap() {
                Pasted::Done => done += 1,
                Pasted::Refused(_) | Pasted::Changed => refused += 1,
            }
        }
        fixture.is_dead(&pane).await;
        for _ in 0..3 {
            let late = fixture.tmux.paste(&pane.id, "too late").await.unwrap();
            assert!(matches!(late, Pasted::Refused(_)), "round {round}: {late:?}");
        }
        fixture.tmux.clear(&pane.id).await.unwrap();
        fixture.tmux.close_window(&pane.window).await.unwrap();
    }
    fixture.lives().await;
    assert_eq!(done + refused, 30 * 12);
    assert!(done > 0, "no paste came before the death of its pane");
}

#[tokio::test]
async fn a_server_makes_sessions_after_windows_got_sizes_of_their_own() {
    let fixture = Fixture::new().await;
    for round in 0..5 {
        let pane = fixture.pane(&format!("ada-{round}"), "exec cat").await;
        fixture.tmux.set_size(&pane.window, 60 + round, 20).await.unwrap();
        fixture.tmux.follow_size(&pane.window).await.unwrap();
        fixture.tmux.set_size(&pane.window, 61 + round, 20).await.unwrap();
    }
    let new = ["new-session", "-d", "-s", "a stranger's", "cat", "-"];
    fixture.client(&new).await;
    assert_eq!(fixture.client(&["show-options", "-gwv", "window-size"]).await, "latest");
    fixture.lives().await;
    assert_eq!(fixture.tmux.panes().await.unwrap().len(), 7);
}

#[tokio::test]
async fn a_server_lives_when_the_session_of_a_client_that_does_not_read_is_killed() {
    let fixture = Fixture::new().await;
    let pane = fixture.flood("ada").await;
    let mut stalled = Wire::open(&fixture.socket(), Seat::View).await.unwrap();
    let link = Line::of(commands::link_window(&pane.window, "=mosaic-view"));
    stalled.ask(&link.then(commands::allow_output(&pane.id, commands::Output::Continued)));
    // Until its output comes; from then on nobody reads.
    let comes = async {
        let is_output = |said: &Said| matches!(said, Said::Notice(line) if line.starts_with(b"%extended-output "));
        while !is_output(&stalled.next().await.unwrap()) {}
    };
    timeout(super::DEADLINE, comes).await.unwrap();
    // Many times what a pipe holds.
    let turns = || -> u32 {
        let text = std::fs::read_to_string(fixture.path("ada.turns")).unwrap_or_default();
        text.trim().parse().unwrap_or_default()
    };
    let now = turns();
    eventually("three megabytes more", async || turns() > now + 1000).await;
    fixture.client(&["kill-session", "-t", "=mosaic-view"]).await;
    fixture.lives().await;
    drop(stalled);
    fixture.tmux.close_window(&pane.window).await.unwrap();
    fixture.lives().await;
    assert_eq!(fixture.tmux.panes().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_server_lives_when_watches_of_a_flood_come_and_go() {
    let fixture = Fixture::new().await;
    let (ada, bob) = (fixture.flood("ada").await, fixture.flood("bob").await);
    for round in 0..25 {
        let mut watchers = Vec::new();
        for pane in [&ada, &bob, &ada] {
            let mut watcher = Watcher::new(&fixture.tmux, pane).await;
            watcher.take().await;
            watchers.push(watcher);
        }
        // Some leave while output is queued for them, some after they have read.
        if round % 2 == 0 {
            watchers[1].take().await;
        }
        drop(watchers);
    }
    fixture.lives().await;
    // A pane that dies in full flow, watched.
    let mut watcher = Watcher::new(&fixture.tmux, &ada).await;
    watcher.take().await;
    super::end(ada.pid);
    fixture.is_dead(&ada).await;
    fixture.tmux.close_window(&ada.window).await.unwrap();
    while watcher.take().await.is_none() {}
    fixture.lives().await;
}

#[tokio::test]
async fn a_pane_that_is_read_by_a_program_of_any_name_is_never_written_to() {
    let fixture = Fixture::new().await;
    let pane = fixture.pane("ada", "while read -r line; do echo \"got $line\"; done").await;
    // Quotes, formats and times: none of them is read as such.
    let file = fixture.path("it's 100% #{pane_id} $HOME \"x\"");
    let name = file.to_str().unwrap();
    fixture.tmux.tap(&pane.id, &["tee", name]).await.unwrap();
    fixture.client(&["send-keys", "-t", &pane.id, "one", "Enter"]).await;
    let read = || std::fs::read_to_string(&file).unwrap_or_default();
    eventually("the output", async || read().contains("got one")).await;
    // `tee` repeats on its standard output what it reads: with `-I` that would be typed.
    fixture.client(&["send-keys", "-t", &pane.id, "two", "Enter"]).await;
    eventually("the output", async || read().contains("got two")).await;
    assert!(!read().contains("got got"), "{}", read());
    let text = String::from_utf8(commands::tap("%1", &["x"]).text).unwrap();
    assert!(text.starts_with("pipe-pane \"-O\"") && !text.contains("-I"), "{text}");
    fixture.lives().await;
}
