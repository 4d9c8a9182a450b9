//! A whole roster: its agents, and what it says beside them.

use serde::{Deserialize, Serialize};

use super::agent::Definition;

/// A whole checked roster.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roster {
    /// The tenant's label, when the roster names one.
    pub tenant: Option<String>,
    /// The host's label, when the roster names one.
    pub host: Option<String>,
    /// The tmux server and its panes.
    #[serde(default, skip_serializing_if = "TmuxPlan::is_built_in")]
    pub tmux: TmuxPlan,
    /// The agents, in the order of the file.
    pub agents: Vec<Definition>,
}

/// What the roster says of the tmux server and its panes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TmuxPlan {
    /// The name of its socket in the directory of sockets, when the roster names one: that of
    /// the next server, a living one is never moved.
    pub socket: Option<String>,
    /// Lines that a pane keeps above its screen, from its birth to its end, when the roster says so.
    pub history: Option<u32>,
}

impl TmuxPlan {
    /// The socket's name without a word in the roster.
    pub const SOCKET: &str = "tmux.sock";
    /// The history without a word in the roster: 1.5 to 5 MiB when it is full.
    pub const HISTORY: u32 = 2000;

    /// The socket's name.
    pub fn socket(&self) -> &str {
        self.socket.as_deref().unwrap_or(Self::SOCKET)
    }

    /// Lines that a pane keeps.
    pub fn history(&self) -> u32 {
        self.history.unwrap_or(Self::HISTORY)
    }

    fn is_built_in(&self) -> bool {
        *self == Self::default()
    }
}
