//! Events from a `seq` on, and live: the journal is the buffer, nothing is kept per reader.
//!
//! Read from the cursor, wait on the head, repeat: no gap between replay and live, no duplicate,
//! and a slow reader blocks nobody.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event as Sse, KeepAlive};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tokio::sync::watch;

use super::ApiError;
use super::asked::Queried;
use super::state::{Api, left, read};
use crate::wire::{ErrorCode, ErrorReply, EventRecord, EventsReply};

/// What a caller gets that names no limit.
const LIMIT: usize = 1000;

/// About 5 MB of JSON: what one reply may hold in memory.
const LIMIT_MAX: usize = 10_000;

/// Events that a follower has in memory at most.
const BATCH: usize = 256;

/// A comment this often lets a dead connection be noticed while nothing happens.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Which events are asked for. A parameter that is misspelt would silently ask for others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Which {
    from: Option<u64>,
    limit: Option<usize>,
    agent: Option<String>,
    #[serde(rename = "type")]
    kinds: Option<String>,
    #[serde(default)]
    follow: bool,
}

/// Events from `from` on; with `follow`, as server-sent events that do not end.
#[utoipa::path(
    get,
    path = "/v1/events",
    params(
        ("from" = Option<u64>, Query, description = "the first seq wanted; 1 without it"),
        ("limit" = Option<u64>, Query, description = "at most so many; 1000 without it, 10000 at most; not with follow"),
        ("agent" = Option<String>, Query, description = "only of this agent"),
        ("type" = Option<String>, Query, description = "only of these types, separated by commas"),
        ("follow" = Option<bool>, Query, description = "go on live, as text/event-stream: id = seq, data = EventRecord"),
        ("Last-Event-ID" = Option<u64>, Header, description = "with follow: the last seq seen; goes on after it"),
    ),
    responses(
        (status = 200, description = "a page, or with follow a stream", content(
            (EventsReply = "application/json"),
            (EventRecord = "text/event-stream"),
        )),
    )
)]
pub async fn events(
    State(api): State<Api>,
    Queried(which): Queried<Which>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let head = api.reads.head();
    let after = after(&which, &headers, *head.borrow())?;
    let limit = limit(&which)?;
    let follow = which.follow;
    let kinds = which.kinds.unwrap_or_default();
    let kinds = kinds.split(',').filter(|kind| !kind.is_empty()).map(str::to_owned).collect();
    let following =
        Following { api, after, agent: which.agent, kinds, head, ready: VecDeque::new() };
    if follow {
        return Ok(stream(following));
    }
    let as_of_seq = *following.head.borrow();
    let events = following.batch(limit).await?;
    Ok(Json(EventsReply { as_of_seq, events }).into_response())
}

/// How many are wanted on one page; no more than one reply may hold.
fn limit(which: &Which) -> Result<usize, ApiError> {
    match which.limit {
        Some(0) => Err(ApiError::bad_request("the limit 0 asks for no event")
            .hint(format!("it is 1 to {LIMIT_MAX}; {LIMIT} without it"))),
        limit => Ok(limit.unwrap_or(LIMIT).min(LIMIT_MAX)),
    }
}

/// The cursor: everything up to it is known to the caller. A `from` beyond the head waits for it.
/// A `Last-Event-ID` beyond the head was seen in another journal: what follows it here is not what
/// the caller lacks, and to wait for it would be silence for ever.
fn after(which: &Which, headers: &HeaderMap, head: u64) -> Result<u64, ApiError> {
    let Some(last) = headers.get("last-event-id").filter(|_| which.follow) else {
        return Ok(which.from.unwrap_or(1).saturating_sub(1));
    };
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seq = last.to_str().ok().filter(digits).and_then(|text| text.parse::<u64>().ok());
    let Some(seq) = seq else {
        let last = String::from_utf8_lossy(last.as_bytes());
        return Err(ApiError::bad_request(format!("the Last-Event-ID \"{last}\" is not a seq"))
            .hint("it is the `id` of the last event that was read; without it, `from` counts"));
    };
    if seq > head {
        let message = format!(
            "the Last-Event-ID is {seq}, and the last event here is {head}: this is another journal"
        );
        return Err(ApiError::new(ErrorCode::Refused, message)
            .hint("begin anew with `from=1`; what was read before is of a journal that is gone"));
    }
    Ok(seq)
}

fn stream(following: Following) -> Response {
    let stream = futures_util::stream::unfold(Some(following), |following| async {
        let mut following = following?;
        match following.next().await {
            Ok(None) => None,
            Ok(Some(record)) => Some((Ok::<_, Infallible>(sse(&record)), Some(following))),
            // Said once, and the end: the client comes again from its last id.
            Err(error) => Some((Ok(failure(error)), None)),
        }
    });
    axum::response::Sse::new(stream)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response()
}

struct Following {
    api: Api,
    after: u64,
    agent: Option<String>,
    kinds: Vec<String>,
    head: watch::Receiver<u64>,
    ready: VecDeque<EventRecord>,
}

impl Following {
    async fn batch(&self, limit: usize) -> Result<Vec<EventRecord>, ApiError> {
        let (agent, kinds) = (self.agent.clone(), self.kinds.clone());
        let reading = self.api.reads.events(self.after, limit, agent, kinds);
        read("read the journal", reading).await?.map_err(|why| {
            ApiError::new(ErrorCode::Failed, format!("read events after {}: {why}", self.after))
        })
    }

    /// The next event; none when the supervisor leaves.
    async fn next(&mut self) -> Result<Option<EventRecord>, ApiError> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Ok(Some(record));
            }
            let head = *self.head.borrow_and_update();
            if self.after < head {
                self.refill(head).await?;
                continue;
            }
            tokio::select! {
                changed = self.head.changed() => if changed.is_err() {
                    return Ok(None);
                },
                () = left(&mut self.api.leaving) => return Ok(None),
            }
        }
    }

    /// Reads on from the cursor. A batch that is not full holds all there is up to `head`: the
    /// cursor goes there, so that a filter that matches little never reads the same twice.
    async fn refill(&mut self, head: u64) -> Result<(), ApiError> {
        let batch = self.batch(BATCH).await?;
        let last = batch.last().map_or(self.after, |record| record.seq);
        self.after = if batch.len() < BATCH { last.max(head) } else { last };
        self.ready.extend(batch);
        Ok(())
    }
}

fn sse(record: &EventRecord) -> Sse {
    // JSON has no bare newline, so that the data is one line.
    let data = serde_json::to_string(record).unwrap_or_default();
    Sse::default().id(record.seq.to_string()).data(data)
}

fn failure(error: ApiError) -> Sse {
    let reply = ErrorReply { error: error.body().clone() };
    Sse::default().event("error").data(serde_json::to_string(&reply).unwrap_or_default())
}
