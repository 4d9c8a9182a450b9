//! What is said of a message on its way, and what that proves: each rung once, and a late one counts.

use super::Draft;
use super::messages::SWEEP_MS;
use super::overdue::stands;
use crate::fleet::{
    Activity, Agent, AgentName, Event, Grade, MessageId, Observation, Receipt, SessionId,
};

/// Nothing was typed: what stood in the way is rarely gone sooner. It is tried again after this, then
/// after twice as long each time: a draft may lie in a composer for a night, and each try is two events.
const RETRY_MS: u64 = 1_000;

/// It waits no longer than what was forgotten.
const RETRY_MS_MAX: u64 = SWEEP_MS;

/// What the runtime, or the hand that typed, says of a message.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`seen::observe` names every observation and who takes it"
)]
pub fn observe(draft: &mut Draft<'_>, name: &AgentName, observation: &Observation) {
    let agent = name.clone();
    match observation {
        Observation::Submitted { id, same_text, grade, turn, .. } => {
            let grade = grade.or_else(|| grade_by_turn(draft.agent(name)?, turn.as_deref()?));
            submitted(draft, name, id, *same_text, grade);
            let session = draft.agent(name).and_then(|agent| agent.session.as_ref());
            if let (Some(turn), Some(session)) = (turn, session.map(|session| session.id.clone())) {
                name_turn(draft, name, &session, turn);
            }
        }
        Observation::TurnNamed { session, turn, .. } => name_turn(draft, name, session, turn),
        Observation::MessageStands { id, .. } => stands(draft, name, id),
        Observation::MessageCleared { id, .. } if ended_and_open(draft, name, id) => {
            draft.say(Event::MessageCleared { agent, id: id.clone() });
        }
        Observation::MessageNotSubmitted { id, reason, .. } if on_its_way(draft, name, id) => {
            let reason = reason.clone();
            draft.say(Event::MessageNotSubmitted { agent, id: id.clone(), reason });
        }
        Observation::MessageTyped { id, .. } if stands_at(draft, name, id, &[Receipt::Typing]) => {
            draft.say(Event::MessageTyped { agent, id: id.clone() });
        }
        Observation::MessageNotTyped { id, reason, .. }
            if stands_at(draft, name, id, &[Receipt::Typing]) =>
        {
            let (id, reason) = (id.clone(), reason.clone());
            let retry_in_ms = retry_in_ms(draft, &id);
            draft.say(Event::MessageReturned { agent, id, reason, retry_in_ms });
        }
        Observation::MessageDoubtful { id, reason, .. } if on_its_way(draft, name, id) => {
            let reason = reason.clone();
            draft.say(Event::MessageUnknown { agent, id: id.clone(), reason });
        }
        Observation::MessageRejected { id, reason, .. } if on_its_way(draft, name, id) => {
            let reason = reason.clone();
            draft.say(Event::MessageRejected { agent, id: id.clone(), reason });
        }
        _ => {}
    }
}

fn retry_in_ms(draft: &Draft<'_>, id: &MessageId) -> u64 {
    let returns = draft.fleet().message(id).map_or(0, |(_, message)| message.returns);
    RETRY_MS.saturating_mul(2_u64.saturating_pow(returns)).min(RETRY_MS_MAX)
}

/// A receipt counts for what went out, also when it comes after we had given up hope of it.
fn submitted(
    draft: &mut Draft<'_>,
    name: &AgentName,
    id: &MessageId,
    same_text: bool,
    grade: Option<Grade>,
) {
    let late = ended_and_open(draft, name, id);
    let (agent, id) = (name.clone(), id.clone());
    if !on_its_way(draft, name, &id) && !late {
        return;
    }
    if same_text {
        let grade = grade.unwrap_or_else(|| grade_by_activity(draft, &id));
        draft.say(Event::MessageAccepted { agent, id, grade });
    } else if !late {
        let reason = "the runtime took a text with its tag that is not its text".to_owned();
        draft.say(Event::MessageUnknown { agent, id, reason });
    }
}

/// A text that was submitted into the turn of the text before it waits there.
fn grade_by_turn(agent: &Agent, turn: &str) -> Option<Grade> {
    let before = agent.turn.as_deref()?;
    Some(if before == turn { Grade::AcceptedQueued } else { Grade::Accepted })
}

/// A runtime names the turn that a text went into.
fn name_turn(draft: &mut Draft<'_>, name: &AgentName, session: &SessionId, turn: &str) {
    let Some(agent) = draft.agent(name) else { return };
    let is_current = agent.session.as_ref().is_some_and(|current| current.id == *session);
    if is_current && agent.turn.as_deref() != Some(turn) {
        let (agent, session, turn) = (name.clone(), session.clone(), turn.to_owned());
        draft.say(Event::TurnNamed { agent, session, turn });
    }
}

/// What is known when the runtime does not say whether a message waits: it does when the turn that
/// runs is the one that ran when the message began to go out. A later one may be its own.
fn grade_by_activity(draft: &Draft<'_>, id: &MessageId) -> Grade {
    let waits = draft.fleet().message(id).is_some_and(|(name, message)| {
        let agent = draft.agent(name);
        agent.is_some_and(|agent| {
            let (activity, since) = &agent.activity;
            *activity == Activity::Busy && message.behind == Some(*since)
        })
    });
    if waits { Grade::AcceptedQueued } else { Grade::Accepted }
}

/// Whether a message ended, and its runtime may yet have it, or have it in its composer.
fn ended_and_open(draft: &Draft<'_>, name: &AgentName, id: &MessageId) -> bool {
    let message = draft.fleet().message(id);
    message.is_some_and(|(agent, message)| agent == name && message.receipt.can_be_late())
}

fn on_its_way(draft: &Draft<'_>, name: &AgentName, id: &MessageId) -> bool {
    stands_at(draft, name, id, &[Receipt::Typing, Receipt::Typed])
}

fn stands_at(draft: &Draft<'_>, name: &AgentName, id: &MessageId, rungs: &[Receipt]) -> bool {
    draft.agent(name).is_some_and(|agent| {
        agent.mailbox.iter().any(|message| message.id == *id && rungs.contains(&message.receipt))
    })
}

/// The session is over: whether it took the message on its way, nobody can say any more.
pub fn session_over(draft: &mut Draft<'_>, name: &AgentName) {
    let on_its_way =
        draft.agent(name).and_then(Agent::on_its_way).map(|message| message.id.clone());
    if let Some(id) = on_its_way {
        let reason = "the session ended before its runtime said that it took it".to_owned();
        draft.say(Event::MessageUnknown { agent: name.clone(), id, reason });
    }
}
