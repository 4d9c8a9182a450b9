//! Health: what the last challenge says. A fact beside the lifecycle, never inside it.

use serde::{Deserialize, Serialize};

use super::Moment;

/// Proof that the runtime itself answered one challenge. Only [`Beat::answered`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    sent_at: Moment,
    rtt_us: u64,
}

impl Answered {
    /// When the answered challenge was sent.
    pub fn sent_at(&self) -> Moment {
        self.sent_at
    }

    /// From the challenge to its answer, in microseconds.
    pub fn rtt_us(&self) -> u64 {
        self.rtt_us
    }
}

/// What is known of a runtime's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Health {
    /// In its grace after a start.
    Starting,
    /// It answered a challenge that was sent at most `healthy_within` ago.
    Healthy {
        /// The answer that makes it so.
        proof: Answered,
    },
    /// The last answer is older than `healthy_within`.
    Late,
    /// So many challenges in a row without an answer that it is no accident any more.
    Unresponsive,
    /// No session, no way to ask, or the channel is lost: why.
    Unknown {
        /// Why nobody can say.
        reason: String,
    },
}

impl Health {
    /// The word of the glossary.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy { .. } => "healthy",
            Self::Late => "late",
            Self::Unresponsive => "unresponsive",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Unknown, with its reason.
    pub fn unknown(reason: &str) -> Self {
        Self::Unknown { reason: reason.to_owned() }
    }
}

/// How challenges reach a runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// The runtime speaks our protocol from its own event loop.
    Native,
    /// Our MCP server asks the runtime by MCP `ping`.
    Mcp,
}

/// An open channel into a runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// How challenges reach the runtime.
    pub kind: ChannelKind,
    /// Whether the runtime takes messages over it.
    pub delivers: bool,
    /// The guest connection that carries it; meaningless after a restart of the supervisor.
    pub connection: u64,
}

/// The probes of one session. Kept beside the fleet, not in the journal: only transitions
/// are events, heartbeats are probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beat {
    /// The last challenge that went out.
    pub asked_at: Option<Moment>,
    /// The last answered challenge.
    pub answer: Option<Answered>,
    /// Challenges in a row without an answer in time.
    pub misses: u32,
}

impl Beat {
    /// The runtime answered the challenge sent at `sent_at`; an older answer never replaces a newer.
    pub fn answered(&mut self, sent_at: Moment, rtt_us: u64) {
        if self.answer.is_none_or(|last| last.sent_at <= sent_at) {
            self.answer = Some(Answered { sent_at, rtt_us });
            self.misses = 0;
        }
    }

    /// A challenge went out; whether the one before was answered decides the misses.
    pub fn asked(&mut self, at: Moment) {
        let unanswered =
            self.asked_at.is_some_and(|asked| self.answer.is_none_or(|last| last.sent_at < asked));
        self.misses = if unanswered { self.misses + 1 } else { 0 };
        self.asked_at = Some(at);
    }
}
