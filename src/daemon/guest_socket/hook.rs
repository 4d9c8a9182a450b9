//! What a hook of a runtime says, as observations.

use super::receipts::{runtime_of, submitted};
use super::short::{WORD_CHARS_MAX, short};
use crate::daemon::hands::Hands;
use crate::fleet::{AgentName, Observation, SessionId};
use crate::host::runtime::{self, Heard};

/// What a hook of a runtime says; also read from the spool of a time without a supervisor.
pub async fn hook(
    hands: &Hands,
    agent: &AgentName,
    session: &SessionId,
    event: &str,
    payload: &serde_json::Value,
) {
    let Some(kind) = runtime_of(hands, agent) else { return };
    match runtime::heard(kind, event, payload) {
        Heard::Submitted { text, turn, conversation } => {
            let turn = turn.map(|turn| short(&turn, WORD_CHARS_MAX));
            let is_ours = submitted(hands, agent, &text, None, turn.clone()).await;
            if let Some(turn) = turn.filter(|_| !is_ours) {
                let (agent, session) = (agent.clone(), session.clone());
                hands.saw(Observation::TurnNamed { agent, session, turn }).await;
            }
            if let Some(conversation) = conversation {
                in_conversation(hands, agent, session, conversation).await;
            }
        }
        Heard::Conversation(conversation) => {
            in_conversation(hands, agent, session, conversation).await;
        }
        Heard::Nothing => {}
    }
}

async fn in_conversation(
    hands: &Hands,
    agent: &AgentName,
    session: &SessionId,
    conversation: String,
) {
    let (agent, session) = (agent.clone(), session.clone());
    hands.saw(Observation::ConversationReported { agent, session, conversation }).await;
}
