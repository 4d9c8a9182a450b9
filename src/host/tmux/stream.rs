//! The client that shows watched panes to all who watch; never types, never waits for a watcher.
//!
//! Who wants frames is served from one emulator for each pane, and costs tmux nothing beyond the
//! first. Who wants bytes gets the pane's own.
//!
//! A window is linked into our view only while one of its panes is watched. Before it is
//! unlinked its pane is paused: tmux would else keep all its further output for us in memory.

mod shows;

use std::collections::{HashMap, VecDeque};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::TmuxError;
use super::commands::{Output, allow_output, list_windows, say, unlink_window};
use super::framing::{Block, Said};
use super::line::{Line, unescape};
use super::server::REPLY_DEADLINE;
use super::watched::{Event, ViewAsked, Watched, Watcher};
use super::wire::Wire;

/// How many watchers may wait to be taken.
const WATCHES_MAX: usize = 32;

/// Starts the client; it ends with the last handle for asking, or with its connection.
pub(super) async fn start(mut wire: Wire) -> Result<mpsc::Sender<ViewAsked>, TmuxError> {
    let attempt = "prepare our view";
    let view = match timeout(REPLY_DEADLINE, prepare(&mut wire)).await {
        Ok(Ok(view)) => view,
        Ok(Err(text)) => return Err(TmuxError::Said { attempt: attempt.to_owned(), text }),
        Err(_) => {
            let attempt = attempt.to_owned();
            return Err(TmuxError::Unanswered { attempt, within: REPLY_DEADLINE });
        }
    };
    let (asks, asked) = mpsc::channel(WATCHES_MAX);
    let stream = Stream {
        wire,
        view,
        panes: HashMap::new(),
        asked: VecDeque::new(),
        events: JoinSet::new(),
        count: 0,
    };
    drop(tokio::spawn(stream.serve(asked)));
    Ok(asks)
}

/// Finds our view's id, and unlinks what an earlier supervisor left in it.
async fn prepare(wire: &mut Wire) -> Result<String, String> {
    let question = Line::of(say("#{session_id}")).then(list_windows("#{window_id}"));
    let blocks = answer(wire, &question).await?;
    let text = |line: &Vec<u8>| String::from_utf8_lossy(line).into_owned();
    let [Block { lines: session, .. }, Block { lines: windows, .. }] = &blocks[..] else {
        return Err(format!("it is not told its session: {blocks:?}"));
    };
    let view = session.first().map(text).unwrap_or_default();
    for window in windows.iter().map(text) {
        // A window that is nowhere else, as the view's own, refuses to be unlinked.
        answer(wire, &Line::of(unlink_window(&window, &view))).await?;
    }
    Ok(view)
}

async fn answer(wire: &mut Wire, line: &Line) -> Result<Vec<Block>, String> {
    wire.ask(line);
    let mut blocks = Vec::new();
    loop {
        match wire.next().await? {
            Said::Block(block) => blocks.push(block),
            Said::Done => return Ok(blocks),
            Said::Notice(_) => {}
        }
    }
}

/// A request on its way.
enum Asked {
    /// Its reply says nothing that we need.
    Other,
    /// A snapshot: its number, its replies so far, and the pane's output since they began.
    Snapshot { pane: String, number: u64, blocks: Vec<Block>, after: Vec<Vec<u8>> },
}

struct Stream {
    wire: Wire,
    /// `$N` of our view.
    view: String,
    panes: HashMap<String, Watched>,
    asked: VecDeque<Asked>,
    events: JoinSet<Event>,
    /// Numbers snapshots and watchers.
    count: u64,
}

impl Stream {
    async fn serve(mut self, mut asks: mpsc::Receiver<ViewAsked>) {
        let reason = loop {
            let due = self.due();
            tokio::select! {
                said = self.wire.next() => match said {
                    Ok(said) => self.said(said),
                    Err(reason) => break reason,
                },
                ask = asks.recv() => match ask {
                    Some(ViewAsked::Watch(ask)) => self.watch(&ask),
                    Some(ViewAsked::Cleared(pane)) => self.show(&pane, Watcher::is_shown),
                    None => break "the supervisor has let go of tmux".to_owned(),
                },
                () = sleep(REPLY_DEADLINE), if !self.asked.is_empty() => {
                    break format!("tmux did not answer within {} s", REPLY_DEADLINE.as_secs());
                }
                () = until(due) => self.tick(),
                Some(event) = self.events.join_next() => match event {
                    Ok(Event::Left(pane, id)) => self.left(&pane, id),
                    Ok(Event::CaughtUp(pane, id)) => self.caught_up(&pane, id),
                    // One that we aborted with its watcher.
                    Err(_) => {}
                },
            }
        };
        for watched in self.panes.values() {
            watched.gone(&reason);
        }
    }

    fn ask(&mut self, line: &Line, asked: Asked) {
        self.wire.ask(line);
        self.asked.push_back(asked);
    }

    fn said(&mut self, said: Said) {
        match said {
            Said::Block(block) => {
                if let Some(Asked::Snapshot { blocks, .. }) = self.asked.front_mut() {
                    blocks.push(block);
                }
            }
            Said::Done => {
                if let Some(Asked::Snapshot { pane, number, blocks, after }) =
                    self.asked.pop_front()
                {
                    self.shown(&pane, number, &blocks, after);
                }
            }
            Said::Notice(line) => self.noticed(&line),
        }
    }

    fn noticed(&mut self, line: &[u8]) {
        let (what, rest) = cut(line, b" ");
        match what {
            b"%extended-output" => {
                let (pane, rest) = cut(rest, b" ");
                let (_, bytes) = cut(rest, b" : ");
                self.output(&String::from_utf8_lossy(pane), unescape(bytes));
            }
            // We did not keep up, or paused it ourselves before an unlink that came to nothing.
            b"%pause" => {
                let pane = String::from_utf8_lossy(rest);
                if !self.panes.get(&*pane).is_some_and(Watched::rests) {
                    self.show(&pane, Watcher::is_shown);
                }
            }
            b"%layout-change" => {
                for pane in self.panes_in(cut(rest, b" ").0) {
                    self.show(&pane, Watcher::is_shown);
                }
            }
            // The window is gone, or somebody unlinked it somewhere: link and look again.
            b"%window-close" | b"%unlinked-window-close" => {
                for pane in self.panes_in(cut(rest, b" ").0) {
                    let window = String::from_utf8_lossy(cut(rest, b" ").0).into_owned();
                    self.link(&pane, &window);
                    self.show(&pane, Watcher::is_shown);
                }
            }
            _ => {}
        }
    }

    fn panes_in(&self, window: &[u8]) -> Vec<String> {
        let inside = self.panes.iter().filter(|(_, watched)| watched.window.as_bytes() == window);
        inside.map(|(pane, _)| pane.clone()).collect()
    }

    fn output(&mut self, pane: &str, bytes: Vec<u8>) {
        // Only the front can have begun to reply: later snapshots will contain these bytes.
        if let Some(Asked::Snapshot { pane: shown, blocks, after, .. }) = self.asked.front_mut()
            && shown == pane
            && !blocks.is_empty()
        {
            after.push(bytes.clone());
        }
        let Some(watched) = self.panes.get_mut(pane) else { return };
        if watched.output(pane, &bytes, &mut self.events) {
            // What it prints meanwhile is dropped by tmux, and the next snapshot shows it.
            self.ask(&Line::of(allow_output(pane, Output::Paused)), Asked::Other);
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// What stands before and after the first `at`; all before when it is not there.
fn cut<'a>(text: &'a [u8], at: &[u8]) -> (&'a [u8], &'a [u8]) {
    match text.windows(at.len()).position(|window| window == at) {
        Some(place) => (&text[..place], &text[place + at.len()..]),
        None => (text, &[]),
    }
}
