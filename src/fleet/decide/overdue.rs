//! What follows when a message on its way has no receipt yet: its composer is read again, and in the
//! end is said how it ended.

use super::Draft;
use super::way::way;
use crate::fleet::{Agent, AgentName, Effect, Event, Message, MessageId, Receipt, Way};

/// The slowest receipt measured of a runtime that lives came after 0.6 s.
pub const RECEIPT_MS: u64 = 15_000;
/// After so long without a receipt the composer is read again.
pub const LOOK_AGAIN_MS: u64 = 1_500;
/// How often it is read again before only the receipt counts.
pub const LOOKS_MAX: u32 = 3;
/// The last look needs one answer of tmux; without it nobody can say.
pub const LAST_LOOK_MS: u64 = 2_000;

/// The message on its way has waited long enough for its receipt: look again, or say how it ended.
pub fn overdue(draft: &mut Draft<'_>, name: &AgentName) {
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
pub fn ends_at(agent: &Agent, message: &Message) -> u64 {
    let look_ms = if shows_in_composer(agent, message) { LAST_LOOK_MS } else { 0 };
    message.receipt_at.mono_ms + RECEIPT_MS + look_ms
}

/// When the composer is read again: so often with Enter behind it, and once more at the end.
pub fn look_due(agent: &Agent, message: &Message) -> Option<u64> {
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
pub fn stands(draft: &mut Draft<'_>, name: &AgentName, id: &MessageId) {
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
