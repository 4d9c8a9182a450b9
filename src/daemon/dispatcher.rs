//! The select loop: the one owner of the fleet, the only caller of decide and fold.
//!
//! ```text
//! commands, observations, deadlines ─▶ decide ─▶ journal (durable) ─▶ fold ─▶ effects, answers
//! ```
//! What the journal does not take has not happened: commands are told so, observations wait.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::effects;
use super::hands::Hands;
use super::report::Report;
use super::spans::{CommandSpan, Labels, Place, Projector, Under};
use super::{Ask, AskError, Caller, Done, Snapshot};
use crate::clock;
use crate::fleet::{
    Answer, Beats, Command, Decision, Effect, Event, Fleet, Fresh, Input, Moment, Observation,
    Recorded, deadline, decide, fold, forget, probe,
};
use crate::host::journal::{Journal, NewEvent, Remember, Stamp};
use crate::telemetry::{Telemetry, TraceContext};

/// What one turn takes at most: a burst shares one commit, a flood does not starve the deadlines.
const TURN_MAX: usize = 64;

/// While the journal takes nothing, observations wait here; agents are few and report transitions.
const WAITING_MAX: usize = 10_000;

/// A disk that was full is asked again after so long.
const JOURNAL_RETRY: Duration = Duration::from_secs(1);

/// A deadline that no rule resolves would spin; it is logged and waits this long.
const STUCK_DEADLINE_MS: u64 = 1_000;

/// What the loop needs from its start.
pub struct Parts {
    /// The fleet as the journal tells it.
    pub fleet: Fleet,
    /// Open spans, as the journal tells them.
    pub projector: Projector,
    /// Where events go.
    pub journal: Journal,
    /// Where spans go.
    pub telemetry: Arc<Telemetry>,
    /// Who does what must be done.
    pub hands: Arc<Hands>,
    /// Commands and watchers.
    pub asks: mpsc::Receiver<Ask>,
    /// What the hands report.
    pub reports: mpsc::Receiver<Report>,
    /// The snapshot after each turn.
    pub snapshots: watch::Sender<Arc<Snapshot>>,
}

/// The loop's state.
pub struct Core {
    parts: Parts,
    beats: Beats,
    fresh: Fresh,
    waiting: Vec<Observation>,
    seq: u64,
    stuck_until: u64,
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It was asked to; whether agents and tmux stay.
    Asked {
        /// They stay.
        keep_agents: bool,
    },
    /// A signal came: agents and tmux stay.
    Signal,
}

/// A command in this turn, and where its answer goes.
struct Pending {
    command: Command,
    caller: Caller,
    reply: oneshot::Sender<Result<Done, AskError>>,
    context: TraceContext,
    parent: Option<TraceContext>,
    started: Moment,
    outcome: Result<Answer, AskError>,
    /// The last event that it produced, counted in this turn.
    events: usize,
}

/// What a turn came to, before it is durable.
#[derive(Default)]
struct Turn {
    events: Vec<(Recorded, Place, String)>,
    effects: Vec<Effect>,
    commands: Vec<Pending>,
}

impl Core {
    /// A loop over these parts.
    pub fn new(parts: Parts) -> Self {
        let seq = *parts.journal.head().borrow();
        Self {
            parts,
            beats: Beats::new(),
            fresh: Fresh::new(seed()),
            waiting: Vec::new(),
            seq,
            stuck_until: 0,
        }
    }

    /// Runs until the supervisor is asked to leave.
    pub async fn run(mut self, mut leave: mpsc::Receiver<()>) -> Left {
        self.publish();
        loop {
            let wake = self.wake_at();
            let mut asks = Vec::new();
            let (mut reports, mut seen) = (Vec::new(), Vec::new());
            tokio::select! {
                biased;
                _ = leave.recv() => return Left::Signal,
                taken = self.parts.reports.recv_many(&mut reports, TURN_MAX) => {
                    if taken == 0 {
                        return Left::Signal;
                    }
                }
                taken = self.parts.asks.recv_many(&mut asks, TURN_MAX) => {
                    if taken == 0 {
                        return Left::Signal;
                    }
                }
                () = sleep_until(wake) => seen.push(Observation::DeadlineCame),
            }
            let mut waiters = Vec::new();
            for report in reports {
                match report {
                    Report::Seen(observation) => seen.push(observation),
                    Report::Journaled(waiter) => waiters.push(waiter),
                }
            }
            if let Some(left) = self.turn(asks, seen, waiters).await {
                return left;
            }
        }
    }

    /// When something changes without anybody saying so.
    fn wake_at(&self) -> Instant {
        let now = clock::now();
        let due = deadline(&self.parts.fleet, &self.beats, now);
        let due = due.map(|at| at.max(self.stuck_until));
        let far = Duration::from_secs(3600);
        let wait = due.map_or(far, |at| Duration::from_millis(at.saturating_sub(now.mono_ms)));
        let wait = if self.waiting.is_empty() { wait } else { wait.min(JOURNAL_RETRY) };
        Instant::now() + wait
    }

    /// One turn: decide all, make it durable in one commit, then fold and act.
    async fn turn(
        &mut self,
        asks: Vec<Ask>,
        seen: Vec<Observation>,
        waiters: Vec<oneshot::Sender<()>>,
    ) -> Option<Left> {
        let now = clock::now();
        let timed_out = seen.contains(&Observation::DeadlineCame);
        let mut fleet = self.parts.fleet.clone();
        let mut beats = self.beats.clone();
        let mut turn = Turn::default();
        let mut observed = std::mem::take(&mut self.waiting);
        observed.extend(seen);
        for observation in &observed {
            probe(&mut beats, &fleet, observation);
            let input = Input::Observation(observation.clone());
            if let Ok(decision) = decide(&fleet, &beats, &input, now, &mut self.fresh) {
                let under = Under::Observation(self.new_trace(None));
                self.take(&mut fleet, &mut beats, &mut turn, decision, under, "supervisor");
            }
        }
        for ask in asks {
            match ask {
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
        fleet: &mut Fleet,
        beats: &mut Beats,
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

    async fn answered_before(
        &self,
        command: &Command,
        caller: &Caller,
    ) -> Option<Result<Done, AskError>> {
        let key = caller.idempotency_key.as_deref()?;
        match self.parts.journal.remembered(key).await {
            Ok(None) => None,
            Ok(Some(known)) if known.fingerprint != fingerprint(command) => {
                let why = format!("the Idempotency-Key {key} was used for another request");
                Some(Err(AskError::Host(why)))
            }
            Ok(Some(known)) => Some(
                serde_json::from_str(&known.reply)
                    .map(|answer| Done { seq: known.seq, answer })
                    .map_err(|error| AskError::Journal(error.to_string())),
            ),
            Err(error) => Some(Err(AskError::Journal(error.to_string()))),
        }
    }

    /// Folds a decision into the turn's fleet, and keeps what it says and wants.
    fn take(
        &mut self,
        fleet: &mut Fleet,
        beats: &mut Beats,
        turn: &mut Turn,
        decision: Decision,
        under: Under,
        actor: &str,
    ) {
        for recorded in decision.events {
            fold(fleet, &recorded);
            forget(beats, &recorded.event);
            let place = self.parts.projector.place(&recorded.event, under, random());
            turn.events.push((recorded, place, actor.to_owned()));
        }
        turn.effects.extend(decision.effects);
    }

    /// Makes a turn durable.
    async fn commit(&mut self, fleet: &Fleet, turn: &Turn) -> Result<(), String> {
        if turn.events.is_empty() {
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
        let remembered = turn.commands.iter().find_map(remember);
        let stored = self.parts.journal.append(&stamp, events, remembered).await;
        self.seq = stored.map_err(|error| error.to_string())?;
        Ok(())
    }

    /// After the commit: the snapshot, spans, effects, and last the answers.
    fn finish(&mut self, turn: Turn) -> Option<Left> {
        self.publish();
        let fleet = &self.parts.fleet;
        let labels = Labels { tenant: &fleet.tenant.label, host: &fleet.host.label };
        for (recorded, place, _) in &turn.events {
            let (own, parent) = (place.own.to_string(), place.parent.map(|p| p.to_string()));
            let over = self.parts.projector.take(labels, recorded, Some(&own), parent.as_deref());
            over.into_iter().for_each(|span| self.parts.telemetry.export(span));
            if let Event::SessionStarting { session, .. } = &recorded.event {
                self.parts.hands.note_trace(session, own);
            }
        }
        let first = self.seq - turn.events.len() as u64;
        let mut left = None;
        for effect in turn.effects {
            if let Effect::LeaveSupervisor { keep_agents } = effect {
                left = Some(Left::Asked { keep_agents });
            } else {
                effects::act(&self.parts.hands, effect);
            }
        }
        for pending in turn.commands {
            self.answer(pending, first);
        }
        left
    }

    fn answer(&self, pending: Pending, first: u64) {
        let fleet = &self.parts.fleet;
        let labels = Labels { tenant: &fleet.tenant.label, host: &fleet.host.label };
        let error = match &pending.outcome {
            Err(AskError::Refused(refusal)) => Some(refusal.to_string()),
            Err(AskError::Journal(why) | AskError::Host(why)) => Some(why.clone()),
            Err(AskError::Gone) | Ok(_) => None,
        };
        self.parts.telemetry.export(self.parts.projector.command(
            labels,
            CommandSpan {
                command: &pending.command,
                context: pending.context,
                parent: pending.parent,
                start_ms: pending.started.wall_ms,
                end_ms: clock::now().wall_ms,
                error,
            },
        ));
        if let (Command::Attach { agent, .. }, Some(pid), Ok(_)) =
            (&pending.command, pending.caller.pid, &pending.outcome)
        {
            effects::follow_attached(&self.parts.hands, agent.clone(), pid);
        }
        let seq = if pending.events == 0 { self.seq } else { first + pending.events as u64 };
        let answered = pending.outcome.map(|answer| Done { seq, answer });
        // Nobody may be listening any more.
        drop(pending.reply.send(answered));
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

    fn publish(&self) {
        let snapshot =
            Snapshot { fleet: self.parts.fleet.clone(), beats: self.beats.clone(), seq: self.seq };
        self.parts.snapshots.send_replace(Arc::new(snapshot));
    }

    fn new_trace(&self, parent: Option<TraceContext>) -> TraceContext {
        TraceContext::below(parent, random())
    }
}

/// The answer to keep for a command that came with a key.
fn remember(pending: &Pending) -> Option<Remember> {
    let key = pending.caller.idempotency_key.clone()?;
    let answer = pending.outcome.as_ref().ok()?;
    let reply = serde_json::to_string(answer).ok()?;
    Some(Remember { key, fingerprint: fingerprint(&pending.command), reply })
}

fn fingerprint(command: &Command) -> String {
    hex(&Sha256::digest(format!("{command:?}").as_bytes())[..])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).expect("the kernel gives random bytes once it has booted");
    seed
}

fn random() -> [u8; 24] {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes once it has booted");
    bytes
}
