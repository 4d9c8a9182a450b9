//! What becomes of a message that was sent: rung by rung, as its events and its receipt tell.

use serde_json::Value;

use crate::table::{Tone, shown};
use crate::wire::{EventRecord, MessageReply};

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    id: String,
    agent: String,
    /// What was reached, the first before the last.
    rungs: Vec<String>,
    /// Why it waits, was rejected or cannot be known.
    why: Option<String>,
}

impl Receipt {
    /// Of a message that the supervisor has taken.
    pub fn new(message: &MessageReply) -> Self {
        let MessageReply { id, agent, .. } = message;
        Self { id: id.clone(), agent: agent.clone(), rungs: Vec::new(), why: None }
    }

    /// Whether it is of this message.
    pub fn is_of(&self, id: &str) -> bool {
        self.id == id
    }

    /// Takes what happened; whether that was another rung of this message.
    pub fn happened(&mut self, event: &EventRecord) -> bool {
        let Some(kind) = event.kind.strip_prefix("message.") else { return false };
        let text = |key: &str| event.payload.get(key).and_then(Value::as_str);
        // Its first event comes with the whole message, and the supervisor's answer tells the same.
        if text("id") != Some(self.id.as_str()) || kind == "looked_again" {
            return false;
        }
        let state = match kind {
            "accepted" => text("grade").unwrap_or(kind),
            "returned" => "queued",
            kind => kind,
        };
        self.reached(state, text("reason"));
        true
    }

    /// It has come so far; nothing where that is known.
    pub fn reached(&mut self, state: &str, why: Option<&str>) {
        if self.rungs.last().is_none_or(|last| last != state) {
            self.rungs.push(state.to_owned());
        }
        self.why = why.map(shown);
    }

    /// Its rungs and what the last one means, and how good that is.
    pub fn said(&self) -> (String, Tone) {
        let last = self.rungs.last().map_or("queued", String::as_str);
        let why = self.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        let (said, tone) = match last {
            "accepted" => ("accepted by its runtime".to_owned(), Tone::Good),
            "accepted_queued" => ("accepted, behind its running turn".to_owned(), Tone::Good),
            "unknown" => (format!("nobody can say whether it has it{why}"), Tone::Bad),
            "queued" => (format!("waits in its mailbox{why}"), Tone::Warning),
            "typing" | "typed" => ("on its way".to_owned(), Tone::Plain),
            other => (format!("{other}{why}"), Tone::Bad),
        };
        let before = &self.rungs[..self.rungs.len().saturating_sub(1)];
        let ladder: String = before.iter().map(|rung| format!("{rung} → ")).collect();
        (shown(&format!("message {} for {}: {ladder}{said}", self.id, self.agent)), tone)
    }
}
