//! The client that shows watched panes to all who watch; never types, never waits for a watcher.
//!
//! A window is linked into our view only while one of its panes is watched. Before it is
//! unlinked its pane is paused: tmux would else keep all its further output for us in memory.

use std::collections::{HashMap, VecDeque};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::TmuxError;
use super::commands::{
    Output, allow_output, choose, link_window, list_windows, say, unlink_window,
};
use super::framing::{Block, Said};
use super::line::{Line, unescape};
use super::paint::{paint, snapshot};
use super::server::REPLY_DEADLINE;
use super::watched::{Event, Stand, WatchAsked, WatchPiece, Watched, Watcher};
use super::wire::Wire;

/// How many watchers may wait to be taken.
const WATCHES_MAX: usize = 32;

/// Starts the client; it ends with the last handle for asking, or with its connection.
pub(super) async fn start(mut wire: Wire) -> Result<mpsc::Sender<WatchAsked>, TmuxError> {
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
    async fn serve(mut self, mut asks: mpsc::Receiver<WatchAsked>) {
        let reason = loop {
            tokio::select! {
                said = self.wire.next() => match said {
                    Ok(said) => self.said(said),
                    Err(reason) => break reason,
                },
                ask = asks.recv() => match ask {
                    Some(ask) => self.watch(ask),
                    None => break "the supervisor has let go of tmux".to_owned(),
                },
                () = sleep(REPLY_DEADLINE), if !self.asked.is_empty() => {
                    break format!("tmux did not answer within {} s", REPLY_DEADLINE.as_secs());
                }
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

    fn watch(&mut self, ask: WatchAsked) {
        self.count += 1;
        let (id, pane) = (self.count, ask.pane.clone());
        let watcher = Watcher::new(id, &ask, &mut self.events);
        let is_new = !self.panes.contains_key(&pane);
        let window = ask.window.clone();
        let watched = self.panes.entry(pane.clone());
        watched.or_insert(Watched { window, watchers: Vec::new() }).watchers.push(watcher);
        if is_new {
            self.link(&pane, &ask.window);
        }
        self.show(&pane, |watcher| watcher.id == id);
    }

    /// Sees that a window is linked into our view, and only once.
    fn link(&mut self, pane: &str, window: &str) {
        let place = format!("{}:{window}", self.view);
        let is_linked = format!("#{{==:#{{session_id}}:#{{window_id}},{place}}}");
        let link = Line::of(link_window(window, &self.view));
        let nothing = Line::of(allow_output(pane, Output::Continued));
        self.ask(&Line::of(choose(&place, &is_linked, &nothing, &link)), Asked::Other);
    }

    /// Asks for a snapshot for some of a pane's watchers.
    fn show(&mut self, pane: &str, whom: impl Fn(&Watcher) -> bool) {
        let Some(watched) = self.panes.get_mut(pane) else { return };
        self.count += 1;
        let number = self.count;
        let mut nobody = true;
        for watcher in watched.watchers.iter_mut().filter(|watcher| whom(watcher)) {
            watcher.stand = Stand::Waiting(number);
            nobody = false;
        }
        if !nobody {
            let (pane, blocks, after) = (pane.to_owned(), Vec::new(), Vec::new());
            self.ask(&snapshot(&pane), Asked::Snapshot { pane, number, blocks, after });
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
            b"%pause" => self.show(&String::from_utf8_lossy(rest), Watcher::is_shown),
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
        let live = |watcher: &&mut Watcher| watcher.stand == Stand::Live;
        for watcher in watched.watchers.iter_mut().filter(live) {
            watcher.give(pane, WatchPiece::Output(bytes.clone()), &mut self.events);
        }
    }

    /// A snapshot has come.
    fn shown(&mut self, pane: &str, number: u64, blocks: &[Block], after: Vec<Vec<u8>>) {
        let Some(watched) = self.panes.get_mut(pane) else { return };
        let painted = match paint(pane, blocks) {
            Ok(painted) => painted,
            Err(reason) => {
                watched.gone(&reason);
                self.forget(pane);
                return;
            }
        };
        let waits = |watcher: &&mut Watcher| matches!(watcher.stand, Stand::Waiting(from) if from <= number);
        for watcher in watched.watchers.iter_mut().filter(waits) {
            watcher.stand = Stand::Live;
            let (columns, rows) = (painted.columns, painted.rows);
            let screen = WatchPiece::Screen { columns, rows, paint: painted.bytes.clone() };
            watcher.give(pane, screen, &mut self.events);
            for bytes in &after {
                watcher.give(pane, WatchPiece::Output(bytes.clone()), &mut self.events);
            }
        }
    }

    fn caught_up(&mut self, pane: &str, id: u64) {
        self.show(pane, |watcher| watcher.id == id);
    }

    fn left(&mut self, pane: &str, id: u64) {
        let Some(watched) = self.panes.get_mut(pane) else { return };
        watched.watchers.retain(|watcher| watcher.id != id);
        if watched.watchers.is_empty() {
            self.forget(pane);
        }
    }

    /// Stops to look at a pane: paused first, so that tmux keeps nothing for us.
    fn forget(&mut self, pane: &str) {
        let Some(watched) = self.panes.remove(pane) else { return };
        self.ask(&Line::of(allow_output(pane, Output::Paused)), Asked::Other);
        if self.panes_in(watched.window.as_bytes()).is_empty() {
            self.ask(&Line::of(unlink_window(&watched.window, &self.view)), Asked::Other);
        }
    }
}

/// What stands before and after the first `at`; all before when it is not there.
fn cut<'a>(text: &'a [u8], at: &[u8]) -> (&'a [u8], &'a [u8]) {
    match text.windows(at.len()).position(|window| window == at) {
        Some(place) => (&text[..place], &text[place + at.len()..]),
        None => (text, &[]),
    }
}
