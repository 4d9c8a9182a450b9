//! Where a message stands: from memory while it is there, from the journal long after its end.

use super::ApiError;
use super::state::{Api, read};
use crate::clock;
use crate::daemon::Snapshot;
use crate::fleet::{
    Agent, AgentName, Lifecycle, Message, MessageId, Receipt, Recorded, Refusal, Rung, ladder,
    way_for,
};
use crate::wire::{ErrorCode, MessageReply, RungReply};

/// As much of a text as a line of a list shows.
const BEGINS_CHARS: usize = 60;

/// The least of an id that may stand for all of it: shorter ones mean many.
const BEGINNING_MIN: usize = 3;

/// Where a message stands, as of a snapshot; none when memory does not hold it.
pub fn standing(snapshot: &Snapshot, id: &MessageId) -> Option<MessageReply> {
    let (name, message) = snapshot.fleet.message(id)?;
    Some(reply(snapshot, name, message))
}

/// The same of a message that memory may have lost, with all its rungs.
pub async fn told(api: &Api, id: &MessageId) -> Result<MessageReply, ApiError> {
    let events = events_of(api, id).await?;
    let snapshot = api.dispatcher.snapshot();
    let Some((name, message, rungs)) = ladder(&events) else {
        return Err(no_such(&snapshot, id));
    };
    // What memory holds is newer: it knows the place in the mailbox.
    let known = snapshot.fleet.message(id).map_or(&message, |(_, message)| message);
    let mut told = reply(&snapshot, &name, known);
    told.text = Some(message.text);
    told.envelope = message.envelope;
    told.ladder = Some(rungs.into_iter().map(rung).collect());
    Ok(told)
}

/// The message that is meant: by its id, or by the beginning of one when only one begins so.
pub async fn meant(api: &Api, asked: MessageId) -> Result<MessageId, ApiError> {
    let snapshot = api.dispatcher.snapshot();
    if snapshot.fleet.message(&asked).is_some() {
        return Ok(asked);
    }
    let found = read("look for the message", api.reads.messages_from(&asked.0)).await?;
    let mut found = found.map_err(|why| ApiError::new(ErrorCode::Failed, why))?;
    match &found[..] {
        _ if found.contains(&asked.0) => Ok(asked),
        [] => Err(no_such(&snapshot, &asked)),
        _ if asked.0.len() < BEGINNING_MIN => Err(no_such(&snapshot, &asked)),
        [_] => Ok(MessageId(found.remove(0))),
        _ => Err(ApiError::from(Refusal::NoSuchMessage { asked: asked.0, near: found })),
    }
}

/// Every event of a message, oldest first.
pub async fn events_of(api: &Api, id: &MessageId) -> Result<Vec<Recorded>, ApiError> {
    let events = read("read the journal", api.reads.message_events(id)).await?;
    events.map_err(|why| ApiError::new(ErrorCode::Failed, why))
}

/// Nobody knows it; what may have been meant is named.
fn no_such(snapshot: &Snapshot, id: &MessageId) -> ApiError {
    let near = snapshot.fleet.messages_near(id);
    ApiError::from(Refusal::NoSuchMessage { asked: id.0.clone(), near })
}

/// A message as it goes out.
fn reply(snapshot: &Snapshot, name: &AgentName, message: &Message) -> MessageReply {
    let agent = snapshot.fleet.agent(name);
    let position = agent.and_then(|agent| position(agent, message));
    MessageReply {
        as_of_seq: snapshot.seq,
        id: message.id.0.clone(),
        tenant: snapshot.fleet.tenant.label.clone(),
        host: snapshot.fleet.host.label.clone(),
        agent: name.to_string(),
        from: message.from.clone(),
        class: message.class.word().to_owned(),
        state: message.receipt.word().to_owned(),
        reason: reason(agent, message, position),
        position,
        queued_at_ms: message.queued_at.wall_ms,
        expires_at_ms: message.expires_at.wall_ms,
        at_ms: message.receipt_at.wall_ms,
        is_final: message.receipt.is_final(),
        begins: None,
        text: None,
        envelope: None,
        ladder: None,
    }
}

/// The same in a list of messages, which shows how the text begins.
pub fn listed(snapshot: &Snapshot, name: &AgentName, message: &Message) -> MessageReply {
    let begins = message.text.chars().take(BEGINS_CHARS).collect();
    MessageReply { begins: Some(begins), ..reply(snapshot, name, message) }
}

fn rung(rung: Rung) -> RungReply {
    RungReply { at_ms: rung.at.wall_ms, rung: rung.word, detail: rung.detail }
}

/// How many queued messages stand before this one.
fn position(agent: &Agent, message: &Message) -> Option<u32> {
    let mut queued = agent.mailbox.iter().filter(|other| other.receipt == Receipt::Queued);
    queued.position(|other| other.id == message.id).and_then(|place| u32::try_from(place).ok())
}

fn reason(agent: Option<&Agent>, message: &Message, position: Option<u32>) -> Option<String> {
    match &message.receipt {
        Receipt::Queued => agent.and_then(|agent| why_queued(agent, message, position)),
        Receipt::Typing => Some(message.returned.as_ref().map_or_else(
            || "it is going out".to_owned(),
            |before| format!("it is tried again; before: {before}"),
        )),
        Receipt::Typed => Some("the runtime has not said yet that it has it".to_owned()),
        Receipt::Rejected { reason }
        | Receipt::Unknown { reason }
        | Receipt::TypedNotSubmitted { reason } => Some(reason.clone()),
        Receipt::Expired => Some("it waited longer than it was given".to_owned()),
        Receipt::Accepted { .. } | Receipt::Cancelled => None,
    }
}

/// What a queued message waits for; the nearest obstacle is named.
fn why_queued(agent: &Agent, message: &Message, position: Option<u32>) -> Option<String> {
    if let Some(before) = position.filter(|before| *before > 0) {
        return Some(format!("{before} queued before it"));
    }
    if let Some(other) = agent.on_its_way() {
        return Some(format!("the message {} is on its way", other.id));
    }
    if let Lifecycle::Held { reason, .. } = &agent.lifecycle {
        return Some(format!("the agent is held: {reason}"));
    }
    // The rule by which it is sent is the one that says why it is not.
    if let Err(why) = way_for(agent, message) {
        return Some(why);
    }
    let pause_ms = agent.deliver_after.mono_ms.saturating_sub(clock::mono_ms());
    if pause_ms == 0 {
        return message.returned.clone();
    }
    let why = message.returned.as_deref().unwrap_or("nothing of it went out");
    Some(format!("{why}; it is tried again in {pause_ms} ms"))
}
