//! Journal events to finished spans: one for each send, start, stop, health transition, command.
//!
//! Only reads events; what it holds is the spans that are not over yet. A replay through
//! [`Projector::take`] brings those back after a restart of the supervisor.

use std::collections::BTreeMap;

use super::open::{Open, unlent};
use super::place::{Place, Under};
use super::sends::Sends;
use super::words::{Labels, above, begun, command, of_message, opens};
use crate::fleet::{AgentName, Command, Event, Exit, MessageId, Recorded, SessionId};
use crate::telemetry::{Finished, TraceContext};

/// A command that the dispatcher has answered.
#[derive(Debug)]
pub struct CommandSpan<'a> {
    /// What was asked.
    pub command: &'a Command,
    /// The command's own ids.
    pub context: TraceContext,
    /// The caller's.
    pub parent: Option<TraceContext>,
    /// When it came, milliseconds since 1970.
    pub start_ms: u64,
    /// When it was answered.
    pub end_ms: u64,
    /// Why not, when it was refused or failed.
    pub error: Option<String>,
}

/// The spans that are not over.
#[derive(Debug, Default)]
pub struct Projector {
    sends: Sends,
    starts: BTreeMap<AgentName, Open>,
    stops: BTreeMap<AgentName, Open>,
    attaches: BTreeMap<AgentName, Open>,
    sessions: BTreeMap<AgentName, SessionId>,
    /// Commands whose start has still to come: it waits for a pane, or for the end of the last life.
    asked: BTreeMap<AgentName, TraceContext>,
}

impl Projector {
    /// The trace context to store with an event before it is appended: a new span's for one that
    /// opens a span, the open span's for one that goes on with it, else that `under` which it
    /// happens. What was said `before` it in the same turn has opened its spans, too.
    pub fn place<'e>(
        &self,
        event: &Event,
        under: Under,
        random: [u8; 24],
        before: impl Iterator<Item = (&'e Event, Place)>,
    ) -> Place {
        if opens(event).is_some() {
            let parent = under.command().or_else(|| self.asked_before(event));
            let above = parent.unwrap_or_else(|| under.context());
            return Place { own: TraceContext::below(Some(above), random), parent };
        }
        let open = self.going_on(event).map(|open| open.0.context);
        let open = open.or_else(|| just_queued(of_message(event)?, before));
        let own = open.unwrap_or_else(|| under.context());
        let asks = matches!(event, Event::AgentStarting { .. });
        Place { own, parent: under.command().filter(|_| asks) }
    }

    /// The command that asked for a start which begins only now.
    fn asked_before(&self, event: &Event) -> Option<TraceContext> {
        let Event::SessionStarting { agent, .. } = event else { return None };
        self.asked.get(agent).copied()
    }

    /// Takes a durable event with the context stored with it and, when it opens a span, the one
    /// above; returns the spans that are over with it.
    pub fn take(
        &mut self,
        labels: Labels<'_>,
        recorded: &Recorded,
        traceparent: Option<&str>,
        parent: Option<&str>,
    ) -> Vec<Finished> {
        let parent = parent.and_then(TraceContext::parse);
        let over = match opens(&recorded.event) {
            Some(name) => {
                let context = traceparent.and_then(TraceContext::parse);
                let begun = context.and_then(|own| self.begin(labels, recorded, name, own, parent));
                begun.map_or_else(Vec::new, |span| self.open(recorded, span))
            }
            None => self.go_on(recorded),
        };
        self.remember_session(&recorded.event);
        self.remember_asked(&recorded.event, parent);
        over
    }

    /// The span of an answered command.
    pub fn command(&self, labels: Labels<'_>, asked: CommandSpan<'_>) -> Finished {
        let (word, agent) = command(asked.command);
        let parent = above(asked.context, asked.parent);
        let mut span = begun("mosaic.command", labels, asked.context, parent, asked.start_ms);
        self.name_agent(&mut span, agent, None);
        span.attributes.push(("mosaic.command", word.to_owned()));
        span.end_ms = asked.end_ms;
        span.error = asked.error;
        span
    }

    fn begin(
        &self,
        labels: Labels<'_>,
        recorded: &Recorded,
        name: &'static str,
        own: TraceContext,
        parent: Option<TraceContext>,
    ) -> Option<Finished> {
        let agent = recorded.event.agent()?;
        let mut span = begun(name, labels, own, above(own, parent), recorded.at.wall_ms);
        self.name_agent(&mut span, Some(agent), recorded.event.session());
        Some(span)
    }

    /// Keeps a span until it is over; a transition is over at once.
    fn open(&mut self, recorded: &Recorded, mut span: Finished) -> Vec<Finished> {
        let at = recorded.at.wall_ms;
        #[expect(clippy::wildcard_enum_match_arm, reason = "only these open spans: see `opens`")]
        let replaced = match &recorded.event {
            Event::MessageQueued { message, .. } => self.sends.begin(message, span),
            Event::SessionStarting { agent, resumes, .. } => {
                span.attributes.push(("mosaic.resumes", resumes.to_string()));
                self.starts.insert(agent.clone(), Open(span))
            }
            Event::SessionStopping { agent, reason, .. } => {
                span.attributes.push(("mosaic.reason", reason.clone()));
                self.stops.insert(agent.clone(), Open(span))
            }
            Event::AttachStarted { agent, who, tty, resize, by_hand, .. } => {
                span.attributes.push(("mosaic.attach.who", who.clone()));
                if let Some(tty) = tty {
                    span.attributes.push(("mosaic.attach.tty", tty.clone()));
                }
                span.attributes.push(("mosaic.attach.resize", resize.to_string()));
                span.attributes.push(("mosaic.attach.by_hand", by_hand.to_string()));
                self.attaches.insert(agent.clone(), Open(span))
            }
            Event::HealthChanged { from, health, .. } => {
                span.attributes.push(("mosaic.health.from", from.clone()));
                span.attributes.push(("mosaic.health.to", health.word().to_owned()));
                return vec![span];
            }
            _ => None,
        };
        replaced
            .map(|open| open.over(at, Some("another one began".to_owned())))
            .into_iter()
            .collect()
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other events end no span")]
    fn go_on(&mut self, recorded: &Recorded) -> Vec<Finished> {
        let at = recorded.at.wall_ms;
        if let Some(id) = of_message(&recorded.event) {
            let session = recorded.event.agent().and_then(|agent| self.sessions.get(agent));
            return self.sends.go_on(id, &recorded.event, session, at).into_iter().collect();
        }
        let over = match &recorded.event {
            Event::SessionStarted { agent, pid, .. } | Event::SessionAdopted { agent, pid, .. } => {
                return self.starts.remove(agent).map_or_else(Vec::new, |mut open| {
                    open.set("mosaic.pid", pid.to_string());
                    vec![open.over(at, None)]
                });
            }
            Event::SessionExited { agent, exit, .. } => return self.exited(agent, exit, at),
            Event::AttachSeated { agent, .. } => {
                if let Some(open) = self.attaches.get_mut(agent) {
                    open.0.events.push(("seated".to_owned(), at));
                }
                None
            }
            Event::AttachEnded { agent, end, by, reason, .. } => {
                self.attaches.remove(agent).map(|open| {
                    let more = [("mosaic.attach.by", by), ("mosaic.reason", reason)];
                    unlent(open, *end, more, at)
                })
            }
            Event::AgentRemoved { agent } => {
                self.starts.remove(agent);
                self.stops.remove(agent);
                self.attaches.remove(agent);
                None
            }
            _ => None,
        };
        over.into_iter().collect()
    }

    /// An exit ends a stop as it should, and a start as it should not.
    fn exited(&mut self, agent: &AgentName, exit: &Exit, at: u64) -> Vec<Finished> {
        let start = self.starts.remove(agent).map(|open| (open, Some(exit.to_string())));
        let stop = self.stops.remove(agent).map(|open| (open, None));
        let over = start.into_iter().chain(stop).map(|(mut open, error)| {
            open.set("mosaic.exit", exit.to_string());
            open.over(at, error)
        });
        over.collect()
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other events belong to no open span")]
    fn going_on(&self, event: &Event) -> Option<&Open> {
        if let Some(id) = of_message(event) {
            return self.sends.get(id);
        }
        match event {
            Event::SessionStarted { agent, .. } | Event::SessionAdopted { agent, .. } => {
                self.starts.get(agent)
            }
            Event::AttachSeated { agent, .. } | Event::AttachEnded { agent, .. } => {
                self.attaches.get(agent)
            }
            Event::SessionExited { agent, .. } => {
                self.stops.get(agent).or_else(|| self.starts.get(agent))
            }
            _ => None,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the other events begin and end no session")]
    fn remember_session(&mut self, event: &Event) {
        match event {
            Event::SessionStarting { agent, session, .. }
            | Event::SessionAdopted { agent, session, .. } => {
                self.sessions.insert(agent.clone(), session.clone());
            }
            Event::SessionExited { agent, .. } | Event::AgentRemoved { agent } => {
                self.sessions.remove(agent);
            }
            _ => {}
        }
    }

    /// A restart asks for a start when it stops; a stop that is none loses its pane afterwards.
    fn remember_asked(&mut self, event: &Event, command: Option<TraceContext>) {
        match (event, command) {
            (
                Event::AgentStarting { agent } | Event::SessionStopping { agent, .. },
                Some(command),
            ) => {
                self.asked.insert(agent.clone(), command);
            }
            (
                Event::SessionStarting { agent, .. }
                | Event::PaneLost { agent, .. }
                | Event::AgentHeld { agent, .. }
                | Event::AgentRemoved { agent },
                _,
            ) => {
                self.asked.remove(agent);
            }
            _ => {}
        }
    }

    /// The agent, and the session that the event names or, without one, the current one.
    fn name_agent(
        &self,
        span: &mut Finished,
        agent: Option<&AgentName>,
        session: Option<&SessionId>,
    ) {
        let Some(agent) = agent else { return };
        span.attributes.push(("mosaic.agent", agent.to_string()));
        if let Some(session) = session.or_else(|| self.sessions.get(agent)) {
            span.attributes.push(("mosaic.session", session.to_string()));
        }
    }
}

/// The span of a message that was queued in the same turn.
fn just_queued<'e>(
    id: &MessageId,
    mut before: impl Iterator<Item = (&'e Event, Place)>,
) -> Option<TraceContext> {
    let is_it =
        |event: &Event| matches!(event, Event::MessageQueued { message, .. } if message.id == *id);
    before.find(|(event, _)| is_it(event)).map(|(_, place)| place.own)
}
