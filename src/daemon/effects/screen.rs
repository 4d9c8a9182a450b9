//! The screen of a runtime that opened no channel in its time: read at each change, never typed to.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::keyboard::kind_of;
use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, Observation, Pane, SessionId};
use crate::host::runtime;
use crate::host::tmux::{Look, Tmux, WatchPiece};

/// A dialog is drawn in one go; after so long without output it stands.
const STANDS_AFTER: Duration = Duration::from_millis(200);

/// A screen that never stands still is read all the same.
const DRAWN_WITHIN: Duration = Duration::from_secs(1);

/// Says what stands on the screen until the runtime speaks for itself or its life is over.
pub async fn follow(hands: Arc<Hands>, agent: AgentName, session: SessionId) {
    let Some(_begun) = hands.looked_at.begin(&session) else { return };
    let mut snapshots = hands.snapshots.clone();
    let is_over = snapshots.wait_for(|snapshot| {
        let agent = snapshot.fleet.agent(&agent);
        let current = agent.and_then(|agent| agent.session.as_ref());
        !(current.is_some_and(|current| current.id == session)
            && agent.is_some_and(crate::fleet::Agent::is_silent))
    });
    tokio::select! {
        _ = is_over => {}
        () = tell(&hands, &agent, &session) => {}
    }
}

async fn tell(hands: &Hands, agent: &AgentName, session: &SessionId) {
    let snapshot = hands.snapshots.borrow().clone();
    let pane = snapshot.fleet.agent(agent).and_then(|agent| agent.pane.clone());
    let (Some(pane), Some(tmux)) = (pane, hands.tmux()) else { return };
    let mut changes = match tmux.watch(&pane, Look::Frames).await {
        Ok(changes) => changes,
        Err(error) => return tracing::warn!(%agent, %error, "look at a silent runtime's screen"),
    };
    let mut told = None;
    while timeout(DRAWN_WITHIN, stands(&mut changes)).await != Ok(false) {
        let seen = dialog(hands, &tmux, agent, &pane).await;
        if seen.is_some() && seen != told {
            told.clone_from(&seen);
            let (agent, session) = (agent.clone(), session.clone());
            let detail = seen.unwrap_or_default();
            hands.saw(Observation::DialogSeen { agent, session, detail }).await;
        }
        if is_last(changes.recv().await.as_ref()) {
            return;
        }
    }
}

/// Waits until nothing more is drawn; false when nothing will be drawn any more.
async fn stands(changes: &mut mpsc::Receiver<WatchPiece>) -> bool {
    while let Ok(piece) = timeout(STANDS_AFTER, changes.recv()).await {
        if is_last(piece.as_ref()) {
            return false;
        }
    }
    true
}

fn is_last(piece: Option<&WatchPiece>) -> bool {
    matches!(piece, None | Some(WatchPiece::Gone(_)))
}

/// What a dialog says, when one stands there.
async fn dialog(hands: &Hands, tmux: &Tmux, agent: &AgentName, pane: &Pane) -> Option<String> {
    let kind = kind_of(hands, agent)?;
    runtime::dialog(kind, &tmux.screen(&pane.id).await.ok()?)
}
