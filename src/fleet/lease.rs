//! Who has an agent's keyboard: one holder at a time, by name, until they give it back.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Moment, rfc3339};

/// tmux comes up within milliseconds, on a host that thrashes within a second; who has not come
/// to it by then does not come.
pub const COME_WITHIN_MS: u64 = 10_000;

/// After a restart tmux says within a second who is there; while it does not answer, nobody knows,
/// and messages do not wait for ever.
pub const SEEN_AGAIN_WITHIN_MS: u64 = 30_000;

/// The id of one lease: 12 characters of `0-9a-z`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseId(pub String);

impl fmt::Display for LeaseId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// An agent's keyboard, lent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Which; none for what a journal says that knew no leases.
    pub id: Option<LeaseId>,
    /// The holder: a user's name.
    pub who: String,
    /// Their terminal, where they have one of a name: `/dev/pts/3`.
    pub tty: Option<String>,
    /// The process of `agent attach`, where the kernel names it; none for who came by hand.
    pub pid: Option<u32>,
    /// When it was taken.
    pub since: Moment,
    /// Whether the agent's window follows the holder's size.
    pub resize: bool,
    /// Whether the holder came by a tmux client of their own and asked nobody.
    pub by_hand: bool,
    /// The process of their tmux client, once tmux has shown it.
    pub client: Option<u32>,
    /// When it is over by itself; none while tmux shows the client.
    pub expires_at: Option<Moment>,
    /// Who else can type there, in the order in which they came.
    #[serde(default)]
    pub beside: Vec<Beside>,
}

/// Who came by a tmux client of their own while somebody else has the keyboard: nobody asked us,
/// and nobody can keep them from typing, so both are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// A user's name, as tmux says.
    pub who: String,
    /// Their terminal: `/dev/pts/3`.
    pub tty: String,
    /// The process of their tmux client.
    pub client: u32,
    /// Since when.
    pub since: Moment,
}

impl Beside {
    /// `bob on /dev/pts/4`, for people.
    pub fn holder(&self) -> String {
        holder(&self.who, Some(&self.tty))
    }
}

impl Lease {
    /// `alice on /dev/pts/3`, for people.
    pub fn holder(&self) -> String {
        holder(&self.who, self.tty.as_deref())
    }

    /// The same, and since when.
    pub fn sentence(&self) -> String {
        format!("{} has the keyboard since {}", self.holder(), rfc3339(self.since.wall_ms))
    }

    /// What everybody who sits at it is told while there is more than one of them.
    pub fn notice(&self) -> Option<String> {
        let first = self.beside.first()?.holder();
        let more = match self.beside.len() - 1 {
            0 => String::new(),
            count => format!(" and {count} more"),
        };
        Some(format!("{} has this keyboard; {first}{more} can type too", self.holder()))
    }
}

/// `alice on /dev/pts/3`, or `alice`.
pub fn holder(who: &str, tty: Option<&str>) -> String {
    tty.map_or_else(|| who.to_owned(), |tty| format!("{who} on {tty}"))
}

/// Why a lease is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseEnd {
    /// The holder gave it back.
    #[default]
    Detached,
    /// Somebody else took it, with a reason.
    Stolen,
    /// The holder's terminal is gone.
    LostTerminal,
    /// The holder's `agent attach` ended without giving it back, and its terminal is still there.
    Died,
    /// The holder never came to tmux, or nobody could say for too long.
    Expired,
    /// The agent's pane is gone.
    AgentEnded,
}

impl LeaseEnd {
    /// The word of the journal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Detached => "detached",
            Self::Stolen => "stolen",
            Self::LostTerminal => "lost_terminal",
            Self::Died => "died",
            Self::Expired => "expired",
            Self::AgentEnded => "agent_ended",
        }
    }
}
