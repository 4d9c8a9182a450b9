//! Health: what the last challenge says. A fact beside the lifecycle, never inside it.

use serde::{Deserialize, Serialize};

use super::{Moment, OnUnresponsive};

/// One missed challenge is noise, three are news.
pub const MISSES_MAX: u32 = 3;

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

/// What a second look at an unresponsive runtime came to: it asks the kernel and the screen, and
/// not the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Examined {
    /// Its process is stopped or dead, or does and draws nothing.
    Stuck,
    /// It computes or draws: it may only be busy.
    Moving,
    /// Nobody could say.
    Unanswered,
}

/// An agent that answers nothing any more: what was found, and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unresponsive {
    /// Since when that is so.
    pub since: Moment,
    /// What the second look came to.
    pub examined: Examined,
    /// What it saw.
    pub evidence: String,
    /// What is done; less than the roster says where the second look did not agree.
    pub action: OnUnresponsive,
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
/// are events, heartbeats are probes. Everything here is measured on the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beat {
    /// The last challenge that went out.
    pub asked_at: Option<Moment>,
    /// The last answered challenge.
    pub answer: Option<Answered>,
    /// Challenges in a row without an answer in time.
    pub misses: u32,
    /// For how long nobody was asked since the last answer, though it was time to: milliseconds in
    /// which the supervisor itself stood still, and for which no runtime is to blame.
    pub unasked_ms: u64,
    /// When it asked again.
    asked_again_at: Option<Moment>,
}

impl Beat {
    /// The runtime answered the challenge sent at `sent_at`; an older answer never replaces a newer.
    pub fn answered(&mut self, sent_at: Moment, rtt_us: u64) {
        if self.answer.is_some_and(|last| last.sent_at.mono_ms > sent_at.mono_ms) {
            return;
        }
        self.answer = Some(Answered { sent_at, rtt_us });
        self.misses = 0;
        if self.asked_again_at.is_none_or(|again| again.mono_ms <= sent_at.mono_ms) {
            self.unasked_ms = 0;
            self.asked_again_at = None;
        }
    }

    /// A challenge went out in a rhythm of `every_ms`. The one before is missed when it had its
    /// time and was not answered.
    pub fn asked(&mut self, at: Moment, every_ms: u64) {
        if let Some(before) = self.asked_at {
            let still_ms = stood_still_ms(before, at, every_ms);
            if still_ms > 0 {
                self.unasked_ms = self.unasked_ms.saturating_add(still_ms);
                self.asked_again_at = Some(at);
            } else if !self.is_open(before) {
                self.misses = 0;
            } else if at.since_ms(before) >= every_ms / 2 {
                self.misses = self.misses.saturating_add(1);
            }
        }
        self.asked_at = Some(at);
    }

    fn is_open(&self, asked: Moment) -> bool {
        self.answer.is_none_or(|last| last.sent_at.mono_ms < asked.mono_ms)
    }

    /// For how much of the time since the last answer nobody can blame the runtime.
    pub fn excused_ms(&self, now: Moment, every_ms: u64) -> u64 {
        let still_ms = self.asked_at.map_or(0, |asked| stood_still_ms(asked, now, every_ms));
        self.unasked_ms.saturating_add(still_ms)
    }
}

/// How much later than in its rhythm the supervisor asks; 0 for what a busy machine does.
fn stood_still_ms(asked: Moment, now: Moment, every_ms: u64) -> u64 {
    let over_ms = now.since_ms(asked).saturating_sub(every_ms);
    if over_ms > every_ms / 2 { over_ms } else { 0 }
}
