//! A live look at one agent: its row, its screen, what changes them. Never types or resizes.

use std::convert::Infallible;
use std::sync::Arc;

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
use crate::daemon::{Piece, Snapshot};
use crate::fleet::{Agent, AgentName, Beat};
use crate::wire::{ErrorReply, WatchFrame};

/// How a watch is asked for.
#[derive(Debug, Deserialize)]
pub struct Look {
    #[serde(default)]
    raw: bool,
}

/// Newline JSON of `WatchFrame`; with `raw`, the bytes that paint the screen and then the pane's.
#[utoipa::path(
    get,
    path = "/v1/agents/{name}/watch",
    params(
        ("name" = String, Path, description = "the agent"),
        ("raw" = Option<bool>, Query, description = "bytes for a terminal instead of frames"),
    ),
    responses(
        (status = 200, description = "as asked", body = WatchFrame, content_type = "application/x-ndjson"),
        (status = "default", description = "an error", body = ErrorReply),
    )
)]
pub async fn watch(
    State(api): State<Api>,
    Named(agent): Named,
    Queried(look): Queried<Look>,
) -> Result<Response, ApiError> {
    api.known(&agent)?;
    let pieces = read("show the pane", Box::pin(api.dispatcher.watch(agent.clone()))).await??;
    let (kind, watching) = if look.raw {
        ("application/octet-stream", Watching::new(api, agent, pieces, Shape::Raw))
    } else {
        ("application/x-ndjson", Watching::new(api, agent, pieces, Shape::Frames))
    };
    // Nothing runs beside the connection: when the client goes, hyper drops the stream, and with
    // it the receiver that the dispatcher sends to.
    let stream = futures_util::stream::unfold(watching, |mut watching| async {
        let bytes = watching.next().await?;
        Some((Ok::<_, Infallible>(bytes), watching))
    });
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(stream)).into_response())
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
    pieces: mpsc::Receiver<Piece>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    told: Option<Grounds>,
    shape: Shape,
}

impl Watching {
    fn new(api: Api, agent: AgentName, pieces: mpsc::Receiver<Piece>, shape: Shape) -> Self {
        let mut snapshots = api.dispatcher.snapshots();
        snapshots.mark_changed();
        Self { api, agent, pieces, snapshots, told: None, shape }
    }

    /// The next bytes; none when the supervisor leaves or has let go of this watcher.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            // In this order, so that the row comes before the first screen.
            let bytes = tokio::select! {
                biased;
                () = left(&mut self.api.leaving) => return None,
                changed = self.snapshots.changed(), if self.shape == Shape::Frames => {
                    changed.ok()?;
                    self.status().await
                }
                piece = self.pieces.recv() => self.piece(piece?),
            };
            if bytes.is_some() {
                return bytes;
            }
        }
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

    fn piece(&self, piece: Piece) -> Option<Bytes> {
        match (self.shape, piece) {
            (Shape::Raw, Piece::Screen { paint, .. }) => Some(Bytes::from(paint)),
            (Shape::Raw, Piece::Output(bytes)) => Some(Bytes::from(bytes)),
            (Shape::Raw, Piece::Gone(_)) => None,
            (Shape::Frames, Piece::Screen { columns, rows, paint }) => {
                Some(line(&WatchFrame::Screen { columns, rows, paint: STANDARD.encode(paint) }))
            }
            (Shape::Frames, Piece::Output(bytes)) => {
                Some(line(&WatchFrame::Output { bytes: STANDARD.encode(bytes) }))
            }
            (Shape::Frames, Piece::Gone(reason)) => Some(line(&WatchFrame::Gone { reason })),
        }
    }
}

/// Agents are shared between snapshots, and replaced when an event changes them.
fn are_same(one: &Grounds, other: &Grounds) -> bool {
    let same_agent = match (&one.0, &other.0) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    };
    same_agent && one.1 == other.1
}

fn line(frame: &WatchFrame) -> Bytes {
    // A frame is strings and numbers: it always serialises.
    let mut bytes = serde_json::to_vec(frame).unwrap_or_default();
    bytes.push(b'\n');
    Bytes::from(bytes)
}
