//! The journal as its readers see it, read on from kill to kill: what may never be in it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

/// How many events a complaint looks back for what led to it.
const TOLD_MAX: usize = 500;

/// What was asked of agents whose every life somebody asked for, and what it came to.
#[derive(Default)]
pub struct Ledger {
    /// The last event that was read.
    pub seq: u64,
    /// The life of each agent that has one; whether somebody asked it to leave.
    living: BTreeMap<String, (String, bool)>,
    /// Sessions whose process ran.
    started: BTreeSet<String>,
    /// Who has not been adopted by the present supervisor yet, of those that lived at its start.
    unseen: BTreeSet<String>,
    /// The wishes for each agent, in their order: `up` and `down`.
    pub wanted: BTreeMap<String, Vec<String>>,
    /// The ids of messages, by their text.
    pub queued: BTreeMap<String, Vec<String>>,
    /// The messages that have come to an end.
    ended: BTreeSet<String>,
    /// How many rosters were taken.
    pub rosters: usize,
    /// How many supervisors have begun.
    pub supervisors: usize,
    /// How often somebody was adopted.
    pub adopted: usize,
    /// The last events of the fleet and of each agent, as they came.
    told: VecDeque<Value>,
}

impl Ledger {
    /// Reads on: every event once, in order, each possible after those before.
    pub fn read(&mut self, events: &[Value]) {
        for event in events {
            self.seq += 1;
            assert_eq!(event["seq"], self.seq, "a gap or a duplicate: {event}");
            self.take(event);
            self.told.push_back(event.clone());
            if self.told.len() > TOLD_MAX {
                self.told.pop_front();
            }
        }
    }

    /// What led to it: the events of an agent, and those of the fleet.
    fn tale(&self, agent: &str) -> String {
        let is_part = |event: &&Value| event["agent"].is_null() || event["agent"] == agent;
        let line = |event: &Value| {
            format!("{} {} {} {}\n", event["seq"], event["ts_ms"], event["type"], event["payload"])
        };
        self.told.iter().filter(is_part).map(line).collect()
    }

    fn take(&mut self, event: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (agent, session) = (text(&event["agent"]), text(&event["session"]));
        let payload = &event["payload"];
        match event["type"].as_str().unwrap() {
            "supervisor.started" => {
                self.supervisors += 1;
                self.unseen = self.living.values().map(|(session, _)| session.clone()).collect();
            }
            "session.starting" => {
                let before = self.living.insert(agent, (session, false));
                assert_eq!(before, None, "two sessions at once: {event}");
            }
            "session.started" => {
                self.is_the_life(&agent, &session, event);
                assert!(self.started.insert(session), "started twice: {event}");
            }
            "session.adopted" => {
                self.is_the_life(&agent, &session, event);
                assert!(
                    self.unseen.remove(&session),
                    "adopted, and not for the first time: {event}"
                );
                self.started.insert(session);
                self.adopted += 1;
            }
            "session.stopping" => {
                self.is_the_life(&agent, &session, event);
                self.living.entry(agent).and_modify(|(_, is_asked)| *is_asked = true);
            }
            "session.exited" => {
                self.is_the_life(&agent, &session, event);
                let (_, is_asked) = self.living.remove(&agent).unwrap();
                self.unseen.remove(&session);
                // A GO that died with its supervisor never became a process.
                let ran = self.started.contains(&session);
                assert!(is_asked || !ran, "nobody asked for it: {event}");
                assert!(
                    !ran || payload["exit"]["lost"].is_null(),
                    "its end was not heard: {event}"
                );
            }
            "pane.failed" | "agent.held" => {
                panic!("nothing has failed: {event}, behind\n{}", self.tale(&agent))
            }
            "agent.wanted" => self.wanted.entry(agent).or_default().push(text(&payload["wanted"])),
            "roster.applied" => self.rosters += 1,
            "message.queued" => {
                let message = &payload["message"];
                let ids = self.queued.entry(text(&message["text"])).or_default();
                ids.push(text(&message["id"]));
            }
            "message.accepted" | "message.unknown" => {
                let id = text(&payload["id"]);
                assert!(self.ended.insert(id), "a message with two ends: {event}");
            }
            "message.rejected" | "message.expired" => panic!("nothing stands in its way: {event}"),
            _ => {}
        }
    }

    fn is_the_life(&self, agent: &str, session: &str, event: &Value) {
        let life = self.living.get(agent).map(|(session, _)| session.as_str());
        assert_eq!(life, Some(session), "of another life: {event}");
    }

    /// How many messages have not come to an end.
    pub fn waiting(&self) -> usize {
        self.queued.len() - self.ended.len()
    }

    /// Whether everybody who lived when the present supervisor began is adopted, or gone.
    pub fn all_seen(&self) -> bool {
        self.unseen.is_empty()
    }

    /// The sessions that live, by their agents.
    pub fn living(&self) -> BTreeMap<String, String> {
        let sessions = self.living.iter();
        sessions.map(|(agent, (session, _))| (agent.clone(), session.clone())).collect()
    }
}
