//! The rules of the post office: what is taken into a mailbox, in whose name, and taken back.

use super::known::known;
use super::{Draft, messages};
use crate::fleet::{
    Address, Agent, AgentName, Answer, Class, Command, Event, Fleet, Message, MessageId, Receipt,
    Refusal, RuntimeKind, envelope, key_in,
};

/// More than a person or a peer queues on purpose; the next one is refused loudly.
pub const MAILBOX_MAX: usize = 100;

/// Takes a message into the mailbox of its agent, and sends it on if it may go.
pub fn send(draft: &mut Draft<'_>, command: &Command) -> Result<Answer, Refusal> {
    let Command::Send { agent: name, text, from, expires_ms, manner } = command else {
        return Ok(Answer::Done);
    };
    let agent = known(draft, name)?;
    carries(agent, text).map_err(|reason| Refusal::Unsendable { reason })?;
    let waiting = agent.mailbox.len();
    if waiting >= MAILBOX_MAX {
        return Err(Refusal::MailboxFull { agent: name.to_string(), waiting });
    }
    let sender = sender(draft, from)?;
    let otherwise = if sender.is_some() { Class::Actionable } else { Class::Human };
    let class = manner.class.unwrap_or(otherwise);
    let to = address(draft.fleet(), name.clone());
    let id = MessageId(draft.fresh.message_id());
    let now = draft.now;
    draft.say(Event::MessageQueued {
        agent: name.clone(),
        message: Message {
            id: id.clone(),
            text: text.clone(),
            from: sender.as_ref().map_or_else(|| from.clone(), ToString::to_string),
            class,
            envelope: sender.map(|sender| envelope(&sender, &to, class)),
            interrupts: manner.interrupts,
            waits_for_idle: manner.waits_for_idle,
            queued_at: now,
            expires_at: now.after(*expires_ms),
            receipt: Receipt::Queued,
            receipt_at: now,
            behind: None,
            returned: None,
            returns: 0,
        },
    });
    messages::advance(draft, name);
    Ok(Answer::Queued(id))
}

/// The agent that sends, by its name or its whole address; none for everybody else, and for agents
/// of other fleets.
fn sender(draft: &Draft<'_>, from: &str) -> Result<Option<Address>, Refusal> {
    let fleet = draft.fleet();
    let (name, place) = match from.split_once('@') {
        Some((name, place)) => (name, Some(place)),
        None => (from, None),
    };
    let here = format!("{}/{}", fleet.host.label, fleet.tenant.label);
    let is_ours = place.is_none_or(|place| place == here);
    let Some(name) = AgentName::parse(name).ok().filter(|_| is_ours) else { return Ok(None) };
    match (fleet.agent(&name), place) {
        (Some(_), _) => Ok(Some(address(fleet, name))),
        // A word that is no agent's is that of a person or a program.
        (None, None) => Ok(None),
        (None, Some(_)) => known(draft, &name).map(|_| None),
    }
}

fn address(fleet: &Fleet, agent: AgentName) -> Address {
    Address { agent, host: fleet.host.label.clone(), tenant: fleet.tenant.label.clone() }
}

/// Takes a message back that was not typed yet.
pub fn cancel(draft: &mut Draft<'_>, id: &MessageId) -> Result<Answer, Refusal> {
    let Some((agent, message)) = draft.fleet().message(id) else {
        return Err(Refusal::NoSuchMessage {
            asked: id.to_string(),
            near: draft.fleet().messages_near(id),
        });
    };
    match &message.receipt {
        Receipt::Queued => {
            let agent = agent.clone();
            draft.say(Event::MessageCancelled { agent, id: id.clone() });
            Ok(Answer::Said(format!("message {id} is taken back")))
        }
        Receipt::Cancelled => Ok(Answer::Said(format!("message {id} was taken back already"))),
        Receipt::Typing
        | Receipt::Typed
        | Receipt::Accepted { .. }
        | Receipt::TypedNotSubmitted { .. }
        | Receipt::Rejected { .. }
        | Receipt::Expired
        | Receipt::Unknown { .. } => {
            Err(Refusal::MessageOnItsWay { state: message.receipt.word().to_owned() })
        }
    }
}

/// Whether a text can be carried to an agent; what its adapter forbids beyond it comes back as a
/// rejection.
pub fn carries(agent: &Agent, text: &str) -> Result<(), String> {
    // White space says nothing, and no composer submits it.
    if text.trim().is_empty() {
        Err("it is empty".to_owned())
    } else if text.contains('\0') {
        Err("it holds a NUL byte".to_owned())
    } else if text.len() > 64 * 1024 {
        Err(format!("it has {} bytes, and 65536 is the most", text.len()))
    } else if let Some((at, character)) = key_in(text).filter(|_| takes_keys_only(agent)) {
        let code = u32::from(character);
        Err(format!(
            "it holds the control character U+{code:04X} at byte {at}, which is a key to a \
             runtime that takes messages only by its keyboard; remove it"
        ))
    } else {
        Ok(())
    }
}

/// Whether only keystrokes reach its runtime, as far as anybody knows by now.
fn takes_keys_only(agent: &Agent) -> bool {
    let channel = agent.session.as_ref().and_then(|session| session.channel.as_ref());
    channel.map_or(agent.definition.runtime == RuntimeKind::Claude, |channel| !channel.delivers)
}
