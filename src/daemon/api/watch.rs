//! A live look at one agent: its row, its screen, what changes them. Never types or resizes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tokio::sync::{mpsc, watch};

use super::ApiError;
use super::asked::{Named, Queried};
use super::state::{Api, left, read};
use crate::daemon::{AskError, Piece, Snapshot};
use crate::fleet::{Agent, AgentName, Beat, Refusal};
use crate::host::tmux::Look as Wanted;
use crate::wire::{HistoryReply, WatchFrame};

/// How a watch is asked for.
#[derive(Debug, Deserialize)]
pub struct Look {
    #[serde(default)]
    raw: bool,
}

/// Newline JSON of `WatchFrame`, across panes and lives; with `raw`, the bytes that paint the screen
/// and then all that the pane prints, until that pane is gone.
#[utoipa::path(
    get,
    path = "/v1/agents/{name}/watch",
    params(
        Named,
        ("raw" = Option<bool>, Query, description = "bytes for a terminal instead of frames"),
    ),
    responses(
        (status = 200, description = "as asked", body = WatchFrame, content_type = "application/x-ndjson"),
    )
)]
pub async fn watch(
    State(api): State<Api>,
    Named(agent): Named,
    Queried(look): Queried<Look>,
) -> Result<Response, ApiError> {
    api.known(&agent)?;
    let (kind, watching) = if look.raw {
        let asked = api.dispatcher.watch(agent.clone(), Wanted::Bytes);
        let pieces = read("show the pane", Box::pin(asked)).await??;
        ("application/octet-stream", Watching::new(api, agent, Some(pieces), Shape::Raw))
    } else {
        ("application/x-ndjson", Watching::new(api, agent, None, Shape::Frames))
    };
    // Nothing runs beside the connection: when the client goes, hyper drops the stream, and with
    // it the receiver that the dispatcher sends to.
    let stream = futures_util::stream::unfold(watching, |mut watching| async {
        let bytes = watching.next().await?;
        Some((Ok::<_, Infallible>(bytes), watching))
    });
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(stream)).into_response())
}

/// How many rows of history are given at most; the picture of that many is some megabytes.
const HISTORY_ROWS_MAX: u16 = 5000;

/// What of the history is asked for.
#[derive(Debug, Deserialize)]
pub struct Back {
    #[serde(default = "a_thousand")]
    lines: u16,
}

fn a_thousand() -> u16 {
    1000
}

/// What scrolled off the screen, from the pane's own history, and the screen below it.
#[utoipa::path(
    get,
    path = "/v1/agents/{name}/history",
    params(
        Named,
        ("lines" = Option<u16>, Query, description = "rows of history at most: 1000 unless said, 5000 at most"),
    ),
    responses(
        (status = 200, description = "rows", body = HistoryReply),
    )
)]
pub async fn history(
    State(api): State<Api>,
    Named(agent): Named,
    Queried(back): Queried<Back>,
) -> Result<Json<HistoryReply>, ApiError> {
    api.known(&agent)?;
    let lines = back.lines.min(HISTORY_ROWS_MAX);
    read("read the history", api.reads.history(&agent, lines)).await?.map(Json)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Frames,
    Raw,
}

/// What a row hangs on: the row is told anew when one of these is another one.
type Grounds = (Option<Arc<Agent>>, Option<Beat>);

struct Watching {
    api: Api,
    agent: AgentName,
    /// The pane's, while there is one.
    pieces: Option<mpsc::Receiver<Piece>>,
    /// The grounds on which a pane was looked for and not found: others are worth another look.
    missed: Option<Option<Arc<Agent>>>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    told: Option<Grounds>,
    shape: Shape,
}

impl Watching {
    fn new(
        api: Api,
        agent: AgentName,
        pieces: Option<mpsc::Receiver<Piece>>,
        shape: Shape,
    ) -> Self {
        let mut snapshots = api.dispatcher.snapshots();
        snapshots.mark_changed();
        Self { api, agent, pieces, missed: None, snapshots, told: None, shape }
    }

    /// The next bytes; none when the supervisor leaves, or a raw stream's pane is gone.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.snapshots.has_changed().ok()? && self.shape == Shape::Frames {
                // The row comes before the first screen.
                if let Some(bytes) = self.status().await {
                    return Some(bytes);
                }
            }
            if self.shape == Shape::Frames && self.pieces.is_none() && self.is_worth_a_look() {
                if let Some(bytes) = self.look().await {
                    return Some(bytes);
                }
                continue;
            }
            let piece = tokio::select! {
                biased;
                () = left(&mut self.api.leaving) => return None,
                changed = self.snapshots.changed(), if self.shape == Shape::Frames => {
                    changed.ok()?;
                    self.snapshots.mark_changed();
                    continue;
                }
                piece = received(&mut self.pieces) => piece,
            };
            if self.shape == Shape::Raw {
                return raw(piece?);
            }
            if let Some(Piece::Screen { .. }) = &piece {
                self.missed = None;
            }
            let piece = piece.unwrap_or_else(|| Piece::Gone("its view was closed".to_owned()));
            if let Piece::Gone(_) = &piece {
                self.pieces = None;
            }
            return Some(framed(piece));
        }
    }

    /// The agent as it is now; nothing when it was removed.
    fn grounds(&self) -> Option<Arc<Agent>> {
        self.snapshots.borrow().fleet.agents.get(&self.agent).cloned()
    }

    fn is_worth_a_look(&self) -> bool {
        !self
            .missed
            .as_ref()
            .is_some_and(|missed| is_same(missed.as_ref(), self.grounds().as_ref()))
    }

    /// Looks for the pane; what is to be said when there is none. A pane that ends before its first
    /// screen counts as none.
    async fn look(&mut self) -> Option<Bytes> {
        let grounds = self.grounds();
        let first = self.missed.is_none();
        self.missed = Some(grounds);
        let asked = self.api.dispatcher.watch(self.agent.clone(), Wanted::Frames);
        let reason = match read("show the pane", Box::pin(asked)).await {
            Ok(Ok(pieces)) => {
                self.pieces = Some(pieces);
                return None;
            }
            Ok(Err(AskError::Refused(Refusal::NothingToAttach { lifecycle, .. }))) => {
                format!("it is {lifecycle}")
            }
            Ok(Err(error)) => format!("{error:?}"),
            Err(_) => "it was not shown in time".to_owned(),
        };
        first.then(|| line(&WatchFrame::Gone { reason }))
    }

    /// The row, when what it hangs on has changed since it was told.
    async fn status(&mut self) -> Option<Bytes> {
        let grounds = {
            let snapshot = self.snapshots.borrow_and_update();
            let agent = snapshot.fleet.agents.get(&self.agent).cloned();
            (agent, snapshot.beats.get(&self.agent).copied())
        };
        if self.told.as_ref().is_some_and(|told| are_same(told, &grounds)) {
            return None;
        }
        self.told = Some(grounds);
        // An agent that was removed has no row; the next piece says that its pane is gone.
        let row = read("make the row", self.api.reads.row(&self.agent)).await.ok()?.ok()?;
        Some(line(&WatchFrame::Status { row: Box::new(row) }))
    }
}

/// The next of what a pane gives; waits for ever where there is no pane.
async fn received(pieces: &mut Option<mpsc::Receiver<Piece>>) -> Option<Piece> {
    match pieces {
        Some(pieces) => pieces.recv().await,
        None => std::future::pending().await,
    }
}

fn raw(piece: Piece) -> Option<Bytes> {
    match piece {
        Piece::Screen { paint: bytes, .. } | Piece::Output(bytes) => Some(Bytes::from(bytes)),
        Piece::Title(_) => Some(Bytes::new()),
        Piece::Gone(_) => None,
    }
}

fn framed(piece: Piece) -> Bytes {
    line(&match piece {
        Piece::Screen { columns, rows, paint, tmux } => {
            WatchFrame::Screen { columns, rows, paint: STANDARD.encode(paint), tmux }
        }
        Piece::Output(bytes) => WatchFrame::Output { bytes: STANDARD.encode(bytes), title: None },
        Piece::Title(title) => WatchFrame::Output { bytes: String::new(), title: Some(title) },
        Piece::Gone(reason) => WatchFrame::Gone { reason },
    })
}

/// Agents are shared between snapshots, and replaced when an event changes them.
fn are_same(one: &Grounds, other: &Grounds) -> bool {
    is_same(one.0.as_ref(), other.0.as_ref()) && one.1 == other.1
}

fn is_same(one: Option<&Arc<Agent>>, other: Option<&Arc<Agent>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

fn line(frame: &WatchFrame) -> Bytes {
    // A frame is strings and numbers: it always serialises.
    let mut bytes = serde_json::to_vec(frame).unwrap_or_default();
    bytes.push(b'\n');
    Bytes::from(bytes)
}
