//! What is to be known before a key goes to a runtime: what it is, what stands there, who types.

use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, RuntimeKind};
use crate::host::runtime::{self, Composer};
use crate::host::tmux::{Tmux, TmuxError};

/// Somebody whose last key is younger types now; tmux counts whole seconds.
const TYPING_MS: u64 = 3_000;

/// How an agent that runs was started.
pub fn kind_of(hands: &Hands, agent: &AgentName) -> Option<RuntimeKind> {
    let snapshot = hands.snapshots.borrow().clone();
    snapshot.fleet.agent(agent).map(|agent| agent.started_as().runtime)
}

/// Who is at the keyboard by a tmux client of their own, which takes no lease of ours.
pub async fn somebody_types(tmux: &Tmux, pane: &str) -> Option<String> {
    // Not to know is no reason to wait: what stands in the composer is looked at next.
    let humans = tmux.humans(pane).await.ok()?;
    let human = humans.into_iter().find(|human| human.activity_ms_ago < TYPING_MS)?;
    Some(format!("somebody types at {}", human.tty))
}

/// What stands in the composer.
pub async fn look(
    tmux: &Tmux,
    kind: RuntimeKind,
    pane: &str,
    tag: &str,
) -> Result<Composer, TmuxError> {
    Ok(runtime::composer(kind, &tmux.screen(pane).await?, tag))
}
