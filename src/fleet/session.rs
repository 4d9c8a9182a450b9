//! One life of an agent, and the place where its lives follow each other.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Channel, Moment};

/// The id of one life, from GO to exit: 128 random bits as 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId(pub String);

impl fmt::Display for SessionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// One life of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id, new at each GO.
    pub id: SessionId,
    /// SHA-256 of the token that its channels must show, hexadecimal.
    pub token_hash: String,
    /// When GO was given.
    pub since: Moment,
    /// The agent's own process, once it runs.
    pub pid: Option<u32>,
    /// The channel that ends inside the runtime, while there is one.
    pub channel: Option<Channel>,
    /// What the runtime said when it closed its channel on purpose, until it opens another.
    #[serde(default)]
    pub goodbye: Option<String>,
    /// Whether its runtime has answered a challenge.
    #[serde(default)]
    pub answered: bool,
    /// A former supervisor gave GO, and this one has not seen it yet.
    pub unseen: bool,
    /// Somebody wanted it up while it was unseen: should it turn out to be over, another one follows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wanted_unseen: bool,
}

/// The tmux place of an agent, by ids that tmux never reuses in one server's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pane {
    /// `%N`.
    pub id: String,
    /// `@N`.
    pub window: String,
    /// `$N`.
    pub session: String,
    /// The pid of its first process, `mosaic pane-exec`.
    pub pid: u32,
    /// The server's pid: ids of another server mean nothing.
    pub server_pid: u32,
    /// Whether pane-exec is on the line.
    pub connected: bool,
    /// The guest connection that it is on; meaningless after a restart of the supervisor.
    #[serde(default)]
    pub connection: u64,
}
