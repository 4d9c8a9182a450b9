//! The rules of the mailbox: one message on its way at a time, never twice, never into a dialog.

use super::Draft;
use super::overdue::{ends_at, look_due, overdue};
use super::way::way_for;
use crate::fleet::{
    Activity, Agent, AgentName, Effect, Event, Message, MessageId, Moment, Receipt, Way,
};

/// However it came that a message was forgotten which may go: it goes after so long.
pub const SWEEP_MS: u64 = 10_000;

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
