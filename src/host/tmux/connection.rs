//! The persistent connection for commands: many callers, one client, replies in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::TmuxError;
use super::framing::{Block, Said};
use super::line::Line;
use super::server::REPLY_DEADLINE;
use super::wire::Wire;

/// How many requests may wait to be taken. Callers beyond that wait themselves, under the
/// deadline of their own request; a fleet of 500 agents asks for less at once.
const REQUESTS_MAX: usize = 256;

/// How many requests go into one write.
const BATCH: usize = 64;

/// What tmux says when a session or a window comes, goes or gets another name, wherever it is.
const CHANGES: [&[u8]; 4] =
    [b"%sessions-changed", b"%session-renamed", b"%unlinked-window", b"%window-"];

/// What it says when a client comes, goes, or turns to another session or window, whichever that is.
const ARRIVALS: [&[u8]; 3] =
    [b"%client-session-changed", b"%client-detached", b"%session-window-changed"];

/// Resolves with the reason when the connection has ended.
pub type Ended = oneshot::Receiver<String>;

/// A line and where its reply goes; nobody may be waiting for it any more.
#[derive(Debug)]
struct Request {
    line: Line,
    reply: oneshot::Sender<Vec<Block>>,
}

/// A handle for asking.
#[derive(Debug, Clone)]
pub struct Connection {
    requests: mpsc::Sender<Request>,
    changes: Arc<AtomicU64>,
    arrivals: watch::Receiver<u64>,
}

impl Connection {
    /// Serves a client from now on; it leaves when the last handle is dropped.
    pub fn start(wire: Wire) -> (Self, Ended) {
        let (requests, taken) = mpsc::channel(REQUESTS_MAX);
        let (end, ended) = oneshot::channel();
        let changes = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&changes);
        let (say_arrival, arrivals) = watch::channel(0);
        drop(tokio::spawn(async move {
            let reason = serve(wire, taken, &counted, &say_arrival).await;
            // Nobody may care any more.
            drop(end.send(reason));
        }));
        (Self { requests, changes, arrivals }, ended)
    }

    /// How often tmux has told that sessions or windows are others than before.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// Changes with every client that comes, goes, or turns to another session or window.
    pub fn arrivals(&self) -> watch::Receiver<u64> {
        self.arrivals.clone()
    }

    /// Asks one line, and gives the replies to its commands. A refused command is among them.
    pub async fn ask(&self, attempt: &str, line: Line) -> Result<Vec<Block>, TmuxError> {
        let attempt = attempt.to_owned();
        let (reply, replied) = oneshot::channel();
        let asked = async {
            if self.requests.send(Request { line, reply }).await.is_err() {
                return Err(TmuxError::Closed { attempt: attempt.clone() });
            }
            replied.await.map_err(|_| TmuxError::Interrupted { attempt: attempt.clone() })
        };
        match timeout(REPLY_DEADLINE, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(TmuxError::Unanswered { attempt, within: REPLY_DEADLINE }),
        }
    }

    /// Asks one line in which every command must do what it should.
    pub async fn must(&self, attempt: &str, line: Line) -> Result<Vec<Block>, TmuxError> {
        let blocks = self.ask(attempt, line).await?;
        match blocks.iter().find(|block| !block.is_ok) {
            Some(block) => Err(refused(attempt, block)),
            None => Ok(blocks),
        }
    }
}

/// The error for a command that tmux refused.
pub fn refused(attempt: &str, block: &Block) -> TmuxError {
    TmuxError::Said { attempt: attempt.to_owned(), text: text(block) }
}

/// The error for a reply that we do not understand.
pub fn unreadable(attempt: &str, blocks: &[Block]) -> TmuxError {
    let text = blocks.iter().map(text).collect::<Vec<_>>().join(" · ");
    TmuxError::Unreadable { attempt: attempt.to_owned(), text }
}

fn text(block: &Block) -> String {
    String::from_utf8_lossy(&block.lines.join(&b'\n')).into_owned()
}

/// Moves requests out and replies in; returns why it ended.
async fn serve(
    mut wire: Wire,
    mut requests: mpsc::Receiver<Request>,
    changes: &AtomicU64,
    arrivals: &watch::Sender<u64>,
) -> String {
    let mut asked: VecDeque<(oneshot::Sender<Vec<Block>>, Vec<Block>)> = VecDeque::new();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let has_room = wire.has_room();
        tokio::select! {
            said = wire.next() => match said {
                Ok(Said::Block(block)) => {
                    if let Some((_, blocks)) = asked.front_mut() {
                        blocks.push(block);
                    }
                }
                Ok(Said::Done) => {
                    if let Some((reply, blocks)) = asked.pop_front() {
                        // Whoever asked may have given up.
                        drop(reply.send(blocks));
                    }
                }
                Ok(Said::Notice(notice)) => {
                    if CHANGES.iter().any(|word| notice.starts_with(word)) {
                        changes.fetch_add(1, Ordering::Relaxed);
                    }
                    if ARRIVALS.iter().any(|word| notice.starts_with(word)) {
                        arrivals.send_modify(|count| *count += 1);
                    }
                }
                Err(reason) => return reason,
            },
            taken = requests.recv_many(&mut batch, BATCH), if has_room => {
                if taken == 0 {
                    return "nobody holds the connection any more".to_owned();
                }
                for request in batch.drain(..) {
                    wire.ask(&request.line);
                    asked.push_back((request.reply, Vec::new()));
                }
            }
        }
    }
}
