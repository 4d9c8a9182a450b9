//! A client with a deadline on every wait, and readers of what it streams.

use std::path::Path;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Longer than anything takes, shorter than a patient person waits.
pub const SOON: Duration = Duration::from_secs(20);

pub async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(SOON, what).await.expect("it did not happen in time")
}

/// One connection.
pub struct Client(SendRequest<Full<Bytes>>);

impl Client {
    pub async fn new(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).await.unwrap();
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        // It ends with the connection; what it breaks off with shows in the requests.
        drop(tokio::spawn(connection));
        Self(sender)
    }

    pub async fn open(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response<Incoming> {
        let mut request = Request::builder().method(method).uri(path).header("host", "mosaic");
        for (key, value) in headers {
            request = request.header(*key, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        soon(async {
            self.0.ready().await.unwrap();
            self.0.send_request(request).await.unwrap()
        })
        .await
    }

    pub async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> (StatusCode, Value) {
        let response = self.open(method, path, headers, body).await;
        let status = response.status();
        let bytes = soon(response.into_body().collect()).await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::String(text)))
    }

    pub async fn get(&mut self, path: &str) -> (StatusCode, Value) {
        self.ask("GET", path, &[], "").await
    }

    pub async fn post(&mut self, path: &str, body: &str) -> (StatusCode, Value) {
        self.ask("POST", path, &[], body.to_owned()).await
    }

    pub async fn lines(&mut self, path: &str, headers: &[(&str, &str)]) -> Lines {
        let response = self.open("GET", path, headers, "").await;
        assert_eq!(response.status(), 200);
        Lines { body: response.into_body(), rest: Vec::new() }
    }
}

/// The lines of a stream.
pub struct Lines {
    body: Incoming,
    rest: Vec<u8>,
}

impl Lines {
    /// The next line; none at the end.
    pub async fn next(&mut self) -> Option<String> {
        soon(async {
            loop {
                if let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                    let line = self.rest.drain(..=end).collect::<Vec<_>>();
                    return Some(String::from_utf8(line).unwrap().trim_end().to_owned());
                }
                let frame = self.body.frame().await?.unwrap();
                self.rest.extend(frame.into_data().unwrap());
            }
        })
        .await
    }

    /// The next line as JSON.
    pub async fn json(&mut self) -> Value {
        serde_json::from_str(&self.next().await.expect("the stream ended")).unwrap()
    }

    /// The next server-sent event: its id, name and data; comments are skipped.
    pub async fn event(&mut self) -> Option<(String, String, Value)> {
        // One deadline for the whole: comments keep coming while nothing happens.
        soon(self.whole_event()).await
    }

    async fn whole_event(&mut self) -> Option<(String, String, Value)> {
        let (mut id, mut event, mut data) = (String::new(), String::new(), Value::Null);
        loop {
            let line = self.next().await?;
            if line.is_empty() && !data.is_null() {
                return Some((id, event, data));
            } else if let Some(text) = line.strip_prefix("id: ") {
                text.clone_into(&mut id);
            } else if let Some(text) = line.strip_prefix("event: ") {
                text.clone_into(&mut event);
            } else if let Some(text) = line.strip_prefix("data: ") {
                data = serde_json::from_str(text).unwrap();
            }
        }
    }
}
