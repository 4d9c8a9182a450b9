//! Decides; never acts.
//!
//! `(fleet, probes, command | observation, now, randomness) → events + effects, or a refusal`.
//! Each rule writes its events into a draft of the fleet, so that the next rule of the same
//! decision sees them; the caller journals the events, folds them, and only then acts.

mod apply;
mod draft;
mod due;
pub mod endings;
mod fresh;
mod hung;
mod keyboard;
mod known;
pub mod lives;
mod mail;
mod messages;
mod orders;
mod overdue;
mod probes;
mod receipts;
mod second_look;
mod seen;
mod way;
mod wishes;

use super::state::Beats;
use super::{Agent, Answer, Command, Effect, Fleet, Moment, Observation, Recorded, Refusal};
pub use draft::Draft;
pub use fresh::{Fresh, token_hash};
pub use mail::MAILBOX_MAX;
pub use probes::{forget, judge, probe};
pub use way::{way, way_for};

/// What comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Somebody asks.
    Command(Command),
    /// The host reports.
    Observation(Observation),
}

/// What follows: facts to journal, then things to do, and what to tell the one who asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decision {
    /// In this order.
    pub events: Vec<Recorded>,
    /// In this order, after the events are durable.
    pub effects: Vec<Effect>,
    /// The answer to a command.
    pub answer: Answer,
}

impl Decision {
    /// Whether nothing follows.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.effects.is_empty()
    }
}

/// Decides what follows from one input.
pub fn decide(
    fleet: &Fleet,
    beats: &Beats,
    input: &Input,
    now: Moment,
    fresh: &mut Fresh,
) -> Result<Decision, Refusal> {
    let mut draft = Draft::new(fleet, beats, now, fresh);
    let answer = match input {
        Input::Command(command) => orders::obey(&mut draft, command)?,
        Input::Observation(observation) => {
            seen::observe(&mut draft, observation);
            Answer::Done
        }
    };
    leave_when_done(&mut draft);
    Ok(draft.finish(answer))
}

/// A supervisor that was asked to leave does so when nothing is left to stop.
fn leave_when_done(draft: &mut Draft<'_>) {
    let Some(leaving) = draft.fleet().leaving else { return };
    let at_rest = |agent: &Agent| agent.session.is_none() && agent.pane.is_none();
    if leaving.keep_agents || draft.fleet().in_order().all(at_rest) {
        draft.act(Effect::LeaveSupervisor { keep_agents: leaving.keep_agents });
    }
}

/// The next moment, on the monotonic clock, at which something changes without anybody saying so.
pub fn deadline(fleet: &Fleet, beats: &Beats, now: Moment) -> Option<u64> {
    // Both are sorted by name; this is asked at every turn, of every agent.
    let mut beats = beats.iter().peekable();
    fleet
        .agents
        .iter()
        .filter_map(|(name, agent)| {
            while beats.next_if(|(of, _)| *of < name).is_some() {}
            let beat = beats.next_if(|(of, _)| *of == name).map(|(_, beat)| *beat);
            let beat = beat.unwrap_or_default();
            [
                due::due(agent, fleet, now),
                messages::due(agent, now),
                keyboard::due(agent),
                probes::due(agent, &beat, now),
            ]
            .into_iter()
            .flatten()
            .min()
        })
        .min()
}
