//! The keyboard of a runtime: what is to be known before a key goes to it, and keys that go only
//! while that is still so.

use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, RuntimeKind};
use crate::host::process::is_stopped;
use crate::host::runtime::{self, Composer};
use crate::host::tmux::{Glance, Pasted, Tmux, TmuxError, Unless};

/// Somebody whose last key is younger types now; tmux counts whole seconds.
const TYPING_MS: u64 = 3_000;

/// How an agent that runs was started.
pub fn kind_of(hands: &Hands, agent: &AgentName) -> Option<RuntimeKind> {
    let snapshot = hands.snapshots.borrow().clone();
    snapshot.fleet.agent(agent).map(|agent| agent.started_as().runtime)
}

/// A pane, and what reads the keys there.
pub struct Keyboard {
    tmux: Tmux,
    kind: RuntimeKind,
    pane: String,
    /// The processes of the runtime, as far as they are known.
    readers: Vec<u32>,
}

/// What stood in the composer at a moment.
pub struct Seen {
    /// What.
    pub composer: Composer,
    glance: Glance,
}

impl Seen {
    /// The whole screen, row by row.
    pub fn screen(&self) -> &[String] {
        &self.glance.screen
    }
}

impl Keyboard {
    /// That of a pane of an agent; none when tmux does not answer.
    pub fn of(hands: &Hands, agent: &AgentName, kind: RuntimeKind, pane: String) -> Option<Self> {
        let snapshot = hands.snapshots.borrow().clone();
        let session = snapshot.fleet.agent(agent).and_then(|agent| agent.session.as_ref());
        let channel = session.and_then(|session| session.channel.as_ref());
        // Below a shell, what speaks to us is the runtime, and the session's process that shell.
        let speaker = channel.and_then(|channel| hands.guests.pid(channel.connection));
        let first = session.and_then(|session| session.pid);
        let readers = speaker.into_iter().chain(first).collect();
        Some(Self { tmux: hands.tmux()?, kind, pane, readers })
    }

    /// What its runtime is.
    pub fn kind(&self) -> RuntimeKind {
        self.kind
    }

    /// Who or what forbids to type now: a person at a tmux client of their own, which takes no
    /// lease of ours, or a runtime that is stopped, so that somebody else reads the keys.
    pub async fn in_the_way(&self) -> Option<String> {
        if self.readers.iter().any(|pid| is_stopped(*pid)) {
            return Some("its process is stopped".to_owned());
        }
        // Not to know is no reason to wait: what stands in the composer is looked at next.
        let humans = self.tmux.humans(&self.pane).await.ok()?;
        let human = humans.into_iter().find(|human| human.activity_ms_ago < TYPING_MS)?;
        Some(format!("somebody types at {}", human.tty))
    }

    /// What stands in the composer, where this text of ours may be.
    pub async fn look(&self, ours: &str) -> Result<Seen, TmuxError> {
        let glance = self.tmux.glance(&self.pane).await?;
        let cursor = Some(glance.cursor);
        let mut composer = runtime::composer(self.kind, &glance.screen, cursor, ours);
        if composer == Composer::Empty
            && let Some((column, row)) = runtime::suggestion(self.kind, &glance.screen)
            && !self.tmux.is_dim(&self.pane, (column, row)).await?
        {
            composer = Composer::HoldsOther;
        }
        Ok(Seen { composer, glance })
    }

    /// Pastes a text.
    pub async fn paste(&self, text: &str) -> Result<Pasted, TmuxError> {
        self.tmux.paste(&self.pane, text).await
    }

    /// Presses keys, unless somebody has typed or a dialog has come up since the look.
    pub async fn press(&self, seen: &Seen, keys: &[u8]) -> Result<Pasted, TmuxError> {
        let signs = runtime::dialog_signs(self.kind, &seen.glance.screen);
        let unless = Unless { since: &seen.glance, shows: &signs };
        self.tmux.press(&self.pane, keys, Some(unless)).await
    }
}

/// Why keys were held back at the last moment.
pub const CHANGED: &str = "somebody typed, or a dialog came up, at the same moment";
