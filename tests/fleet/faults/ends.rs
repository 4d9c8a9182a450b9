//! What the journal tells of each message.

use std::collections::BTreeMap;

use crate::support::Fleet;

/// Words that end a message.
const ENDS: [&str; 6] =
    ["accepted", "typed_not_submitted", "rejected", "unknown", "expired", "cancelled"];

/// What the journal tells of one message.
#[derive(Debug, Default)]
pub struct Told {
    pub agent: String,
    pub text: String,
    pub envelope: Option<String>,
    /// The seq of its first event.
    pub queued: u64,
    /// Types of its events without `message.`, in their order.
    pub rungs: Vec<String>,
    /// `accepted` or `accepted_queued`, where it was.
    pub grade: Option<String>,
    /// Why it ended so.
    pub reason: Option<String>,
}

impl Told {
    /// How it ended, by its last word.
    pub fn end(&self) -> Option<&str> {
        self.rungs.iter().rev().map(String::as_str).find(|rung| ENDS.contains(rung))
    }

    /// The state of the API that this is.
    pub fn state(&self) -> &str {
        match (self.end(), &self.grade) {
            (Some("accepted"), Some(grade)) => grade,
            (Some(end), _) => end,
            (None, _) => "open",
        }
    }

    pub fn count(&self, rung: &str) -> usize {
        self.rungs.iter().filter(|seen| *seen == rung).count()
    }

    /// What happened behind its first end, but for its text being taken out of the composer.
    pub fn behind_end(&self) -> Vec<&str> {
        let end = self.rungs.iter().position(|rung| ENDS.contains(&rung.as_str()));
        let behind = end.map_or(&[][..], |at| &self.rungs[at + 1..]);
        behind.iter().map(String::as_str).filter(|rung| *rung != "cleared").collect()
    }

    /// What its runtime gets, tag aside.
    pub fn whole(&self) -> String {
        match &self.envelope {
            Some(envelope) => format!("{envelope}\n{}", self.text),
            None => self.text.clone(),
        }
    }
}

/// Every message of the journal.
pub fn told(fleet: &Fleet) -> BTreeMap<String, Told> {
    let mut told: BTreeMap<String, Told> = BTreeMap::new();
    for event in fleet.events() {
        let Some(rung) = event["type"].as_str().unwrap().strip_prefix("message.") else { continue };
        let payload = &event["payload"];
        let id = payload["id"].as_str().or_else(|| payload["message"]["id"].as_str()).unwrap();
        let one = told.entry(id.to_owned()).or_default();
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        if rung == "queued" {
            let message = &payload["message"];
            one.agent = text(&event["agent"]).unwrap();
            one.text = text(&message["text"]).unwrap();
            one.envelope = text(&message["envelope"]);
            one.queued = event["seq"].as_u64().unwrap();
        }
        one.grade = text(&payload["grade"]).or(one.grade.take());
        if ENDS.contains(&rung) {
            one.reason = text(&payload["reason"]);
        }
        one.rungs.push(rung.to_owned());
    }
    told
}
