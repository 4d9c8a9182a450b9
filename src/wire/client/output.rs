//! An agent's output, from where and how far.

use super::lines::OutputFrames;
use super::verbs::agent_path;
use super::{Client, ClientError};

/// Where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFrom {
    /// At this byte of all that the agent ever wrote.
    Position(u64),
    /// With what came at this time or later, milliseconds since 1970.
    SinceMs(u64),
    /// With the last so many lines.
    Lines(u64),
}

/// What of an agent's output is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputQuery {
    /// Where it begins.
    pub from: OutputFrom,
    /// Whether what is still to come is wanted.
    pub follow: bool,
}

impl OutputQuery {
    fn rest(self) -> String {
        let from = match self.from {
            OutputFrom::Position(position) => format!("from={position}"),
            OutputFrom::SinceMs(at_ms) => format!("since_ms={at_ms}"),
            OutputFrom::Lines(lines) => format!("lines={lines}"),
        };
        format!("output?{from}&follow={}", self.follow)
    }
}

impl Client {
    /// What an agent wrote.
    pub async fn output(
        &self,
        agent: &str,
        query: OutputQuery,
    ) -> Result<OutputFrames, ClientError> {
        Ok(OutputFrames::new(self.open(&agent_path(agent, &query.rest()), None).await?))
    }
}
