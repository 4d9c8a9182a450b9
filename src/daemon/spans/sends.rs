//! Sends that are not over: from the mailbox to the receipt, an event a rung.

use std::collections::BTreeMap;

use super::open::Open;
use crate::fleet::{Event, Message, MessageId, Receipt, SessionId};
use crate::telemetry::Finished;

/// Sends that are not over: 50 full mailboxes fit. The oldest makes room: it only loses its span.
const OPEN_SENDS_MAX: usize = 4096;

/// A send that returns to the mailbox again and again tells its first rungs; the end says the rest.
const RUNGS_MAX: usize = 32;

/// Their spans.
#[derive(Debug, Default)]
pub struct Sends(BTreeMap<MessageId, Open>);

impl Sends {
    /// The span of a message that is not over.
    pub fn get(&self, id: &MessageId) -> Option<&Open> {
        self.0.get(id)
    }

    /// Begins with a message that was queued; what its span replaces.
    pub fn begin(&mut self, message: &Message, mut span: Finished) -> Option<Open> {
        let at = span.start_ms;
        span.attributes.push(("mosaic.message", message.id.to_string()));
        span.attributes.push(("mosaic.message.class", message.class.word().to_owned()));
        span.events.push(("queued".to_owned(), at));
        self.make_room();
        self.0.insert(message.id.clone(), Open(span))
    }

    /// Goes on with what is said of a message to this session; its span, when it is over with that.
    #[expect(clippy::wildcard_enum_match_arm, reason = "only these are about a message")]
    pub fn go_on(
        &mut self,
        id: &MessageId,
        event: &Event,
        session: Option<&SessionId>,
        at: u64,
    ) -> Option<Finished> {
        match event {
            Event::MessageTyping { channel, interrupts, .. } => {
                if let Some(open) = self.0.get_mut(id) {
                    open.set("mosaic.message.channel", channel.clone());
                    if let Some(session) = session {
                        open.set("mosaic.session", session.0.clone());
                    }
                }
                if *interrupts {
                    self.rung(id, "interrupting", at);
                }
                self.rung(id, "typing", at)
            }
            Event::MessageTyped { .. } => self.rung(id, "typed", at),
            Event::MessageLookedAgain { .. } => self.rung(id, "looked again", at),
            Event::MessageReturned { reason, .. } => {
                self.rung(id, &format!("returned: {reason}"), at)
            }
            Event::MessageAccepted { grade, .. } => {
                let receipt = Receipt::Accepted { grade: *grade };
                self.sent(id, receipt.word(), None, at)
            }
            Event::MessageNotSubmitted { reason, .. } => {
                self.sent(id, "typed_not_submitted", Some(reason), at)
            }
            Event::MessageRejected { reason, .. } => self.sent(id, "rejected", Some(reason), at),
            Event::MessageUnknown { reason, .. } => self.sent(id, "unknown", Some(reason), at),
            Event::MessageExpired { .. } => {
                self.sent(id, "expired", Some("it waited longer than it was given"), at)
            }
            Event::MessageCancelled { .. } => self.sent(id, "cancelled", None, at),
            _ => None,
        }
    }

    fn rung(&mut self, id: &MessageId, word: &str, at: u64) -> Option<Finished> {
        let events = &mut self.0.get_mut(id)?.0.events;
        if events.len() < RUNGS_MAX {
            events.push((word.to_owned(), at));
        }
        None
    }

    fn sent(&mut self, id: &MessageId, word: &str, why: Option<&str>, at: u64) -> Option<Finished> {
        let mut open = self.0.remove(id)?;
        open.0.events.push((word.to_owned(), at));
        open.set("mosaic.message.state", word.to_owned());
        Some(open.over(at, why.map(str::to_owned)))
    }

    fn make_room(&mut self) {
        if self.0.len() >= OPEN_SENDS_MAX {
            let oldest = self.0.iter().min_by_key(|(_, open)| open.0.start_ms);
            if let Some(id) = oldest.map(|(id, _)| id.clone()) {
                self.0.remove(&id);
            }
        }
    }
}
