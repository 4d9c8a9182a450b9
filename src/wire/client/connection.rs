//! One request over one connection. It never interprets what the answer means.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use super::{Client, ClientError};
use crate::wire::ErrorReply;

/// Connecting on one host takes microseconds; longer and the listener's queue is full.
pub const CONNECT_DEADLINE: Duration = Duration::from_secs(2);

/// A fleet of thousands fits many times over; more is not of this API.
pub const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What is asked.
pub struct Asked<'a> {
    pub method: Method,
    pub path: &'a str,
    pub body: Option<Vec<u8>>,
    pub key: Option<String>,
    /// The seq of the last event that was read, for a stream that goes on.
    pub last_event: Option<u64>,
}

/// The task that moves bytes; it ends with whoever reads the answer.
#[derive(Debug)]
pub struct Pump(JoinHandle<()>);

impl Drop for Pump {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A 2xx answer whose body is still to be read.
#[derive(Debug)]
pub struct Answered {
    what: String,
    response: Response<Incoming>,
    pump: Pump,
}

impl Answered {
    /// Its body, whole.
    pub async fn whole(self) -> Result<Bytes, ClientError> {
        let what = self.what;
        let body = Limited::new(self.response.into_body(), BODY_BYTES_MAX);
        let whole = body.collect().await;
        drop(self.pump);
        match whole {
            Ok(body) => Ok(body.to_bytes()),
            Err(why) => Err(match why.downcast_ref::<hyper::Error>() {
                Some(error) => ClientError::exchanging(what, error),
                None => ClientError::Broken { what, why: why.to_string() },
            }),
        }
    }

    /// Its body, as JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        let what = self.what.clone();
        let body = self.whole().await?;
        serde_json::from_slice(&body)
            .map_err(|why| ClientError::Broken { what, why: why.to_string() })
    }

    /// Its body as it comes.
    pub fn into_stream(self) -> (String, Incoming, Pump) {
        (self.what, self.response.into_body(), self.pump)
    }
}

impl Client {
    /// Connects, asks, and reads the head of the answer; an answer that is not 2xx is an error.
    pub(super) async fn exchange(&self, asked: Asked<'_>) -> Result<Answered, ClientError> {
        let what = format!("{} {}", asked.method, asked.path);
        let broken = |why: hyper::Error| ClientError::exchanging(what.clone(), &why);
        let stream = self.connect().await?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let pump = Pump(tokio::spawn(async move {
            // What ends the connection early also ends the answer, and is reported there.
            drop(connection.await);
        }));
        let request = self
            .request(asked)
            .map_err(|why| ClientError::Broken { what: what.clone(), why: why.to_string() })?;
        let response = sender.send_request(request).await.map_err(broken)?;
        let is_done = response.status().is_success();
        let answered = Answered { what, response, pump };
        if is_done { Ok(answered) } else { Err(refused(answered).await) }
    }

    async fn connect(&self) -> Result<UnixStream, ClientError> {
        match tokio::time::timeout(CONNECT_DEADLINE, UnixStream::connect(&self.socket)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(ClientError::connecting(&self.socket, &error)),
            Err(_) => Err(ClientError::Late {
                what: format!("connect to {}", self.socket.display()),
                after: CONNECT_DEADLINE,
            }),
        }
    }

    fn request(&self, asked: Asked<'_>) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let mut request = Request::builder()
            .method(asked.method)
            .uri(asked.path)
            .header(header::HOST, "mosaic")
            .header(header::USER_AGENT, concat!("mosaic/", env!("CARGO_PKG_VERSION")));
        if let Some(traceparent) = &self.traceparent {
            request = request.header("traceparent", traceparent);
        }
        if let Some(key) = asked.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(last) = asked.last_event {
            request = request.header("last-event-id", last);
        }
        if asked.body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request.body(Full::from(asked.body.unwrap_or_default()))
    }
}

/// The error that stands in an answer.
async fn refused(answered: Answered) -> ClientError {
    let what = answered.what.clone();
    let status = answered.response.status();
    match answered.whole().await {
        Ok(body) => match serde_json::from_slice::<ErrorReply>(&body) {
            Ok(reply) => ClientError::Answered(reply.error),
            Err(_) => ClientError::Broken { what, why: format!("{status} without a reason") },
        },
        Err(error) => error,
    }
}
