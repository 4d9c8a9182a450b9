//! What a runtime says of messages, as observations.

use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, Grade, MessageId, Observation, RuntimeKind};
use crate::host::runtime;
use crate::protocol::DeliverOutcome;

/// A text was submitted to a runtime: a receipt when its tag names a message of ours.
/// Whether it was one is said.
pub async fn submitted(
    hands: &Hands,
    agent: &AgentName,
    text: &str,
    grade: Option<Grade>,
    turn: Option<String>,
) -> bool {
    let Some((id, body)) = MessageId::of_tagged(text) else { return false };
    let Some(kind) = runtime_of(hands, agent) else { return false };
    let snapshot = hands.snapshots.borrow().clone();
    let Some((_, message)) = snapshot.fleet.message(&id) else { return false };
    let same_text = runtime::same_text(kind, &message.whole(), body);
    hands.saw(Observation::Submitted { agent: agent.clone(), id, same_text, grade, turn }).await;
    true
}

pub fn runtime_of(hands: &Hands, agent: &AgentName) -> Option<RuntimeKind> {
    let snapshot = hands.snapshots.borrow().clone();
    snapshot.fleet.agent(agent).map(|agent| agent.started_as().runtime)
}

pub async fn receipt(
    hands: &Hands,
    agent: &AgentName,
    id: MessageId,
    outcome: DeliverOutcome,
    reason: Option<String>,
) {
    let agent = agent.clone();
    let grade = match outcome {
        DeliverOutcome::Accepted => Some(Grade::Accepted),
        DeliverOutcome::AcceptedQueued => Some(Grade::AcceptedQueued),
        DeliverOutcome::Rejected => {
            let reason = reason.unwrap_or_else(|| "the runtime does not say why".to_owned());
            return hands.saw(Observation::MessageRejected { agent, id, reason }).await;
        }
    };
    hands.saw(Observation::Submitted { agent, id, same_text: true, grade, turn: None }).await;
}
