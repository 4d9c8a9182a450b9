//! Who of a pane's watchers is shown what, and when tmux is asked for it.

use tokio::time::Instant;

use super::super::commands::{Output, allow_output, choose, link_window, unlink_window};
use super::super::framing::Block;
use super::super::line::Line;
use super::super::paint::{paint, snapshot};
use super::super::picture::Picture;
use super::super::watched::{Look, Stand, WatchAsked, WatchPiece, Watched, Watcher};
use super::{Asked, Stream};

impl Stream {
    pub(super) fn watch(&mut self, ask: &WatchAsked) {
        self.count += 1;
        let (id, pane) = (self.count, ask.pane.clone());
        let watcher = Watcher::new(id, ask, &mut self.events);
        let is_new = !self.panes.contains_key(&pane);
        let window = ask.window.clone();
        let watched = self.panes.entry(pane.clone()).or_insert_with(|| Watched::new(window));
        watched.watchers.push(watcher);
        if ask.look == Look::Frames {
            watched.picture.get_or_insert_with(|| Picture::new(Instant::now()));
        }
        if is_new {
            self.link(&pane, &ask.window);
        }
        self.caught_up(&pane, id);
    }

    /// Sees that a window is linked into our view, and only once.
    pub(super) fn link(&mut self, pane: &str, window: &str) {
        let place = format!("{}:{window}", self.view);
        let is_linked = format!("#{{==:#{{session_id}}:#{{window_id}},{place}}}");
        let link = Line::of(link_window(window, &self.view));
        let nothing = Line::of(allow_output(pane, Output::Continued));
        self.ask(&Line::of(choose(&place, &is_linked, &nothing, &link)), Asked::Other);
    }

    /// Asks for a snapshot for some of a pane's watchers, if there are any.
    pub(super) fn show(&mut self, pane: &str, whom: impl Fn(&Watcher) -> bool) {
        let Some(watched) = self.panes.get_mut(pane) else { return };
        let number = self.count + 1;
        let mut nobody = true;
        for watcher in watched.watchers.iter_mut().filter(|watcher| whom(watcher)) {
            // Who has a frame is brought on from there.
            if watcher.look == Look::Bytes || watcher.stand != Stand::Live {
                watcher.stand = Stand::Waiting(number);
            }
            nobody = false;
        }
        if !nobody {
            self.snap(pane);
        }
    }

    /// Asks for a snapshot, of the next number.
    pub(super) fn snap(&mut self, pane: &str) {
        self.count += 1;
        let number = self.count;
        if let Some(picture) = self.panes.get_mut(pane).and_then(|held| held.picture.as_mut()) {
            picture.is_asked();
        }
        let (pane, blocks, after) = (pane.to_owned(), Vec::new(), Vec::new());
        self.ask(&snapshot(&pane), Asked::Snapshot { pane, number, blocks, after });
    }

    /// A snapshot has come.
    pub(super) fn shown(&mut self, pane: &str, number: u64, blocks: &[Block], after: Vec<Vec<u8>>) {
        let Some(watched) = self.panes.get_mut(pane) else { return };
        let painted = match paint(pane, blocks) {
            Ok(painted) => painted,
            Err(reason) => {
                watched.gone(&reason);
                self.forget(pane);
                return;
            }
        };
        let waits =
            |watcher: &Watcher| matches!(watcher.stand, Stand::Waiting(from) if from <= number);
        if let Some(picture) = &mut watched.picture {
            picture.snapshot(&painted, &after, Instant::now());
            watched.show(pane, waits, &mut self.events);
        }
        let bytes = |watcher: &&mut Watcher| watcher.look == Look::Bytes && waits(watcher);
        for watcher in watched.watchers.iter_mut().filter(bytes) {
            watcher.stand = Stand::Live;
            watcher.give(pane, WatchPiece::screen(&painted), &mut self.events);
            for bytes in &after {
                watcher.give(pane, WatchPiece::Output(bytes.clone()), &mut self.events);
            }
        }
    }

    /// A watcher has room and no screen: for frames the present one, where there is one.
    pub(super) fn caught_up(&mut self, pane: &str, id: u64) {
        let Some(watched) = self.panes.get_mut(pane) else { return };
        let looks = |look| move |watcher: &Watcher| watcher.id == id && watcher.look == look;
        if watched.watchers.iter().any(looks(Look::Frames))
            && watched.show(pane, looks(Look::Frames), &mut self.events)
        {
            return;
        }
        self.show(pane, |watcher| watcher.id == id);
    }

    /// When the next frame or snapshot is due.
    pub(super) fn due(&self) -> Option<Instant> {
        let pictures = self.panes.values().filter_map(|watched| watched.picture.as_ref());
        pictures.filter_map(Picture::due).min()
    }

    pub(super) fn tick(&mut self) {
        let now = Instant::now();
        let mut to_ask = Vec::new();
        for (pane, watched) in &mut self.panes {
            let Some(picture) = &watched.picture else { continue };
            if picture.needs_snapshot(now) {
                to_ask.push(pane.clone());
            }
            if picture.has_frame(now) {
                watched.flush(pane, &mut self.events);
            }
        }
        for pane in to_ask {
            self.snap(&pane);
        }
    }

    pub(super) fn left(&mut self, pane: &str, id: u64) {
        let Some(watched) = self.panes.get_mut(pane) else { return };
        watched.watchers.retain(|watcher| watcher.id != id);
        watched.settle();
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
