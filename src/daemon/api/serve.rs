//! The socket: who comes in, how many, how long they may take, and how it ends.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use axum::{Router, http::Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use super::caller::{Door, Line, Peer};
use super::error::{HEAD_BYTES_MAX, cut_off, farewell, late_head, unreadable};
use super::state::{Patience, left};
use super::talk::{Reply, Talk, Wire};
use super::{ApiError, ApiState, routes};
use crate::host::process::file_limit;
use crate::wire::ErrorCode;

/// Every connection may hold a watch; 50 agents with a handful of watchers each fit, and a client
/// that leaks connections cannot use up the supervisor's file descriptors. More wait in the
/// socket's backlog.
pub const CONNECTIONS_MAX: usize = 512;

/// The part of all descriptors that clients of the API may take: agents and their panes need the
/// rest.
const CONNECTIONS_SHARE: u64 = 4;

/// How many clients are let in where the host gives few descriptors.
fn connections_max() -> usize {
    let share = file_limit().map_or(u64::MAX, |files| files / CONNECTIONS_SHARE);
    CONNECTIONS_MAX.min(usize::try_from(share).unwrap_or(usize::MAX)).max(1)
}

/// What requests in flight get to finish in when the supervisor leaves; streams end at once.
const GRACE: Duration = Duration::from_secs(2);

/// When accepting fails (out of file descriptors), nothing tells when it works again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves the API until `shutdown` is true; then stops accepting, lets requests in flight finish
/// and returns.
pub async fn serve(
    listener: UnixListener,
    state: ApiState,
    shutdown: watch::Receiver<bool>,
) -> io::Result<()> {
    let terms = Terms { door: Door::of_this_process(), patience: Patience::default() };
    serve_on(terms, listener, state, shutdown).await
}

/// Who may come in, and how long they may take.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Who.
    pub door: Door,
    /// How long.
    pub patience: Patience,
}

/// The same on other terms.
pub async fn serve_on(
    terms: Terms,
    listener: UnixListener,
    state: ApiState,
    mut shutdown: watch::Receiver<bool>,
) -> io::Result<()> {
    let (strain, connections_max) = (Arc::clone(&state.strain), connections_max());
    let service = TowerToHyperService::new(routes::router(state, terms.patience, shutdown.clone()));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = left(&mut shutdown) => break,
            Some(ended) = connections.join_next() => note(ended),
            accepted = listener.accept(), if connections.len() < connections_max => match accepted {
                Ok((stream, _)) => {
                    let shutdown = shutdown.clone();
                    connections.spawn(connection(terms, stream, service.clone(), shutdown));
                }
                Err(error) => {
                    strain.failed("accept a connection on the control socket", &error);
                    sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let drained = timeout(GRACE, async {
        while let Some(ended) = connections.join_next().await {
            note(ended);
        }
    });
    if drained.await.is_err() {
        tracing::warn!(left = connections.len(), "connections did not end in time; cut off");
        connections.shutdown().await;
    }
    Ok(())
}

fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection's task ended badly");
    }
}

async fn connection(
    terms: Terms,
    stream: UnixStream,
    routes: TowerToHyperService<Router>,
    mut shutdown: watch::Receiver<bool>,
) {
    let (peer, line) = match Peer::of(&stream).and_then(|peer| Ok((peer, Line::of(&stream)?))) {
        Ok(known) => known,
        Err(error) => {
            tracing::warn!(%error, "look at a connection; closed it");
            return;
        }
    };
    let talk = Arc::<Talk>::default();
    let wire = Wire::new(stream, line.clone(), Arc::clone(&talk));
    let (asked, answering) = (line.clone(), Arc::clone(&talk));
    let service = service_fn(move |request: Request<Incoming>| {
        let (routes, line, answering) = (routes.clone(), asked.clone(), answering.answer());
        async move {
            let response = answer(terms.door, peer, line, routes, request).await?;
            Ok::<_, Infallible>(response.map(|body| Reply::of(body, answering)))
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(terms.patience.head)
        .max_header_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(wire), service);
    let mut serving = std::pin::pin!(serving);
    let result = tokio::select! {
        result = serving.as_mut() => result,
        () = left(&mut shutdown) => {
            serving.as_mut().graceful_shutdown();
            serving.as_mut().await
        }
        () = talk.half_closed() => {
            serving.as_mut().graceful_shutdown();
            tokio::select! {
                result = serving.as_mut() => result,
                () = line.gone() => Ok(()),
            }
        }
    };
    if let Err(error) = result {
        if let Some(last) = last_word(&error, &talk, terms.patience) {
            line.say(&farewell(last));
        }
        // Clients leave in the middle of things: that is their business.
        tracing::debug!(%error, uid = peer.uid, pid = peer.pid, "a connection broke off");
    }
}

/// What hyper ends a connection for without a word.
fn last_word(error: &hyper::Error, talk: &Talk, patience: Patience) -> Option<ApiError> {
    if error.is_parse_version_h2() {
        return Some(unreadable(400));
    }
    // Silence gets silence: nobody asks on a connection that is kept for nothing.
    talk.has_begun().then_some(())?;
    if error.is_timeout() {
        return Some(late_head(patience.head));
    }
    error.is_incomplete_message().then(cut_off)
}

async fn answer(
    door: Door,
    peer: Peer,
    line: Line,
    routes: TowerToHyperService<Router>,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    if !door.admits(peer) {
        tracing::warn!(uid = peer.uid, pid = peer.pid, "another uid was kept out");
        return Ok(forbidden(door, peer).into_response());
    }
    request.extensions_mut().insert(peer);
    request.extensions_mut().insert(line);
    routes.call(request).await
}

fn forbidden(door: Door, peer: Peer) -> ApiError {
    let message = format!("this fleet belongs to uid {}, not to uid {}", door.owner, peer.uid);
    ApiError::new(ErrorCode::Forbidden, message).hint("ask as that user, or as root")
}
