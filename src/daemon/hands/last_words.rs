//! What stood last in the pane of an agent that died: its own lines, and no note of ours.

use std::time::Duration;

use tokio::time::timeout;

use super::Hands;
use crate::fleet::AgentName;
use crate::protocol::NOTE_MARK;

/// The last lines of a dead agent's pane that its event keeps.
pub const LAST_WORDS: usize = 40;

/// Our own note below them: an empty row, and a sentence with the path of a program that is not
/// there fills some rows of a narrow pane.
const NOTE_ROWS_MAX: usize = 8;

/// An exit is told without its last words rather than late.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(1);

impl Hands {
    /// The last lines of an agent's own in its pane; none when tmux does not say in time.
    pub async fn last_words(&self, agent: &AgentName) -> Vec<String> {
        let snapshot = self.snapshots.borrow().clone();
        let pane = snapshot.fleet.agent(agent).and_then(|agent| agent.pane.clone());
        let Some(pane) = pane else { return Vec::new() };
        let lines = async {
            let tmux = self.link.when_looked_for().await?;
            tmux.last_lines(&pane.id, LAST_WORDS + NOTE_ROWS_MAX).await.ok()
        };
        match timeout(LAST_WORDS_WITHIN, lines).await {
            Ok(Some(lines)) => its_own(lines, agent),
            Ok(None) | Err(_) => Vec::new(),
        }
    }
}

/// Without the note that pane-exec writes below a life that is over: whether it stands there
/// already depends on who was quicker.
fn its_own(mut lines: Vec<String>, agent: &AgentName) -> Vec<String> {
    let note = format!("{NOTE_MARK}{agent} ");
    let among = lines.len().saturating_sub(NOTE_ROWS_MAX);
    if let Some(at) = lines[among..].iter().rposition(|line| line.starts_with(&note)) {
        lines.truncate(among + at);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.drain(..lines.len().saturating_sub(LAST_WORDS));
    lines
}
