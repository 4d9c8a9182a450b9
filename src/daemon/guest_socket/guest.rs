//! A guest that has said hello: who it is, and whether it shows the token of the present life.

use super::count_known;
use crate::daemon::guests::is_told;
use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, SessionId, token_hash};
use crate::protocol::Hello;

/// A guest that has said hello.
#[derive(Debug)]
pub struct Guest {
    /// Its connection.
    pub connection: u64,
    /// Its hello.
    pub hello: Hello,
    /// Its process, as the kernel says; 0 when it cannot be seen from here.
    pub pid: u32,
}

impl Guest {
    /// The session that it names.
    pub fn session(&self) -> SessionId {
        SessionId(self.hello.session.clone().unwrap_or_default())
    }

    /// Whether it shows the token of the agent's current session.
    pub fn is_current(&self, hands: &Hands, agent: &AgentName) -> bool {
        let snapshot = hands.snapshots.borrow().clone();
        let session = snapshot.fleet.agent(agent).and_then(|agent| agent.session.as_ref());
        let token = self.hello.token.as_deref().unwrap_or_default();
        session.is_some_and(|s| s.id == self.session() && s.token_hash == token_hash(token))
    }

    /// Somebody without the token of the present life speaks for it.
    pub fn distrust(&self, hands: &Hands, agent: &AgentName) {
        let pid = self.pid;
        let count = count_known(hands, agent, |counters| &mut counters.wrong_tokens);
        if count.is_some_and(is_told) {
            tracing::warn!(%agent, pid, count, "a session or token that is not the current one");
        }
    }
}
