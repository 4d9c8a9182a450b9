//! After the commit: what became durable is shown, done and answered, in this order.

use super::pending::{Pending, Turn, fingerprint};
use super::{Core, Left};
use crate::clock;
use crate::daemon::spans::{CommandSpan, Labels};
use crate::daemon::{AskError, Caller, Done, effects, figures};
use crate::fleet::{Command, Effect, Event, MessageId, SessionId};

impl Core {
    /// After the commit: the fleet, the snapshot, spans, effects, and last the answers.
    pub fn finish(&mut self, turn: Turn) -> Option<Left> {
        self.parts.fleet = turn.fleet;
        self.beats = turn.beats;
        self.publish();
        let fleet = &self.parts.fleet;
        let labels = Labels { tenant: &fleet.tenant.label, host: &fleet.host.label };
        for (recorded, place, _) in &turn.events {
            let (own, parent) = (place.own.to_string(), place.parent.map(|p| p.to_string()));
            let over = self.parts.projector.take(labels, recorded, Some(&own), parent.as_deref());
            over.into_iter().for_each(|span| self.parts.telemetry.export(span));
            figures::happened(&self.parts.telemetry, fleet, &recorded.event);
            if let Event::SessionStarting { session: SessionId(id), .. }
            | Event::MessageTyping { id: MessageId(id), .. } = &recorded.event
            {
                self.parts.hands.note_trace(id, own);
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
        let seq = first + pending.events as u64;
        let answered = pending.outcome.map(|answer| Done { seq, answer });
        // Nobody may be listening any more.
        drop(pending.reply.send(answered));
    }

    /// What the same key was answered before.
    pub async fn answered_before(
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
}
