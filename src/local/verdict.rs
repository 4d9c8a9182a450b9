//! When an agent is up, and when its start has failed: judged from its row and from its events since
//! the command. It asks nobody.
//!
//! ```text
//! starting ─▶ healthy                          up
//!          ─▶ unknown, and stands for a while  up
//!          ─▶ exited ─▶ starts again ─▶ …      no verdict yet; fell
//!                    ─▶ held, or nothing       over
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::wire::{EventRecord, Row};

/// A program that nobody can ask is up when it has stood for this long: what is wrong with a command
/// line or a file shows sooner.
const STANDS_MS: u64 = 1_000;

/// One that has fallen since the command, or whose last life before it failed at its start, is believed
/// later: a crash loop lives for moments, again and
/// again.
const STANDS_AGAIN_MS: u64 = 5_000;

/// What is awaited of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// That it is up.
    Up,
    /// That nothing of it runs.
    Down,
}

/// What can be said of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be, as far as anybody can say.
    Reached,
    /// It ended before it was up, and nothing follows by itself soon.
    Over,
    /// Something is still to come; after so many milliseconds it is another thing without an event.
    Pending(Option<u64>),
}

/// What the events since the command tell of each agent.
#[derive(Debug, Default)]
pub struct Told {
    agents: BTreeMap<String, Life>,
    /// They ended before they were up, and have not come up since.
    fallen: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Life {
    was_up: bool,
    was_asked_to_leave: bool,
    then: Then,
}

/// What follows an end by itself.
#[derive(Debug, Default, PartialEq, Eq)]
enum Then {
    /// Nothing, or not soon.
    #[default]
    Nothing,
    /// Nothing: its work is done.
    Finished,
    /// Another start.
    StartsAgain,
}

impl Told {
    /// Takes an event.
    pub fn note(&mut self, event: &EventRecord) {
        let Some(agent) = &event.agent else { return };
        let life = self.agents.entry(agent.clone()).or_default();
        match event.kind.as_str() {
            "session.starting" => *life = Life::default(),
            "session.stopping" => life.was_asked_to_leave = true,
            "health.changed" => life.was_up |= event.payload["health"]["state"] == "healthy",
            "session.exited" | "pane.failed" => {
                let exit = &event.payload["exit"];
                life.then = if exit["code"] == 0 { Then::Finished } else { Then::Nothing };
                // How it went when nobody looked says nothing of the program.
                let is_lost = exit.get("lost").is_some();
                if !life.was_up && !life.was_asked_to_leave && !is_lost {
                    self.fallen.insert(agent.clone());
                }
                life.was_up = false;
            }
            "agent.restart_scheduled" => life.then = Then::StartsAgain,
            "agent.held" => life.then = Then::Nothing,
            _ => {}
        }
    }

    /// Judges a row, at this wall time in milliseconds. The events up to the row were noted.
    pub fn judge(&mut self, row: &Row, goal: Goal, now_ms: u64) -> Verdict {
        let verdict = match goal {
            Goal::Up => self.rises(row, now_ms),
            Goal::Down => sinks(row),
        };
        if verdict == Verdict::Reached {
            self.fallen.remove(&row.agent);
            self.agents.entry(row.agent.clone()).or_default().was_up = true;
        }
        verdict
    }

    /// Whether it ended before it was up, and has not come up since.
    pub fn has_fallen(&self, agent: &str) -> bool {
        self.fallen.contains(agent)
    }

    fn rises(&self, row: &Row, now_ms: u64) -> Verdict {
        let is_asked = row.activity.state.starts_with("awaiting_");
        let then = self.agents.get(&row.agent).map_or(&Then::Nothing, |life| &life.then);
        match row.lifecycle.as_str() {
            "starting" | "stopping" => Verdict::Pending(None),
            "running" if row.health == "starting" && !is_asked => Verdict::Pending(None),
            "running" if row.health == "unknown" && !is_asked => self.stands(row, now_ms),
            "exited" if *then == Then::StartsAgain => Verdict::Pending(None),
            // Who has done its work is not down for a fault.
            "exited" if *then == Then::Finished => Verdict::Reached,
            "exited" | "held" => Verdict::Over,
            _ => Verdict::Reached,
        }
    }

    fn stands(&self, row: &Row, now_ms: u64) -> Verdict {
        let falls = self.has_fallen(&row.agent) || row.boot_failures > 0;
        let needed = if falls { STANDS_AGAIN_MS } else { STANDS_MS };
        // A clock that was set back makes nobody wait: it stood before.
        let since_ms = row.session.as_ref().map_or(0, |session| session.since_ms);
        match now_ms.checked_sub(since_ms) {
            Some(stood) if stood < needed => Verdict::Pending(Some(needed - stood)),
            _ => Verdict::Reached,
        }
    }
}

fn sinks(row: &Row) -> Verdict {
    match row.lifecycle.as_str() {
        "starting" | "running" | "stopping" => Verdict::Pending(None),
        _ => Verdict::Reached,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Goal, STANDS_AGAIN_MS, STANDS_MS, Told, Verdict};
    use crate::wire::{EventRecord, Row};

    fn event(kind: &str, payload: Value) -> EventRecord {
        serde_json::from_value(json!({
            "seq": 1, "id": "e", "ts_ms": 1, "tenant": "t", "host": "h", "agent": "ada",
            "session": null, "type": kind, "schema_version": 1, "actor": "supervisor",
            "cause": null, "traceparent": null, "payload": payload
        }))
        .unwrap()
    }

    /// A row whose session began at wall time 10 000.
    fn row(lifecycle: &str, health: &str) -> Row {
        let unknown = json!({"state": "unknown", "since_ms": null, "detail": null});
        serde_json::from_value(json!({
            "tenant": "t", "host": "h", "agent": "ada", "managed": true, "role": null,
            "runtime": "command", "lifecycle": lifecycle, "lifecycle_detail": null,
            "health": health, "health_reason": null, "pid": null,
            "session": {"id": "s", "since": "", "since_ms": 10_000, "starts": 1,
                "conversation": null},
            "pane": null, "unit": {"name": null, "state": "n/a"}, "process": null,
            "activity": unknown, "heartbeat": null, "drift": [],
            "boot": {"wanted": false, "effective": false, "missing": []},
            "inbox": 0, "attached": null
        }))
        .unwrap()
    }

    fn fell(told: &mut Told) {
        told.note(&event("session.starting", json!({})));
        told.note(&event("session.exited", json!({"exit": {"code": 1}})));
        told.note(&event("agent.restart_scheduled", json!({"delay_ms": 1})));
    }

    #[test]
    fn who_cannot_be_asked_is_up_when_it_has_stood_and_later_once_it_has_fallen() {
        let mut told = Told::default();
        let running = row("running", "unknown");
        let judge = |told: &mut Told, after| told.judge(&running, Goal::Up, 10_000 + after);
        assert_eq!(judge(&mut told, 0), Verdict::Pending(Some(STANDS_MS)));
        assert_eq!(judge(&mut told, STANDS_MS), Verdict::Reached);
        let mut told = Told::default();
        fell(&mut told);
        assert_eq!(told.judge(&row("exited", "unknown"), Goal::Up, 10_000), Verdict::Pending(None));
        told.note(&event("session.starting", json!({})));
        let left = STANDS_AGAIN_MS - STANDS_MS;
        assert_eq!(judge(&mut told, STANDS_MS), Verdict::Pending(Some(left)));
        assert!(told.has_fallen("ada"));
        assert_eq!(judge(&mut told, STANDS_AGAIN_MS), Verdict::Reached);
        assert!(!told.has_fallen("ada"));
        let mut told = Told::default();
        let fell_before = Row { boot_failures: 1, ..running.clone() };
        let verdict = told.judge(&fell_before, Goal::Up, 10_000 + STANDS_MS);
        assert_eq!(verdict, Verdict::Pending(Some(left)));
        let verdict = told.judge(&fell_before, Goal::Up, 10_000 + STANDS_AGAIN_MS);
        assert_eq!(verdict, Verdict::Reached);
        let before_the_clock_was_set_back = told.judge(&running, Goal::Up, 5_000);
        assert_eq!(before_the_clock_was_set_back, Verdict::Reached);
    }

    #[test]
    fn a_hold_is_the_end_and_an_answer_is_believed_at_once() {
        let mut told = Told::default();
        fell(&mut told);
        told.note(&event("session.starting", json!({})));
        assert_eq!(told.judge(&row("running", "healthy"), Goal::Up, 10_000), Verdict::Reached);
        fell(&mut told);
        told.note(&event("agent.held", json!({})));
        assert_eq!(told.judge(&row("held", "unknown"), Goal::Up, 10_000), Verdict::Over);
        assert!(told.has_fallen("ada"));
    }

    #[test]
    fn who_was_up_was_asked_to_leave_or_was_lost_has_not_fallen() {
        let exited = |exit: Value| event("session.exited", json!({"exit": exit}));
        let healthy = event("health.changed", json!({"health": {"state": "healthy"}}));
        let stopping = event("session.stopping", json!({}));
        for (before, exit) in [
            (Some(healthy), json!({"code": 1})),
            (Some(stopping), json!({"signal": 15})),
            (None, json!({"lost": "its pane is gone"})),
        ] {
            let mut told = Told::default();
            told.note(&event("session.starting", json!({})));
            before.iter().for_each(|event| told.note(event));
            told.note(&exited(exit));
            assert!(!told.has_fallen("ada"), "{before:?}");
        }
    }

    #[test]
    fn whose_work_is_done_is_not_down_for_a_fault() {
        let mut told = Told::default();
        told.note(&event("session.starting", json!({})));
        told.note(&event("session.exited", json!({"exit": {"code": 0}})));
        assert_eq!(told.judge(&row("exited", "unknown"), Goal::Up, 10_000), Verdict::Reached);
        told.note(&event("agent.restart_scheduled", json!({})));
        assert_eq!(told.judge(&row("exited", "unknown"), Goal::Up, 10_000), Verdict::Pending(None));
    }

    #[test]
    fn down_is_when_nothing_of_it_runs() {
        let mut told = Told::default();
        for running in ["starting", "running", "stopping"] {
            let verdict = told.judge(&row(running, "unknown"), Goal::Down, 10_000);
            assert_eq!(verdict, Verdict::Pending(None), "{running}");
        }
        for rests in ["absent", "exited", "held"] {
            let verdict = told.judge(&row(rests, "unknown"), Goal::Down, 10_000);
            assert_eq!(verdict, Verdict::Reached, "{rests}");
        }
    }
}
