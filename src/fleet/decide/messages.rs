//! The rules of the mailbox: one message on its way at a time, never twice, never into a dialog.

use super::Draft;
use crate::fleet::{
    Activity, Agent, AgentName, Channel, Effect, Event, Grade, Lifecycle, Message, MessageId,
    Moment, Observation, Receipt, RuntimeKind, Way, key_in,
};

/// More than a person or a peer queues on purpose; the next one is refused loudly.
pub const MAILBOX_MAX: usize = 100;
/// The slowest receipt measured of a runtime that lives came after 0.6 s.
pub const RECEIPT_MS: u64 = 15_000;
/// After so long without a receipt the composer is read again.
pub const LOOK_AGAIN_MS: u64 = 1_500;
/// How often it is read again before only the receipt counts.
pub const LOOKS_MAX: u32 = 3;
/// Nothing was typed: what stood in the way is rarely gone sooner.
pub const RETRY_MS: u64 = 1_000;

/// How the next message would reach an agent now, or why it waits.
pub fn way(agent: &Agent) -> Result<Way, String> {
    if let Some(lease) = &agent.lease {
        return Err(lease.sentence());
    }
    if !matches!(agent.lifecycle, Lifecycle::Running { .. }) {
        return Err(format!("the agent is {}", agent.lifecycle.word()));
    }
    if agent.is_kept_for_inspection() {
        return Err("the agent is held for inspection: it answers nothing".to_owned());
    }
    let activity = &agent.activity.0;
    if let Some(detail) = activity.detail().filter(|_| activity.blocks()) {
        return Err(format!("the agent is {}: {detail}", activity.word()));
    }
    let channel = agent.session.as_ref().and_then(|session| session.channel.as_ref());
    match channel {
        None => Err("its runtime has opened no channel".to_owned()),
        Some(Channel { delivers: true, connection, .. }) => {
            Ok(Way::Structured { connection: *connection })
        }
        Some(Channel { delivers: false, .. }) => by_keystrokes(agent),
    }
}

fn by_keystrokes(agent: &Agent) -> Result<Way, String> {
    let runtime = agent.started_as().runtime;
    if runtime == RuntimeKind::Command {
        return Err("its runtime takes no messages over its channel".to_owned());
    }
    if agent.activity.0 == Activity::Unknown {
        return Err("its runtime has not said yet what it does".to_owned());
    }
    let pane = agent.pane.as_ref().ok_or_else(|| "it has no pane".to_owned())?;
    Ok(Way::Keystrokes { pane: pane.id.clone() })
}

/// Whether a text can be carried to an agent; what its adapter forbids beyond it comes back as a
/// rejection.
pub fn carries(agent: &Agent, text: &str) -> Result<(), String> {
    if let Some((at, character)) = key_in(text).filter(|_| takes_keys_only(agent)) {
        let code = u32::from(character);
        Err(format!(
            "it holds the control character U+{code:04X} at byte {at}, which is a key to a \
             runtime that takes messages only by its keyboard; remove it"
        ))
    } else if text.is_empty() {
        Err("it is empty".to_owned())
    } else if text.contains('\0') {
        Err("it holds a NUL byte".to_owned())
    } else if text.len() > 64 * 1024 {
        Err(format!("it has {} bytes, and 65536 is the most", text.len()))
    } else {
        Ok(())
    }
}

/// Whether only keystrokes reach its runtime, as far as anybody knows by now.
fn takes_keys_only(agent: &Agent) -> bool {
    let channel = agent.session.as_ref().and_then(|session| session.channel.as_ref());
    channel.map_or(agent.definition.runtime == RuntimeKind::Claude, |channel| !channel.delivers)
}

/// Lets time pass for an agent's messages, and sends the next one when it may go.
pub fn advance(draft: &mut Draft<'_>, name: &AgentName) {
    expire(draft, name);
    overdue(draft, name);
    let Some(agent) = draft.agent(name) else { return };
    if agent.on_its_way().is_some() || agent.deliver_after.mono_ms > draft.now.mono_ms {
        return;
    }
    let Some(message) = agent.mailbox.front().cloned() else { return };
    let Ok(way) = way(agent) else { return };
    let channel = match &way {
        Way::Structured { .. } => "structured",
        Way::Keystrokes { .. } => "keystrokes",
    };
    draft.say(Event::MessageTyping {
        agent: name.clone(),
        id: message.id.clone(),
        channel: channel.to_owned(),
    });
    draft.act(Effect::Deliver { agent: name.clone(), message: Box::new(message), way });
}

fn expire(draft: &mut Draft<'_>, name: &AgentName) {
    let now = draft.now;
    let Some(agent) = draft.agent(name) else { return };
    let too_old = |message: &&Message| {
        message.receipt == Receipt::Queued && message.expires_at.mono_ms <= now.mono_ms
    };
    let ids: Vec<MessageId> = agent.mailbox.iter().filter(too_old).map(|m| m.id.clone()).collect();
    for id in ids {
        draft.say(Event::MessageExpired { agent: name.clone(), id });
    }
}

/// The message on its way has waited long enough for its receipt: look again, or say unknown.
fn overdue(draft: &mut Draft<'_>, name: &AgentName) {
    let now = draft.now;
    let Some(agent) = draft.agent(name) else { return };
    let Some(message) = agent.on_its_way().cloned() else { return };
    let waited = now.since_ms(message.receipt_at);
    if waited >= RECEIPT_MS {
        let reason = format!("no receipt came within {} s", RECEIPT_MS / 1000);
        draft.say(Event::MessageUnknown { agent: name.clone(), id: message.id, reason });
    } else if look_due(agent, &message).is_some_and(|at| at <= now.mono_ms) {
        let Some(pane) = agent.pane.as_ref().map(|pane| pane.id.clone()) else { return };
        draft.say(Event::MessageLookedAgain { agent: name.clone(), id: message.id.clone() });
        draft.act(Effect::LookAgain { agent: name.clone(), message: Box::new(message), pane });
    }
}

/// When the composer is read again: only for what was typed, or begun by a supervisor that is
/// gone, and only so often.
fn look_due(agent: &Agent, message: &Message) -> Option<u64> {
    let nobody_types = message.receipt == Receipt::Typed || agent.typist_gone;
    let typed = nobody_types && agent.looked_again < LOOKS_MAX;
    let by_keys = matches!(way(agent), Ok(Way::Keystrokes { .. }));
    let looks = u64::from(agent.looked_again) + 1;
    (typed && by_keys).then(|| message.receipt_at.mono_ms + LOOK_AGAIN_MS * looks)
}

/// What the runtime, or the hand that typed, says of a message.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`seen::observe` names every observation and who takes it"
)]
pub fn observe(draft: &mut Draft<'_>, name: &AgentName, observation: &Observation) {
    let agent = name.clone();
    match observation {
        Observation::Submitted { id, same_text, grade, .. } => {
            submitted(draft, name, id, *same_text, *grade);
        }
        Observation::MessageTyped { id, .. } if stands_at(draft, name, id, &[Receipt::Typing]) => {
            draft.say(Event::MessageTyped { agent, id: id.clone() });
        }
        Observation::MessageNotTyped { id, reason, .. }
            if stands_at(draft, name, id, &[Receipt::Typing]) =>
        {
            draft.say(Event::MessageReturned {
                agent,
                id: id.clone(),
                reason: reason.clone(),
                retry_in_ms: RETRY_MS,
            });
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

/// A receipt counts for what went out, also when it comes after we had given up hope of it.
fn submitted(
    draft: &mut Draft<'_>,
    name: &AgentName,
    id: &MessageId,
    same_text: bool,
    grade: Option<Grade>,
) {
    let late = draft.fleet().message(id).is_some_and(|(agent, message)| {
        agent == name && matches!(message.receipt, Receipt::Unknown { .. })
    });
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

/// What is known when the runtime does not say whether a message waits: it does when the turn that
/// runs ran before there was a message. A turn that began later may be the message's own.
fn grade_by_activity(draft: &Draft<'_>, id: &MessageId) -> Grade {
    let waits = draft.fleet().message(id).is_some_and(|(name, message)| {
        let agent = draft.agent(name);
        agent.is_some_and(|agent| {
            let (activity, since) = &agent.activity;
            *activity == Activity::Busy && since.mono_ms < message.queued_at.mono_ms
        })
    });
    if waits { Grade::AcceptedQueued } else { Grade::Accepted }
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

/// When time alone changes something in an agent's mailbox.
pub fn due(agent: &Agent, now: Moment) -> Option<u64> {
    let expiry = agent
        .mailbox
        .iter()
        .filter(|message| message.receipt == Receipt::Queued)
        .map(|message| message.expires_at.mono_ms)
        .min();
    let receipt = agent.on_its_way().map(|message| message.receipt_at.mono_ms + RECEIPT_MS);
    let look = agent.on_its_way().and_then(|message| look_due(agent, message));
    let waits = agent.on_its_way().is_none() && !agent.mailbox.is_empty();
    let retry = Some(agent.deliver_after.mono_ms).filter(|at| waits && *at > now.mono_ms);
    [expiry, receipt, look, retry].into_iter().flatten().min()
}
