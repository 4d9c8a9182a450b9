//! What a runtime says over its channel, as observations: it can be asked, and answers.

use super::guest::Guest;
use super::short::{DETAIL_CHARS_MAX, WORD_CHARS_MAX, short};
use crate::daemon::guests::{Came, is_told};
use crate::daemon::hands::Hands;
use crate::fleet::{Activity, AgentName, ChannelKind, MessageId, Observation, token_hash};
use crate::protocol::{ActivityWord, Answered, Role};

/// Words for what a runtime can that are kept; we know one.
const CAPABILITIES_MAX: usize = 16;

impl Guest {
    /// It can be asked from now on.
    pub async fn offer(&self, hands: &Hands, agent: &AgentName, kind: ChannelKind) {
        if !self.is_current(hands, agent) {
            self.distrust(hands, agent);
        }
        let words = self.hello.capabilities.iter().take(CAPABILITIES_MAX);
        let capabilities: Vec<String> = words.map(|word| short(word, WORD_CHARS_MAX)).collect();
        let software = self.hello.software.as_deref().unwrap_or_default();
        hands
            .saw(Observation::ChannelOffered {
                agent: agent.clone(),
                session: self.session(),
                token_hash: token_hash(self.hello.token.as_deref().unwrap_or_default()),
                kind,
                delivers: self.hello.delivers || capabilities.iter().any(|word| word == "deliver"),
                software: short(software, WORD_CHARS_MAX),
                capabilities,
                connection: self.connection,
            })
            .await;
    }

    /// It has answered a challenge, or says so.
    pub async fn answered(&self, hands: &Hands, agent: &AgentName, answered: Answered) {
        let challenges = hands.guests.challenges(self.connection);
        let came = challenges.map_or(Came::Wrong, |kept| kept.answered(&answered.nonce));
        let Came::Answer { sent_at, rtt_us, late } = came else {
            // It proves nothing, and what came with it counts for nothing either.
            let count = if came == Came::Replayed {
                hands.guests.count(agent, |counters| &mut counters.replayed_nonces)
            } else {
                hands.guests.count(agent, |counters| &mut counters.wrong_nonces)
            };
            if is_told(count) {
                tracing::warn!(%agent, ?came, count, "an answer to no open challenge was skipped");
            }
            return;
        };
        hands.guests.count(agent, if late { |c| &mut c.late_answers } else { |c| &mut c.answers });
        let (of, session) = (agent.clone(), self.session());
        hands.saw(Observation::HeartbeatAnswered { agent: of, session, sent_at, rtt_us }).await;
        if self.hello.role == Role::Runtime {
            self.said_with_it(hands, agent, answered).await;
        }
    }

    /// An answer may carry what the runtime does, and which message it took last.
    async fn said_with_it(&self, hands: &Hands, agent: &AgentName, answered: Answered) {
        let Answered { state, detail, until_ms, turn, last_message_id, .. } = answered;
        hands.guests.note_turn(agent, turn.map(|turn| short(&turn, WORD_CHARS_MAX)));
        if let Some(activity) = state.and_then(|state| activity(state, detail, until_ms)) {
            let (agent, session) = (agent.clone(), self.session());
            hands.saw(Observation::ActivityAnswered { agent, session, activity }).await;
        }
        let Some(id) = last_message_id.map(MessageId) else { return };
        let snapshot = hands.snapshots.borrow().clone();
        // Said with every answer, and news only while its receipt is open.
        let is_open =
            snapshot.fleet.message(&id).is_some_and(|(_, message)| message.receipt.is_open());
        if is_open {
            // Whether it waits behind the running turn is not said with it.
            let (agent, same_text, grade) = (agent.clone(), true, None);
            hands.saw(Observation::Submitted { agent, id, same_text, grade, turn: None }).await;
        }
    }
}

/// What a word says; one of a later version says nothing.
pub fn activity(
    state: ActivityWord,
    detail: Option<String>,
    until_ms: Option<u64>,
) -> Option<Activity> {
    let detail = short(&detail.unwrap_or_default(), DETAIL_CHARS_MAX);
    Some(match state {
        ActivityWord::Idle => Activity::Idle,
        ActivityWord::Busy => Activity::Busy,
        ActivityWord::AwaitingInput => Activity::AwaitingInput { detail },
        ActivityWord::AwaitingApproval => Activity::AwaitingApproval { detail },
        ActivityWord::Limited => Activity::Limited { detail, until_ms },
        ActivityWord::Unknown => return None,
    })
}
