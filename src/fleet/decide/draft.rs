//! A decision in the making: each event is folded into a draft, so that the next rule sees it.

use std::borrow::Cow;

use super::{Answer, Decision, Fresh};
use crate::fleet::state::{Beats, Fleet};
use crate::fleet::{Agent, AgentName, Beat, Effect, Event, Moment, Recorded, fold};

/// The fleet as it will be, and what led there.
pub struct Draft<'a> {
    fleet: Cow<'a, Fleet>,
    beats: &'a Beats,
    events: Vec<Recorded>,
    effects: Vec<Effect>,
    /// Now.
    pub now: Moment,
    /// Everything random.
    pub fresh: &'a mut Fresh,
}

impl<'a> Draft<'a> {
    /// Begins with the fleet as it is.
    pub fn new(fleet: &'a Fleet, beats: &'a Beats, now: Moment, fresh: &'a mut Fresh) -> Self {
        let (events, effects) = (Vec::new(), Vec::new());
        Self { fleet: Cow::Borrowed(fleet), beats, events, effects, now, fresh }
    }

    /// The fleet with every event so far.
    pub fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// One agent, with every event so far.
    pub fn agent(&self, name: &AgentName) -> Option<&Agent> {
        self.fleet.agent(name)
    }

    /// All names, in the order of the roster.
    pub fn names(&self) -> Vec<AgentName> {
        self.fleet.order.clone()
    }

    /// The probes of an agent's current session.
    pub fn beat(&self, name: &AgentName) -> Beat {
        let begun = |said: &Recorded| matches!(&said.event, Event::SessionStarting { agent, .. } if agent == name);
        // What an earlier life answered proves nothing of the one that begins here.
        if self.events.iter().any(begun) {
            return Beat::default();
        }
        self.beats.get(name).copied().unwrap_or_default()
    }

    /// A fact.
    pub fn say(&mut self, event: Event) {
        let recorded = Recorded { at: self.now, event };
        fold(self.fleet.to_mut(), &recorded);
        self.events.push(recorded);
    }

    /// A thing to do.
    pub fn act(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// What came of it.
    pub fn finish(self, answer: Answer) -> Decision {
        Decision { events: self.events, effects: self.effects, answer }
    }
}
