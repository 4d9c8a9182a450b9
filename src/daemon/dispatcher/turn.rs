//! One turn: decide all that came, make it durable in one commit, then fold.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::pending::{Pending, Turn, remember};
use super::{Core, Left, hex, random};
use crate::clock;
use crate::daemon::spans::Under;
use crate::daemon::{Ask, AskError, Caller, Done, Trouble, effects, figures};
use crate::fleet::{Command, Decision, Input, Moment, Observation, decide, fold, forget, probe};
use crate::host::journal::{JournalError, KillPoint, NewEvent, Remember, Stamp, reach};
use crate::telemetry::TraceContext;

/// While the journal takes nothing, observations wait here; agents are few and report transitions.
const WAITING_MAX: usize = 10_000;

/// A deadline that no rule resolves would spin; it is logged and waits this long.
const STUCK_DEADLINE_MS: u64 = 1_000;

impl Core {
    /// One turn: decide all, make it durable in one commit, then fold and act.
    pub async fn turn(
        &mut self,
        asks: Vec<Ask>,
        seen: Vec<Observation>,
        waiters: Vec<oneshot::Sender<()>>,
    ) -> Option<Left> {
        let now = clock::now();
        let is_asked = !asks.is_empty() || !waiters.is_empty();
        if self.trouble.is_some() && !is_asked && now.mono_ms < self.stuck_until {
            self.keep(seen);
            self.publish();
            return None;
        }
        let timed_out = seen.contains(&Observation::DeadlineCame);
        let mut turn = Turn::from(&self.parts.fleet, &self.beats);
        let mut observed: Vec<Observation> =
            self.trouble.iter().map(Trouble::observation).collect();
        observed.append(&mut self.waiting);
        observed.extend(seen);
        for observation in &observed {
            self.observation(&mut turn, observation, now);
        }
        for ask in asks {
            match ask {
                // The first of the two is answered when this turn is durable, and so is the second.
                Ask::Command { ref caller, .. } if turn.has_key(caller) => self.again.push(ask),
                Ask::Command { command, caller, reply } => {
                    self.command(&mut turn, *command, caller, reply).await;
                }
                Ask::Watch { agent, look, reply } => {
                    effects::watch(&self.parts.hands, &turn.fleet, &agent, look, reply);
                }
            }
        }
        if timed_out && turn.events.is_empty() && turn.effects.is_empty() {
            self.stuck_until = now.mono_ms + STUCK_DEADLINE_MS;
        }
        match self.commit(&turn).await {
            Ok(()) => {
                if let Some(over) = self.trouble.take() {
                    let refused = over.refused;
                    tracing::info!(refused, "the journal takes events again");
                }
                reach(KillPoint::Act);
                for waiter in waiters {
                    let _stopped_waiting = waiter.send(());
                }
                self.finish(turn)
            }
            Err(why) => {
                self.stuck_until = now.mono_ms + STUCK_DEADLINE_MS;
                self.give_back(turn, observed, &why, now);
                None
            }
        }
    }

    /// Decides what an observation comes to; most come to nothing.
    fn observation(&mut self, turn: &mut Turn, seen: &Observation, now: Moment) {
        // Copied for a probe only: most of what is seen is none.
        if seen.is_probe() {
            probe(Arc::make_mut(&mut turn.beats), &turn.fleet, seen);
        }
        figures::seen(&self.parts.telemetry, &turn.fleet, seen);
        let input = Input::Observation(seen.clone());
        if let Ok(decision) = decide(&turn.fleet, &turn.beats, &input, now, &mut self.fresh)
            && !decision.is_empty()
        {
            let under = Under::Observation(self.new_trace(None));
            self.take(turn, decision, under, "supervisor");
        }
    }

    /// Decides a command, unless its key was answered before.
    async fn command(
        &mut self,
        turn: &mut Turn,
        command: Command,
        caller: Caller,
        reply: oneshot::Sender<Result<Done, AskError>>,
    ) {
        if let Some(answer) = self.answered_before(&command, &caller).await {
            drop(reply.send(answer));
            return;
        }
        let now = clock::now();
        let parent = caller.traceparent.as_deref().and_then(TraceContext::parse);
        let context = self.new_trace(parent);
        let input = Input::Command(command);
        let decision = decide(&turn.fleet, &turn.beats, &input, now, &mut self.fresh);
        let Input::Command(command) = input else { return };
        let actor = caller.actor.clone();
        let outcome = match decision {
            Ok(decision) => {
                let answer = decision.answer.clone();
                self.take(turn, decision, Under::Command(context), &actor);
                Ok(answer)
            }
            Err(refusal) => Err(AskError::Refused(refusal)),
        };
        let events = turn.events.len();
        let started = now;
        turn.commands.push(Pending {
            command,
            caller,
            reply,
            context,
            parent,
            started,
            outcome,
            events,
        });
    }

    /// Folds a decision into the turn's fleet, and keeps what it says and wants.
    fn take(&mut self, turn: &mut Turn, decision: Decision, under: Under, actor: &str) {
        for recorded in decision.events {
            fold(Arc::make_mut(&mut turn.fleet), &recorded);
            forget(Arc::make_mut(&mut turn.beats), &recorded.event);
            let before = turn.events.iter().rev().map(|(said, place, _)| (&said.event, *place));
            let place = self.parts.projector.place(&recorded.event, under, random(), before);
            turn.events.push((recorded, place, actor.to_owned()));
        }
        turn.effects.extend(decision.effects);
    }

    /// Makes a turn durable.
    async fn commit(&mut self, turn: &Turn) -> Result<(), JournalError> {
        let remembered: Vec<Remember> = turn.commands.iter().filter_map(remember).collect();
        if turn.events.is_empty() && remembered.is_empty() {
            return Ok(());
        }
        let fleet = &turn.fleet;
        let stamp = Stamp { tenant: fleet.tenant.clone(), host: fleet.host.clone() };
        let events = turn
            .events
            .iter()
            .map(|(recorded, place, actor)| NewEvent {
                id: hex(&random()[..16]),
                recorded: recorded.clone(),
                actor: actor.clone(),
                cause: place.parent.map(|parent| parent.to_string()),
                traceparent: Some(place.own.to_string()),
            })
            .collect();
        let begun = clock::instant();
        let stored = self.parts.journal.append(&stamp, events, remembered).await;
        figures::committed(&self.parts.telemetry, fleet, begun.elapsed());
        self.seq = stored?;
        Ok(())
    }

    /// Nothing of the turn has happened.
    fn give_back(
        &mut self,
        turn: Turn,
        observed: Vec<Observation>,
        error: &JournalError,
        now: Moment,
    ) {
        let reason = error.whole();
        let known = self.trouble.take();
        if known.as_ref().is_none_or(|known| known.reason != reason) {
            tracing::error!(
                reason,
                "the journal takes no events; commands are refused, agents live on"
            );
        }
        let (since_ms, refused) = known.map_or((now.wall_ms, 0), |t| (t.since_ms, t.refused));
        let refused = refused + turn.commands.len() as u64;
        for pending in turn.commands {
            drop(pending.reply.send(Err(AskError::Journal(reason.clone()))));
        }
        self.trouble = Some(Trouble { reason, word: word(error), since_ms, refused });
        self.keep(observed);
        self.publish();
    }

    /// Keeps what was seen until it can be journaled. Probes are of the moment: they count now, and
    /// are not kept.
    fn keep(&mut self, observed: Vec<Observation>) {
        for seen in observed {
            if seen.is_probe() {
                probe(Arc::make_mut(&mut self.beats), &self.parts.fleet, &seen);
                continue;
            }
            let passes =
                matches!(seen, Observation::DeadlineCame | Observation::JournalFailed { .. });
            if !passes && self.waiting.len() < WAITING_MAX {
                self.waiting.push(seen);
            }
        }
    }
}

impl Trouble {
    fn observation(&self) -> Observation {
        let Self { reason, since_ms, refused, .. } = self.clone();
        Observation::JournalFailed { reason, since_ms, refused }
    }
}

/// Why the journal takes nothing, in few words.
fn word(error: &JournalError) -> &'static str {
    match error {
        JournalError::Full { .. } => "full",
        JournalError::ReadOnly { .. } => "read-only",
        JournalError::Busy { .. } => "locked by another program",
        JournalError::Foreign { .. }
        | JournalError::Corrupt { .. }
        | JournalError::Unproven { .. }
        | JournalError::Key { .. }
        | JournalError::NotAJournal { .. }
        | JournalError::NewerVersion { .. }
        | JournalError::KeyUsed { .. }
        | JournalError::Unreadable { .. }
        | JournalError::Closed { .. }
        | JournalError::Sql { .. }
        | JournalError::Io { .. } => "failing",
    }
}
