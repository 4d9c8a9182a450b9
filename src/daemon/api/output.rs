//! What an agent wrote, from its files: a range, or a stream that goes on. It holds one piece at a time.

use std::convert::Infallible;
use std::path::PathBuf;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::ApiError;
use super::asked::{Named, Queried};
use super::state::{Api, left};
use crate::clock;
use crate::host::files::Changes;
use crate::host::output::{From, Piece, Reader, newest_session};
use crate::wire::{ErrorCode, OutputFrame};

/// A pane begins its first segment before its program starts; this is far beyond that.
const RECORDED_WITHIN_MS: u64 = 5000;

/// Of a session that lives, and of which nothing was ever written down.
const NEVER_RECORDED: &str = "nothing of this session was written down: its pane was made by a mosaic \
    that did not record, or its files were taken away; `mosaic agent restart` begins anew";

/// Which part is asked for. A parameter that is misspelt would silently ask for another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    from: Option<u64>,
    since_ms: Option<u64>,
    lines: Option<u64>,
    #[serde(default)]
    follow: bool,
    #[serde(default)]
    raw: bool,
}

/// Newline JSON of `OutputFrame`; with `raw`, only the bytes.
#[utoipa::path(
    get,
    path = "/v1/agents/{name}/output",
    params(
        Named,
        ("from" = Option<u64>, Query, description = "begin at this byte of all that it ever wrote; 0 without any of these three"),
        ("since_ms" = Option<u64>, Query, description = "begin with what came at this time or later, milliseconds since 1970"),
        ("lines" = Option<u64>, Query, description = "begin with the last so many lines, at most 4 MiB back"),
        ("follow" = Option<bool>, Query, description = "go on with what is still to come"),
        ("raw" = Option<bool>, Query, description = "bytes instead of frames"),
    ),
    responses(
        (status = 200, description = "as asked", body = OutputFrame, content_type = "application/x-ndjson"),
    )
)]
pub async fn output(
    State(api): State<Api>,
    Named(agent): Named,
    Queried(part): Queried<Part>,
) -> Result<Response, ApiError> {
    let from = begins(&part)?;
    let directory = api.reads.output_directory(&agent);
    let head = {
        let snapshot = api.dispatcher.snapshot();
        let known = snapshot.fleet.agent(&agent);
        // What an agent wrote outlives its place in the roster.
        if known.is_none() && !directory.is_dir() {
            return Err(ApiError::no_such_agent(agent.as_str(), &snapshot.fleet));
        }
        let recorded = known.map(|agent| agent.started_as().output.record);
        let stopped = known.and_then(|agent| agent.recording.stopped.clone());
        let session = known.and_then(|agent| agent.session.as_ref());
        let is_new = session.is_none_or(|session| {
            clock::now().mono_ms.saturating_sub(session.since.mono_ms) < RECORDED_WITHIN_MS
        });
        let silent = session.filter(|_| recorded == Some(true) && !is_new).and_then(|session| {
            let newest = newest_session(&directory).ok()?;
            (newest.as_deref() != Some(session.id.0.as_str())).then(|| NEVER_RECORDED.to_owned())
        });
        OutputFrame::Head { recorded, stopped: stopped.or(silent) }
    };
    let changes = part.follow.then(|| Changes::of(&directory)).transpose().map_err(|error| {
        let place = directory.display();
        ApiError::new(ErrorCode::Failed, format!("watch {place} for new output: {error}"))
    })?;
    let reader = Some(Reader::new(&directory, from));
    let raw = part.raw;
    let reading = Reading { api, directory, reader, changes, head: Some(head), is_now: false, raw };
    let kind = if raw { "application/octet-stream" } else { "application/x-ndjson" };
    // Nothing runs beside the connection: when the client goes, hyper drops the stream.
    let stream = futures_util::stream::unfold(reading, |mut reading| async {
        let bytes = reading.next().await?;
        Some((Ok::<_, Infallible>(bytes), reading))
    });
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(stream)).into_response())
}

fn begins(part: &Part) -> Result<From, ApiError> {
    match (part.from, part.since_ms, part.lines) {
        (from, None, None) => Ok(From::Position(from.unwrap_or(0))),
        (None, Some(at_ms), None) => Ok(From::Since(at_ms)),
        (None, None, Some(lines)) => Ok(From::Lines(lines)),
        _ => Err(ApiError::bad_request(
            "more than one of from, since_ms and lines says where to begin",
        )
        .hint("give one of them")),
    }
}

struct Reading {
    api: Api,
    directory: PathBuf,
    /// Away while it reads.
    reader: Option<Reader>,
    /// With `follow`.
    changes: Option<Changes>,
    head: Option<OutputFrame>,
    /// Whether it was said that all was given, since something came.
    is_now: bool,
    raw: bool,
}

impl Reading {
    /// The next bytes; none at the end, when the supervisor leaves, or when the files cannot be read.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(head) = self.head.take().filter(|_| !self.raw) {
            return Some(line(&head));
        }
        loop {
            let piece = self.read().await?;
            let bytes = match piece {
                Some(piece) => {
                    self.is_now = false;
                    self.shown(piece)
                }
                None if !self.is_now => {
                    self.is_now = true;
                    (!self.raw).then(|| line(&OutputFrame::Now {}))
                }
                None => {
                    let changes = self.changes.as_mut()?;
                    tokio::select! {
                        () = left(&mut self.api.leaving) => return None,
                        came = changes.came() => came.ok()?,
                    }
                    None
                }
            };
            if bytes.is_some() {
                return bytes;
            }
        }
    }

    /// The next piece; the outer none when the files cannot be read. A disk may be slow, and the
    /// supervisor has but one thread.
    async fn read(&mut self) -> Option<Option<Piece>> {
        let mut reader = self.reader.take()?;
        let read = tokio::task::spawn_blocking(move || (reader.next(), reader)).await;
        let (piece, reader) = read.ok()?;
        self.reader = Some(reader);
        piece
            .inspect_err(|error| {
                tracing::warn!(directory = %self.directory.display(), %error, "read an agent's output");
            })
            .ok()
    }

    fn shown(&self, piece: Piece) -> Option<Bytes> {
        let frame = match piece {
            Piece::Output { bytes, .. } if self.raw => return Some(Bytes::from(bytes)),
            Piece::Output { position, at_ms, bytes } => {
                OutputFrame::output(position, at_ms, &bytes)
            }
            Piece::Session { session, at_ms } => OutputFrame::Session { session, at_ms },
            Piece::Size { columns, rows } => OutputFrame::Size { columns, rows },
            Piece::Gap { at_ms, reason, lost } => OutputFrame::Gap { at_ms, reason, lost },
        };
        (!self.raw).then(|| line(&frame))
    }
}

fn line(frame: &OutputFrame) -> Bytes {
    // A frame is strings and numbers: it always serialises.
    let mut bytes = serde_json::to_vec(frame).unwrap_or_default();
    bytes.push(b'\n');
    Bytes::from(bytes)
}
