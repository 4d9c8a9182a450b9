//! One turn: decide all that came, make it durable in one commit, then fold.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::pending::{Pending, Turn, remember};
use super::{Core, Left, hex, random};
use crate::clock;
use crate::daemon::spans::Under;
use crate::daemon::{Ask, AskError, Caller, Done, effects};
use crate::fleet::{
    Beats, Command, Decision, Fleet, Input, Observation, decide, fold, forget, probe,
};
use crate::host::journal::{NewEvent, Remember, Stamp};
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
        let timed_out = seen.contains(&Observation::DeadlineCame);
        let mut fleet = Arc::clone(&self.parts.fleet);
        let mut beats = Arc::clone(&self.beats);
        let mut turn = Turn::default();
        let mut observed = std::mem::take(&mut self.waiting);
        observed.extend(seen);
        for observation in &observed {
            // Copied for a probe only: most of what is seen is none.
            if observation.is_probe() {
                probe(Arc::make_mut(&mut beats), &fleet, observation);
            }
            let input = Input::Observation(observation.clone());
            if let Ok(decision) = decide(&fleet, &beats, &input, now, &mut self.fresh)
                && !decision.is_empty()
            {
                let under = Under::Observation(self.new_trace(None));
                self.take(&mut fleet, &mut beats, &mut turn, decision, under, "supervisor");
            }
        }
        for ask in asks {
            match ask {
                // The first of the two is answered when this turn is durable, and so is the second.
                Ask::Command { ref caller, .. } if turn.has_key(caller) => self.again.push(ask),
                Ask::Command { command, caller, reply } => {
                    self.command(&mut fleet, &mut beats, &mut turn, *command, caller, reply).await;
                }
                Ask::Watch { agent, reply } => {
                    effects::watch(&self.parts.hands, &fleet, &agent, reply);
                }
            }
        }
        if timed_out && turn.events.is_empty() && turn.effects.is_empty() {
            self.stuck_until = now.mono_ms + STUCK_DEADLINE_MS;
        }
        match self.commit(&fleet, &turn).await {
            Ok(()) => {
                self.parts.fleet = fleet;
                self.beats = beats;
                for waiter in waiters {
                    let _stopped_waiting = waiter.send(());
                }
                self.finish(turn)
            }
            Err(why) => {
                self.give_back(turn, observed, &why);
                None
            }
        }
    }

    /// Decides a command, unless its key was answered before.
    async fn command(
        &mut self,
        fleet: &mut Arc<Fleet>,
        beats: &mut Arc<Beats>,
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
        let decision = decide(fleet, beats, &input, now, &mut self.fresh);
        let Input::Command(command) = input else { return };
        let actor = caller.actor.clone();
        let outcome = match decision {
            Ok(decision) => {
                let answer = decision.answer.clone();
                self.take(fleet, beats, turn, decision, Under::Command(context), &actor);
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
    fn take(
        &mut self,
        fleet: &mut Arc<Fleet>,
        beats: &mut Arc<Beats>,
        turn: &mut Turn,
        decision: Decision,
        under: Under,
        actor: &str,
    ) {
        for recorded in decision.events {
            fold(Arc::make_mut(fleet), &recorded);
            forget(Arc::make_mut(beats), &recorded.event);
            let place = self.parts.projector.place(&recorded.event, under, random());
            turn.events.push((recorded, place, actor.to_owned()));
        }
        turn.effects.extend(decision.effects);
    }

    /// Makes a turn durable.
    async fn commit(&mut self, fleet: &Fleet, turn: &Turn) -> Result<(), String> {
        let remembered: Vec<Remember> = turn.commands.iter().filter_map(remember).collect();
        if turn.events.is_empty() && remembered.is_empty() {
            return Ok(());
        }
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
        let stored = self.parts.journal.append(&stamp, events, remembered).await;
        self.seq = stored.map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Nothing of the turn has happened.
    fn give_back(&mut self, turn: Turn, observed: Vec<Observation>, why: &str) {
        tracing::error!(why, "the journal takes no events; commands are refused, agents live on");
        for pending in turn.commands {
            drop(pending.reply.send(Err(AskError::Journal(why.to_owned()))));
        }
        let lasting = |seen: &Observation| !matches!(seen, Observation::DeadlineCame);
        self.waiting = observed.into_iter().filter(lasting).take(WAITING_MAX).collect();
    }
}
