//! Events as they happen, over restarts of the supervisor, without gap or duplicate.

use std::time::Duration;

use super::lines::Lines;
use super::{Client, ClientError, segment};
use crate::wire::{ErrorReply, EventRecord};

/// A supervisor that is restarted is back well before this; later it has left for good.
const ABSENCE_MAX: Duration = Duration::from_secs(10);

/// Between two tries to connect again: first and last.
const RETRY_FIRST: Duration = Duration::from_millis(20);
const RETRY_LAST: Duration = Duration::from_millis(500);

/// Which events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// The first seq that is wanted.
    pub from: u64,
    /// Only of this agent.
    pub agent: Option<String>,
    /// Only of these types.
    pub kinds: Vec<String>,
}

impl EventQuery {
    /// Path and query of the route.
    pub(super) fn path(&self, from: u64, rest: &str) -> String {
        let mut path = format!("/v1/events?from={from}{rest}");
        if let Some(agent) = &self.agent {
            path.push_str("&agent=");
            path.push_str(&segment(agent));
        }
        if !self.kinds.is_empty() {
            let kinds: Vec<String> = self.kinds.iter().map(|kind| segment(kind)).collect();
            path.push_str("&type=");
            path.push_str(&kinds.join(","));
        }
        path
    }
}

/// Events as they happen.
#[derive(Debug)]
pub struct Follow {
    client: Client,
    query: EventQuery,
    /// The first seq that is not known yet.
    next: u64,
    /// The last event that was read here.
    last: Option<u64>,
    lines: Option<Lines>,
    /// Field by field, the event that is being read.
    id: Option<u64>,
    is_error: bool,
    data: String,
}

impl Follow {
    /// Opens the stream; a supervisor that is not there now is an error.
    pub(super) async fn open(client: Client, query: EventQuery) -> Result<Self, ClientError> {
        let next = query.from.max(1);
        let mut follow = Self {
            client,
            query,
            next,
            last: None,
            lines: None,
            id: None,
            is_error: false,
            data: String::new(),
        };
        follow.connect().await?;
        Ok(follow)
    }

    /// The next event. An error means that the supervisor is gone and stays gone.
    pub async fn next(&mut self) -> Result<EventRecord, ClientError> {
        loop {
            if let Some(record) = self.read().await? {
                return Ok(record);
            }
            self.lines = None;
            self.reconnect().await?;
        }
    }

    /// The next event of this connection; `None` when it is over. Nobody is looked for then.
    pub async fn connected(&mut self) -> Result<Option<EventRecord>, ClientError> {
        self.read().await
    }

    async fn connect(&mut self) -> Result<(), ClientError> {
        let path = self.query.path(self.next, "&follow=true");
        (self.id, self.is_error, self.data) = (None, false, String::new());
        // With the event that was read last, so that a journal that was replaced is an error; a
        // `from` that it does not have yet would be waited for.
        self.lines = Some(Lines::new(self.client.open(&path, self.last).await?));
        Ok(())
    }

    async fn reconnect(&mut self) -> Result<(), ClientError> {
        let mut wait = RETRY_FIRST;
        let mut last = None;
        let retries = async {
            loop {
                match self.connect().await {
                    Ok(()) => return Ok(()),
                    Err(error) if error.is_absence() => last = Some(error),
                    Err(error) => return Err(error),
                }
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(RETRY_LAST);
            }
        };
        match tokio::time::timeout(ABSENCE_MAX, retries).await {
            Ok(connected) => connected,
            Err(_) => Err(last.unwrap_or(ClientError::Late {
                what: "connect again".to_owned(),
                after: ABSENCE_MAX,
            })),
        }
    }

    /// The next event of this connection; `None` when the connection is over.
    async fn read(&mut self) -> Result<Option<EventRecord>, ClientError> {
        loop {
            let Some(lines) = &mut self.lines else {
                return Ok(None);
            };
            let line = match lines.next().await {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                Err(error) if error.is_absence() => return Ok(None),
                Err(error) => return Err(error),
            };
            let line = String::from_utf8_lossy(&line);
            if let Some(record) = self.line(line.trim_end_matches('\r'))? {
                return Ok(Some(record));
            }
        }
    }

    /// Takes one line of `text/event-stream`; a blank one ends an event.
    fn line(&mut self, line: &str) -> Result<Option<EventRecord>, ClientError> {
        if !line.is_empty() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => self.id = value.parse().ok(),
                "event" => self.is_error = value == "error",
                "data" => self.data.push_str(value),
                // Comments keep the connection alive; other fields are of a later version.
                _ => {}
            }
            return Ok(None);
        }
        let data = std::mem::take(&mut self.data);
        let is_error = std::mem::take(&mut self.is_error);
        let id = self.id.take();
        if data.is_empty() {
            return Ok(None);
        }
        if is_error && let Ok(reply) = serde_json::from_str::<ErrorReply>(&data) {
            return Err(ClientError::Answered(reply.error));
        }
        let record: EventRecord = serde_json::from_str(&data).map_err(|why| {
            ClientError::Broken { what: "follow events".to_owned(), why: why.to_string() }
        })?;
        let seq = id.unwrap_or(record.seq);
        if seq < self.next {
            return Ok(None);
        }
        self.next = seq + 1;
        self.last = Some(seq);
        Ok(Some(record))
    }
}
