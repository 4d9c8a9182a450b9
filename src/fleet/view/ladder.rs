//! How far a message came, rung by rung, as its events tell it; also long after its end.

use serde::{Deserialize, Serialize};

use crate::fleet::{AgentName, Event, Message, Moment, Receipt, Recorded};

/// A step of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// When.
    pub at: Moment,
    /// `queued`, `interrupting`, `typing`, `typed`, `looked_again`, `returned`, `cleared`, or how it ended.
    pub word: String,
    /// Why, or by which way.
    pub detail: Option<String>,
}

/// Its agent, the message as it stands, and its rungs, oldest first; none without its first event.
pub fn ladder(events: &[Recorded]) -> Option<(AgentName, Message, Vec<Rung>)> {
    let (first, later) = events.split_first()?;
    let Event::MessageQueued { agent, message } = &first.event else { return None };
    let mut message = message.clone();
    let mut rungs = vec![rung(first.at, "queued", None)];
    for Recorded { at, event } in later {
        let Some((word, receipt, detail)) = climbed(event) else { continue };
        if let Event::MessageTyping { interrupts: true, .. } = event {
            rungs.push(rung(*at, "interrupting", None));
        }
        rungs.push(rung(*at, word, detail));
        if let Some(receipt) = receipt {
            (message.receipt, message.receipt_at) = (receipt, *at);
        }
    }
    Some((agent.clone(), message, rungs))
}

fn rung(at: Moment, word: &str, detail: Option<String>) -> Rung {
    Rung { at, word: word.to_owned(), detail }
}

/// The word of an event about a message, where it leaves it if that is elsewhere, and what it says.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are about no message")]
fn climbed(event: &Event) -> Option<(&'static str, Option<Receipt>, Option<String>)> {
    let (receipt, detail) = match event {
        Event::MessageLookedAgain { .. } => return Some(("looked_again", None, None)),
        Event::MessageCleared { .. } => return Some(("cleared", None, None)),
        Event::MessageReturned { reason, .. } => {
            return Some(("returned", Some(Receipt::Queued), Some(reason.clone())));
        }
        Event::MessageTyping { channel, .. } => {
            (Receipt::Typing, Some(format!("by the channel {channel}")))
        }
        Event::MessageTyped { .. } => (Receipt::Typed, None),
        Event::MessageAccepted { grade, .. } => (Receipt::Accepted { grade: *grade }, None),
        Event::MessageNotSubmitted { reason, .. } => {
            (Receipt::TypedNotSubmitted { reason: reason.clone() }, Some(reason.clone()))
        }
        Event::MessageRejected { reason, .. } => {
            (Receipt::Rejected { reason: reason.clone() }, Some(reason.clone()))
        }
        Event::MessageUnknown { reason, .. } => {
            (Receipt::Unknown { reason: reason.clone() }, Some(reason.clone()))
        }
        Event::MessageExpired { .. } => (Receipt::Expired, None),
        Event::MessageCancelled { .. } => (Receipt::Cancelled, None),
        _ => return None,
    };
    Some((receipt.word(), Some(receipt), detail))
}
