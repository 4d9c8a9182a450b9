//! What the journal says of messages: each in its mailbox, rung by rung, until it ends.

use super::with;
use crate::fleet::state::ENDED_MESSAGES_MAX;
use crate::fleet::{Activity, AgentName, Event, Fleet, MessageId, Moment, Receipt};

/// Takes what happened to a message.
#[expect(clippy::wildcard_enum_match_arm, reason = "`fold` names every event and who takes it")]
pub fn fold(fleet: &mut Fleet, event: &Event, at: Moment) {
    match event {
        Event::MessageQueued { agent, message } => {
            with(fleet, agent, |agent| agent.mailbox.push_back(message.clone()));
        }
        Event::MessageTyping { agent, id, .. } => {
            with(fleet, agent, |agent| {
                agent.looked_again = 0;
                agent.typist_gone = false;
            });
            rung(fleet, agent, id, Receipt::Typing, at);
            began_to_go_out(fleet, agent, id);
        }
        Event::MessageTyped { agent, id } => rung(fleet, agent, id, Receipt::Typed, at),
        Event::MessageLookedAgain { agent, .. } => {
            with(fleet, agent, |agent| agent.looked_again += 1);
        }
        Event::MessageReturned { agent, id, retry_in_ms, reason } => {
            rung(fleet, agent, id, Receipt::Queued, at);
            with(fleet, agent, |agent| {
                agent.deliver_after = at.after(*retry_in_ms);
                if let Some(message) = agent.mailbox.iter_mut().find(|message| message.id == *id) {
                    message.returned = Some(reason.clone());
                    message.returns = message.returns.saturating_add(1);
                }
            });
        }
        Event::MessageAccepted { agent, id, grade } => {
            end_message(fleet, agent, id, Receipt::Accepted { grade: *grade }, at);
        }
        Event::MessageNotSubmitted { agent, id, reason } => {
            let receipt = Receipt::TypedNotSubmitted { reason: reason.clone() };
            end_message(fleet, agent, id, receipt, at);
        }
        Event::MessageRejected { agent, id, reason } => {
            end_message(fleet, agent, id, Receipt::Rejected { reason: reason.clone() }, at);
        }
        Event::MessageUnknown { agent, id, reason } => {
            end_message(fleet, agent, id, Receipt::Unknown { reason: reason.clone() }, at);
        }
        Event::MessageExpired { agent, id } => {
            end_message(fleet, agent, id, Receipt::Expired, at);
        }
        Event::MessageCancelled { agent, id, .. } => {
            end_message(fleet, agent, id, Receipt::Cancelled, at);
        }
        _ => {}
    }
}

fn began_to_go_out(fleet: &mut Fleet, agent: &AgentName, id: &MessageId) {
    with(fleet, agent, |agent| {
        let (activity, since) = &agent.activity;
        let running = (*activity == Activity::Busy).then_some(*since);
        if let Some(message) = agent.mailbox.iter_mut().find(|message| message.id == *id) {
            message.behind = running;
        }
    });
}

fn rung(fleet: &mut Fleet, agent: &AgentName, id: &MessageId, receipt: Receipt, at: Moment) {
    with(fleet, agent, |agent| {
        if let Some(message) = agent.mailbox.iter_mut().find(|message| message.id == *id) {
            message.receipt = receipt;
            message.receipt_at = at;
        }
    });
}

fn end_message(fleet: &mut Fleet, agent: &AgentName, id: &MessageId, receipt: Receipt, at: Moment) {
    if let Some((_, late)) = fleet.ended.iter_mut().rev().find(|(_, message)| message.id == *id) {
        late.receipt = receipt;
        late.receipt_at = at;
        return;
    }
    let mut ended = None;
    with(fleet, agent, |agent| {
        if let Some(place) = agent.mailbox.iter().position(|message| message.id == *id) {
            ended = agent.mailbox.remove(place);
            if place == 0 {
                // The pause was that of the one that ended.
                agent.deliver_after = at;
            }
        }
    });
    if let Some(mut message) = ended {
        message.receipt = receipt;
        message.receipt_at = at;
        fleet.ended.push_back((agent.clone(), message));
        if fleet.ended.len() > ENDED_MESSAGES_MAX {
            fleet.ended.pop_front();
        }
    }
}
