//! The handle that everybody holds of our tmux server; it never starts one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::{Mutex, mpsc};

use super::TmuxError;
use super::commands::say;
use super::connection::{Connection, Ended, unreadable};
use super::line::Line;
use super::stream;
use super::watched::{Look, ViewAsked, WatchAsked, WatchPiece};
use super::wire::{Seat, Wire};
use crate::fleet::Pane;

/// A connection to our tmux server; clones share it.
#[derive(Debug, Clone)]
pub struct Tmux {
    pub(super) connection: Connection,
    pub(super) shared: Arc<Shared>,
}

/// What all clones of a handle have in common.
#[derive(Debug)]
pub(super) struct Shared {
    socket: PathBuf,
    pub(super) server_pid: u32,
    version: String,
    /// Numbers the paste buffers, so that two pastes never meet in one.
    pub(super) pastes: AtomicU64,
    /// The client that shows watched panes, from the first watch on.
    stream: Mutex<Option<mpsc::Sender<ViewAsked>>>,
}

impl Tmux {
    /// Connects to the server on this socket; the other value resolves when that has ended.
    pub async fn connect(socket: &Path) -> Result<(Self, Ended), TmuxError> {
        let attempt = "ask tmux who it is";
        let (connection, mut ended) = Connection::start(Wire::open(socket, Seat::Hub).await?);
        let blocks = match connection.must(attempt, Line::of(say("#{pid} #{version}"))).await {
            Ok(blocks) => blocks,
            // The client left at once: it has said why.
            Err(error) => {
                return Err(match ended.try_recv() {
                    Ok(text) => TmuxError::Said { attempt: attempt.to_owned(), text },
                    Err(_) => error,
                });
            }
        };
        let said = blocks.first().and_then(|block| block.lines.first());
        let said = said.map(|line| String::from_utf8_lossy(line).into_owned());
        let parsed = said.as_deref().and_then(|line| {
            let (pid, version) = line.split_once(' ')?;
            Some((pid.parse().ok()?, version.to_owned()))
        });
        let Some((server_pid, version)) = parsed else {
            return Err(unreadable(attempt, &blocks));
        };
        let shared = Shared {
            socket: socket.to_owned(),
            server_pid,
            version,
            pastes: AtomicU64::new(0),
            stream: Mutex::new(None),
        };
        Ok((Self { connection, shared: Arc::new(shared) }, ended))
    }

    /// The server's process.
    pub fn server_pid(&self) -> u32 {
        self.shared.server_pid
    }

    /// How often the server has told that sessions or windows are others than before.
    pub fn changes(&self) -> u64 {
        self.connection.changes()
    }

    /// What the server calls its version; an upgraded client may differ.
    pub fn version(&self) -> &str {
        &self.shared.version
    }

    /// Looks at a pane without touching it: first a screen, then what changes it, until the
    /// receiver is dropped. The pane's end, or that of our view, comes as `Gone`, and is last.
    pub async fn watch(
        &self,
        pane: &Pane,
        look: Look,
    ) -> Result<mpsc::Receiver<WatchPiece>, TmuxError> {
        let (asked, pieces) = WatchAsked::new(pane, look);
        let asked = ViewAsked::Watch(asked);
        let mut stream = self.shared.stream.lock().await;
        let asked = match stream.as_ref() {
            Some(present) => match present.send(asked).await {
                Ok(()) => return Ok(pieces),
                Err(mpsc::error::SendError(asked)) => asked,
            },
            None => asked,
        };
        let fresh = stream::start(Wire::open(&self.shared.socket, Seat::View).await?).await?;
        if fresh.send(asked).await.is_err() {
            return Err(TmuxError::Closed { attempt: format!("watch pane {}", pane.id) });
        }
        *stream = Some(fresh);
        Ok(pieces)
    }

    /// Tells those who look at a pane that it shows something else now, by our doing.
    pub(super) async fn has_cleared(&self, pane: &str) {
        if let Some(view) = self.shared.stream.lock().await.as_ref() {
            // Without a view nobody looks.
            let _nobody = view.send(ViewAsked::Cleared(pane.to_owned())).await;
        }
    }
}
