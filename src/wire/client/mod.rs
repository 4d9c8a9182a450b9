//! Connects to a supervisor, asks, follows. It never starts one and never repeats a command.

mod blocking;
mod connection;
mod error;
mod follow;
mod fresh;
mod lines;
mod output;
mod verbs;

pub use error::ClientError;
pub use follow::{EventQuery, Follow};
pub use fresh::{Fresh, News};
pub use lines::{Frames, OutputFrames};
pub use output::{OutputFrom, OutputQuery};
pub use verbs::AgentVerb;

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use connection::{Answered, Asked};

/// The supervisor ends its own reads after 10 s and says why; past that it hangs.
const READ_DEADLINE: Duration = Duration::from_secs(15);

/// The supervisor gives a command 30 s, and 10 s more to show what it did.
const COMMAND_DEADLINE: Duration = Duration::from_secs(45);

/// A caller of one supervisor. Cheap: each request is a connection of its own.
#[derive(Debug, Clone)]
pub struct Client {
    socket: PathBuf,
    /// The W3C trace context of our caller, handed on with each request.
    traceparent: Option<String>,
}

impl Client {
    /// A client of the supervisor behind this socket; `TRACEPARENT` of the environment goes along.
    pub fn new(socket: &Path) -> Self {
        let traceparent = std::env::var("TRACEPARENT").ok().filter(|text| !text.is_empty());
        Self { socket: socket.to_owned(), traceparent }
    }

    /// A random `Idempotency-Key`.
    pub fn key() -> Result<String, ClientError> {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).map_err(|why| ClientError::Broken {
            what: "make an idempotency key".to_owned(),
            why: why.to_string(),
        })?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// A read, within a deadline.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        deadline: Duration,
    ) -> Result<T, ClientError> {
        let asked = Asked { method: Method::GET, path, body: None, key: None, last_event: None };
        within(path, deadline, async { self.exchange(asked).await?.json().await }).await
    }

    /// The body of a read as it came.
    async fn get_text(&self, path: &str, deadline: Duration) -> Result<Bytes, ClientError> {
        let asked = Asked { method: Method::GET, path, body: None, key: None, last_event: None };
        within(path, deadline, async { self.exchange(asked).await?.whole().await }).await
    }

    /// A command: it carries a key, so that the supervisor does it once whatever happens between.
    async fn command<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.command_once(method, path, body, Self::key()?).await
    }

    /// The same under this key: asked again with it, nothing is done again and the answer is the first.
    async fn command_once<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        key: String,
    ) -> Result<T, ClientError> {
        let body = serde_json::to_vec(body)
            .map_err(|why| ClientError::Broken { what: path.to_owned(), why: why.to_string() })?;
        let key = Some(key);
        let asked = Asked { method, path, body: Some(body), key, last_event: None };
        within(path, COMMAND_DEADLINE, async { self.exchange(asked).await?.json().await }).await
    }

    /// The beginning of a stream, behind this event if one is named: only its headers have a
    /// deadline.
    async fn open(&self, path: &str, last_event: Option<u64>) -> Result<Answered, ClientError> {
        let asked = Asked { method: Method::GET, path, body: None, key: None, last_event };
        within(path, READ_DEADLINE, self.exchange(asked)).await
    }
}

/// Ends a wait that is too long, with what was waited for.
async fn within<T>(
    path: &str,
    deadline: Duration,
    work: impl Future<Output = Result<T, ClientError>>,
) -> Result<T, ClientError> {
    match tokio::time::timeout(deadline, work).await {
        Ok(done) => done,
        Err(_) => Err(ClientError::Late { what: path.to_owned(), after: deadline }),
    }
}

/// A name as one segment of a path: whatever it holds, it is no other route.
fn segment(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~".contains(&byte);
    name.bytes()
        .map(|byte| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn a_name_is_never_another_route() {
        assert_eq!(segment("ada-1"), "ada-1");
        assert_eq!(segment("../ps?x#y"), "%2E%2E%2Fps%3Fx%23y");
        assert_eq!(segment("ä"), "%C3%A4");
    }
}
