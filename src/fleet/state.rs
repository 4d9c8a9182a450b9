//! The fleet: what exists, as the journal tells it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Agent, AgentName, Beat, Host, Message, MessageId, Moment, Tenant, TmuxPlan};

/// Messages that ended are remembered this far back, for those who ask by id.
pub const ENDED_MESSAGES_MAX: usize = 1000;

/// Restarts after deaths, in the whole fleet: one each so many milliseconds in the long run. A start
/// costs some ten milliseconds of a processor; this keeps a fleet that crashes as a whole to a few
/// percent of one.
pub const RESTART_EVERY_MS: u64 = 200;

/// So many may come at once before that: with those of one minute, never more than 600.
pub const RESTARTS_AT_ONCE: u64 = 300;

/// Two letters of an id that was copied by eye.
const NEAR: usize = 2;

/// As many as a person compares.
const NEAR_IDS_MAX: usize = 3;

/// Everything that fold builds. Nothing here comes from anywhere but events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fleet {
    /// Whose it is.
    pub tenant: Tenant,
    /// Where it is.
    pub host: Host,
    /// The boot that the last supervisor saw.
    pub boot_id: String,
    /// Where the roster was read from.
    pub roster_path: Option<String>,
    /// What the roster says of the tmux server.
    pub tmux_plan: TmuxPlan,
    /// Our tmux server, while it answers.
    pub tmux: Option<TmuxServer>,
    /// Whether this supervisor has lost a server since: what comes back then comes paced.
    #[serde(default)]
    pub tmux_lost: bool,
    /// Whether the supervisor was asked to leave, and whether agents stay then.
    pub leaving: Option<Leaving>,
    /// The limit of the host that the supervisor has reached, until it is past.
    #[serde(default)]
    pub strained: Option<String>,
    /// The agents' names in the order of the roster, the gone ones last.
    pub order: Vec<AgentName>,
    /// The agents. Shared, so that a draft of the fleet costs no copy of them.
    pub agents: BTreeMap<AgentName, Arc<Agent>>,
    /// Messages that ended, oldest first.
    pub ended: VecDeque<(AgentName, Message)>,
    /// On the monotonic clock, how far the restarts after deaths have used up their share: each
    /// takes [`RESTART_EVERY_MS`].
    #[serde(default)]
    pub restarts_paced_ms: u64,
}

/// A tmux server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TmuxServer {
    /// Its process.
    pub pid: u32,
    /// `3.3a`.
    pub version: String,
}

/// The supervisor was asked to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// Whether agents and tmux stay.
    pub keep_agents: bool,
}

/// The probes of every agent's current session, kept beside the fleet.
pub type Beats = BTreeMap<AgentName, Beat>;

impl Fleet {
    /// The agents in the order of the roster.
    pub fn in_order(&self) -> impl Iterator<Item = &Agent> {
        self.order.iter().filter_map(|name| self.agents.get(name)).map(Arc::as_ref)
    }

    /// How long a restart after a death has to wait for its turn in the whole fleet.
    pub fn restart_wait_ms(&self, now: Moment) -> u64 {
        let leave_at = self.restarts_paced_ms.saturating_sub(RESTARTS_AT_ONCE * RESTART_EVERY_MS);
        leave_at.saturating_sub(now.mono_ms)
    }

    /// One agent.
    pub fn agent(&self, name: &AgentName) -> Option<&Agent> {
        self.agents.get(name).map(Arc::as_ref)
    }

    /// Ids of messages that may be meant by this one: those that begin with it or differ in a
    /// letter or two, the newest first.
    pub fn messages_near(&self, asked: &MessageId) -> Vec<String> {
        let waiting = self.agents.values().flat_map(|agent| agent.mailbox.iter());
        let ended = self.ended.iter().rev().map(|(_, message)| message);
        let is_near = |id: &&str| {
            id.starts_with(&asked.0) || strsim::damerau_levenshtein(id, &asked.0) <= NEAR
        };
        let ids = waiting.chain(ended).map(|message| message.id.0.as_str());
        ids.filter(is_near).take(NEAR_IDS_MAX).map(str::to_owned).collect()
    }

    /// A message, waiting or ended, and whose it is.
    pub fn message(&self, id: &MessageId) -> Option<(&AgentName, &Message)> {
        let waiting = self.agents.iter().find_map(|(name, agent)| {
            agent.mailbox.iter().find(|message| message.id == *id).map(|message| (name, message))
        });
        waiting.or_else(|| {
            self.ended.iter().rev().find(|(_, message)| message.id == *id).map(|(n, m)| (n, m))
        })
    }
}
