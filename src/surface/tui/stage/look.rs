//! A screen that is watched for a detail: opened, read, and opened again when it ends.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use crate::wire::WatchFrame;
use crate::wire::client::{Client, ClientError, Frames};

/// From one try to the next.
const AGAIN: Duration = Duration::from_secs(1);

/// A stream that is being opened.
type Opening = Pin<Box<dyn Future<Output = Result<Frames, ClientError>>>>;

/// A screen that is watched.
pub struct Watched {
    /// Whose.
    pub agent: String,
    client: Client,
    state: State,
}

enum State {
    Opening(Opening),
    Live(Box<Frames>),
    Over(Instant),
}

impl Watched {
    /// Nothing of it is known yet.
    pub fn new(client: Client, agent: String) -> Self {
        let state = State::Over(Instant::now());
        Self { agent, client, state }
    }

    /// What comes; or why nothing does, after which it is tried again. Nothing is lost when this is
    /// given up and asked again.
    pub async fn next(&mut self) -> Result<WatchFrame, String> {
        loop {
            match &mut self.state {
                State::Over(at) => {
                    tokio::time::sleep_until(*at).await;
                    let (client, agent) = (self.client.clone(), self.agent.clone());
                    let opening = async move { client.watch(&agent).await };
                    self.state = State::Opening(Box::pin(opening));
                }
                State::Opening(opening) => match opening.await {
                    Ok(frames) => self.state = State::Live(Box::new(frames)),
                    Err(error) => return Err(self.over(&error.to_string())),
                },
                State::Live(frames) => match frames.next().await {
                    Ok(Some(frame)) => return Ok(frame),
                    Ok(None) => return Err(self.over("its stream has ended")),
                    Err(error) => return Err(self.over(&error.to_string())),
                },
            }
        }
    }

    fn over(&mut self, why: &str) -> String {
        self.state = State::Over(Instant::now() + AGAIN);
        why.to_owned()
    }
}
