//! What a turn came to before it is durable, and what is kept of its commands afterwards.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::sync::oneshot;

use super::hex;
use crate::daemon::spans::Place;
use crate::daemon::{AskError, Caller, Done};
use crate::fleet::{Answer, Beats, Command, Effect, Fleet, Moment, Recorded};
use crate::host::journal::Remember;
use crate::telemetry::TraceContext;

/// A command in this turn, and where its answer goes.
pub struct Pending {
    pub command: Command,
    pub caller: Caller,
    pub reply: oneshot::Sender<Result<Done, AskError>>,
    pub context: TraceContext,
    pub parent: Option<TraceContext>,
    pub started: Moment,
    pub outcome: Result<Answer, AskError>,
    /// The last event that it produced, counted in this turn.
    pub events: usize,
}

/// What a turn came to, before it is durable.
pub struct Turn {
    /// The fleet with every event of the turn folded in.
    pub fleet: Arc<Fleet>,
    /// The probes, without those of lives that the turn ended.
    pub beats: Arc<Beats>,
    /// Each with its place in its trace, and who caused it.
    pub events: Vec<(Recorded, Place, String)>,
    pub effects: Vec<Effect>,
    pub commands: Vec<Pending>,
}

impl Turn {
    /// A turn that begins here and has come to nothing yet.
    pub fn from(fleet: &Arc<Fleet>, beats: &Arc<Beats>) -> Self {
        Self {
            fleet: Arc::clone(fleet),
            beats: Arc::clone(beats),
            events: Vec::new(),
            effects: Vec::new(),
            commands: Vec::new(),
        }
    }

    /// Whether a command of this turn came with the same key.
    pub fn has_key(&self, caller: &Caller) -> bool {
        let key = caller.idempotency_key.as_ref();
        key.is_some() && self.commands.iter().any(|one| one.caller.idempotency_key.as_ref() == key)
    }
}

/// The answer to keep for a command that came with a key.
pub fn remember(pending: &Pending) -> Option<Remember> {
    let key = pending.caller.idempotency_key.clone()?;
    let answer = pending.outcome.as_ref().ok()?;
    let reply = serde_json::to_string(answer).ok()?;
    let fingerprint = fingerprint(&pending.command);
    Some(Remember { key, fingerprint, reply, events: pending.events })
}

/// A digest of a request: the same key with another one is a mistake of its caller.
pub fn fingerprint(command: &Command) -> String {
    hex(&Sha256::digest(format!("{command:?}").as_bytes())[..])
}
