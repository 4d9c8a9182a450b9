//! One who asks the supervisor without rest, each time until there is an answer, over any number of
//! its lives: with a key, the same thing is done once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::ask;

/// What is asked, in turn.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A message for this agent.
    Send(&'static str),
    /// A stop of this agent, then a start, and so on.
    StopAndStart(&'static str),
    /// One of two rosters, then the other.
    Apply,
}

/// One who asks.
pub struct Asking {
    kind: Kind,
    home: PathBuf,
    /// How many questions were answered; the next one has this number.
    pub answered: usize,
    /// It asks no more than so many.
    pub most: usize,
    /// The answers, by their keys.
    pub told: BTreeMap<String, Value>,
}

impl Asking {
    pub fn new(kind: Kind, home: &Path) -> Self {
        Self { kind, home: home.to_owned(), answered: 0, most: usize::MAX, told: BTreeMap::new() }
    }

    /// Asks the next question; false when nobody answers it any more, or it was the last.
    pub fn ask(&mut self) -> bool {
        if self.answered >= self.most {
            return false;
        }
        let (key, what, body) = self.question(self.answered);
        let Some((_, answer)) = ask(&self.home, &what, &key, &body, true) else { return false };
        assert!(answer["error"].is_null(), "{key}: {answer}");
        self.told.insert(key, answer);
        self.answered += 1;
        true
    }

    /// The same key gets the same answer for ever: asks for the last few again.
    pub fn ask_again(&self, last: usize) {
        for number in self.answered.saturating_sub(last)..self.answered {
            let (key, what, body) = self.question(number);
            let answer = ask(&self.home, &what, &key, &body, true).map(|(_, answer)| answer);
            let same = |field: &str| {
                answer.as_ref().map(|answer| answer[field].clone())
                    == Some(self.told[&key][field].clone())
            };
            assert!(same("seq") && same("id"), "{key}: {answer:?}, and not {}", self.told[&key]);
        }
    }

    fn question(&self, number: usize) -> (String, String, Value) {
        let is_even = number.is_multiple_of(2);
        match self.kind {
            Kind::Send(agent) => {
                let key = format!("send-{number}");
                let body = json!({"text": key, "expires_ms": 3_600_000});
                (key, format!("POST /v1/agents/{agent}/messages"), body)
            }
            Kind::StopAndStart(agent) => {
                let verb = if is_even { "stop" } else { "start" };
                let what = format!("POST /v1/agents/{agent}/{verb}");
                (format!("{verb}-{agent}-{number}"), what, json!({}))
            }
            Kind::Apply => {
                let file = if is_even { "even.yaml" } else { "odd.yaml" };
                let path = self.home.join("config").join(file);
                let what = "POST /v1/roster/apply".to_owned();
                (format!("apply-{number}"), what, json!({"path": path}))
            }
        }
    }
}
