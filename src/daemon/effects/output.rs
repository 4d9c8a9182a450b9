//! An agent's output: how its pane records it, and that tmux brings it there. It reads none of it.

use std::sync::Arc;

use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, OutputPlan, SessionId};
use crate::protocol::{RecordPlan, ToGuest};

/// How a pane records; `None` when it does not.
pub fn plan(hands: &Hands, agent: &AgentName, output: OutputPlan) -> Option<RecordPlan> {
    let OutputPlan { record, segment_bytes, keep_bytes } = output;
    let snapshot = hands.snapshots.borrow().clone();
    let known = snapshot.fleet.agent(agent).map(|agent| agent.recording.clone());
    let known = known.unwrap_or_default();
    record.then(|| RecordPlan {
        directory: hands.places.output(agent.as_str()).to_string_lossy().into_owned(),
        segment_bytes,
        keep_bytes,
        after_segment: known.segment,
        after_position: known.position,
    })
}

/// Has tmux bring a pane's output to its first process, where that waits for it. One of an earlier
/// version does not.
pub async fn tap(hands: &Hands, agent: &AgentName, pane: &str) {
    let (Some(tap), Some(tmux)) = (hands.guests.tap_of_pane(agent), hands.tmux()) else { return };
    let mosaic = hands.mosaic.to_string_lossy();
    if let Err(error) = tmux.tap(pane, &[&mosaic, "tap", &tap]).await {
        tracing::warn!(%agent, pane, %error, "the output of a pane is not recorded");
    }
}

/// Records a running session's output in another way.
pub async fn change(
    hands: Arc<Hands>,
    agent: AgentName,
    session: SessionId,
    pane: String,
    output: OutputPlan,
) {
    let plan = plan(&hands, &agent, output);
    let records = plan.is_some();
    let session = session.to_string();
    hands.guests.say_to_pane(&agent, ToGuest::Record { session, output: plan });
    if records {
        tap(&hands, &agent, &pane).await;
    }
}
