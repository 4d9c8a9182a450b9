//! The rules of the mailbox: one message on its way at a time, never twice, never into a dialog.

use super::Draft;
use crate::fleet::{
    Activity, Agent, AgentName, Channel, Effect, Event, Grade, Lifecycle, Message, MessageId,
    Moment, Observation, Receipt, RuntimeKind, SessionId, Way,
};

/// The slowest receipt measured of a runtime that lives came after 0.6 s.
pub const RECEIPT_MS: u64 = 15_000;
/// After so long without a receipt the composer is read again.
pub const LOOK_AGAIN_MS: u64 = 1_500;
/// How often it is read again before only the receipt counts.
pub const LOOKS_MAX: u32 = 3;
/// The last look needs one answer of tmux; without it nobody can say.
pub const LAST_LOOK_MS: u64 = 2_000;
/// However it came that a message was forgotten which may go: it goes after so long.
pub const SWEEP_MS: u64 = 10_000;
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

/// The same for one message, which may want more than others.
pub fn way_for(agent: &Agent, message: &Message) -> Result<Way, String> {
    let way = way(agent)?;
    if message.waits_for_idle && agent.activity.0 != Activity::Idle {
        let word = agent.activity.0.word();
        return Err(format!("it is to wait until the agent is idle, and that is {word}"));
    }
    Ok(way)
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

/// Lets time pass for an agent's messages, and sends the next one when it may go.
pub fn advance(draft: &mut Draft<'_>, name: &AgentName) {
    expire(draft, name);
    overdue(draft, name);
    let Some(agent) = draft.agent(name) else { return };
    if agent.on_its_way().is_some() || agent.deliver_after.mono_ms > draft.now.mono_ms {
        return;
    }
    let Some(message) = agent.mailbox.front().cloned() else { return };
    let Ok(way) = way_for(agent, &message) else { return };
    // Never by itself, and never into anything but work.
    let interrupts = message.interrupts && agent.activity.0 == Activity::Busy;
    let channel = match &way {
        Way::Structured { .. } => "structured",
        Way::Keystrokes { .. } => "keystrokes",
    };
    draft.say(Event::MessageTyping {
        agent: name.clone(),
        id: message.id.clone(),
        channel: channel.to_owned(),
        interrupts,
    });
    let (agent, message) = (name.clone(), Box::new(message));
    draft.act(Effect::Deliver { agent, message, way, interrupts });
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

/// The message on its way has waited long enough for its receipt: look again, or say how it ended.
fn overdue(draft: &mut Draft<'_>, name: &AgentName) {
    let now = draft.now;
    let Some(agent) = draft.agent(name) else { return };
    let Some(message) = agent.on_its_way().cloned() else { return };
    let is_over = now.mono_ms >= ends_at(agent, &message);
    let last = now.since_ms(message.receipt_at) >= RECEIPT_MS;
    if is_over {
        let reason = format!("no receipt came within {} s", RECEIPT_MS / 1000);
        draft.say(Event::MessageUnknown { agent: name.clone(), id: message.id, reason });
    } else if look_due(agent, &message).is_some_and(|at| at <= now.mono_ms) {
        let Some(pane) = agent.pane.as_ref().map(|pane| pane.id.clone()) else { return };
        draft.say(Event::MessageLookedAgain { agent: name.clone(), id: message.id.clone(), last });
        let (agent, message) = (name.clone(), Box::new(message));
        draft.act(Effect::LookAgain { agent, message, pane, last });
    }
}

/// Whether the composer tells something of a message on its way: it was typed, or begun by a
/// supervisor that is gone.
fn shows_in_composer(agent: &Agent, message: &Message) -> bool {
    let nobody_types = message.receipt == Receipt::Typed || agent.typist_gone;
    nobody_types && matches!(way(agent), Ok(Way::Keystrokes { .. }))
}

/// When a message on its way ends without a word of anybody: after the last look where there is one.
fn ends_at(agent: &Agent, message: &Message) -> u64 {
    let look_ms = if shows_in_composer(agent, message) { LAST_LOOK_MS } else { 0 };
    message.receipt_at.mono_ms + RECEIPT_MS + look_ms
}

/// When the composer is read again: so often with Enter behind it, and once more at the end.
fn look_due(agent: &Agent, message: &Message) -> Option<u64> {
    let looks = agent.looked_again;
    let after_ms = match looks {
        LOOKS_MAX => RECEIPT_MS,
        _ => LOOK_AGAIN_MS * u64::from(looks + 1),
    };
    let is_left = looks <= LOOKS_MAX && shows_in_composer(agent, message);
    is_left.then(|| message.receipt_at.mono_ms + after_ms)
}

/// The text stands in the composer long after Enter. When the runtime has answered a challenge since
/// the last Enter, its loop has had that key and made nothing of it; else it may yet take it.
fn stands(draft: &mut Draft<'_>, name: &AgentName, id: &MessageId) {
    let answered_at = draft.beat(name).answer.map(|answer| answer.sent_at().mono_ms);
    let message = draft.agent(name).and_then(Agent::on_its_way);
    let Some(message) = message.filter(|message| message.id == *id) else { return };
    let last_enter = message.receipt_at.mono_ms + LOOK_AGAIN_MS * u64::from(LOOKS_MAX);
    let (agent, id) = (name.clone(), id.clone());
    draft.say(if answered_at.is_some_and(|at| at > last_enter) {
        let presses = LOOKS_MAX + 1;
        let reason = format!(
            "it stands in the composer {} s after Enter, which was pressed {presses} times, and its \
             runtime answers",
            RECEIPT_MS / 1000
        );
        Event::MessageNotSubmitted { agent, id, reason }
    } else {
        let reason = "it stands in the composer, and its runtime has answered nothing since Enter: \
                      it may yet take it";
        Event::MessageUnknown { agent, id, reason: reason.to_owned() }
    });
}

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

/// When time alone changes something in an agent's mailbox.
pub fn due(agent: &Agent, now: Moment) -> Option<u64> {
    let expiry = agent
        .mailbox
        .iter()
        .filter(|message| message.receipt == Receipt::Queued)
        .map(|message| message.expires_at.mono_ms)
        .min();
    let on_its_way = agent.on_its_way();
    let receipt = on_its_way.map(|message| ends_at(agent, message));
    let look = on_its_way.and_then(|message| look_due(agent, message));
    let next = agent.mailbox.front().filter(|_| on_its_way.is_none());
    let retry = next.map(|_| agent.deliver_after.mono_ms).filter(|at| *at > now.mono_ms);
    // Whatever lets it go sends it; this is for what was forgotten.
    let may_go = next.filter(|message| way_for(agent, message).is_ok());
    let sweep = may_go.map(|message| {
        // What came back is tried again after its pause, which another turn may have overtaken.
        let came_back = message.receipt_at != message.queued_at;
        let wait_ms = if came_back { 0 } else { SWEEP_MS };
        message.queued_at.mono_ms.saturating_add(wait_ms).max(agent.deliver_after.mono_ms)
    });
    [expiry, receipt, look, retry, sweep].into_iter().flatten().min()
}
