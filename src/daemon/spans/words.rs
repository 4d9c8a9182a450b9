//! The names of spans and of what they say; `docs/telemetry.md` lists them. Knows no open span.

use crate::fleet::{AgentName, Command, Event, MessageId};
use crate::telemetry::{Finished, TraceContext};

/// Whose the records are: two attributes of every span.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// The tenant's label.
    pub tenant: &'a str,
    /// The host's label.
    pub host: &'a str,
}

/// The name of the span that begins with this event, if one does.
#[expect(clippy::wildcard_enum_match_arm, reason = "only these begin a span")]
pub fn opens(event: &Event) -> Option<&'static str> {
    match event {
        Event::MessageQueued { .. } => Some("mosaic.send"),
        Event::SessionStarting { .. } => Some("mosaic.lifecycle.start"),
        Event::SessionStopping { .. } => Some("mosaic.lifecycle.stop"),
        Event::HealthChanged { .. } => Some("mosaic.heartbeat.transition"),
        // What a journal says that knew no leases had no span.
        Event::AttachStarted { lease: Some(_), .. } => Some("mosaic.attach"),
        _ => None,
    }
}

/// The message that an event goes on with; not the one that it begins.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are about no message")]
pub fn of_message(event: &Event) -> Option<&MessageId> {
    match event {
        Event::MessageTyping { id, .. }
        | Event::MessageTyped { id, .. }
        | Event::MessageLookedAgain { id, .. }
        | Event::MessageReturned { id, .. }
        | Event::MessageAccepted { id, .. }
        | Event::MessageNotSubmitted { id, .. }
        | Event::MessageCleared { id, .. }
        | Event::MessageRejected { id, .. }
        | Event::MessageUnknown { id, .. }
        | Event::MessageExpired { id, .. }
        | Event::MessageCancelled { id, .. } => Some(id),
        _ => None,
    }
}

/// A span above is one only in the same trace.
pub fn above(context: TraceContext, parent: Option<TraceContext>) -> Option<[u8; 8]> {
    parent.filter(|parent| parent.trace_id == context.trace_id).map(|parent| parent.span_id)
}

/// A span at its beginning, with the attributes that every one has.
pub fn begun(
    name: &'static str,
    labels: Labels<'_>,
    context: TraceContext,
    parent: Option<[u8; 8]>,
    at: u64,
) -> Finished {
    let attributes = [("mosaic.tenant", labels.tenant), ("mosaic.host", labels.host)]
        .map(|(key, label)| (key, label.to_owned()));
    Finished {
        name,
        context,
        parent,
        start_ms: at,
        end_ms: at,
        attributes: attributes.to_vec(),
        events: Vec::new(),
        error: None,
    }
}

/// What a command is called, and whom it is about.
pub fn command(command: &Command) -> (&'static str, Option<&AgentName>) {
    match command {
        Command::ApplyRoster { .. } => ("apply_roster", None),
        Command::StartAgent { agent, .. } => ("start_agent", Some(agent)),
        Command::StopAgent { agent, .. } => ("stop_agent", Some(agent)),
        Command::RestartAgent { agent, .. } => ("restart_agent", Some(agent)),
        Command::Send { agent, .. } => ("send", Some(agent)),
        Command::CancelMessage { .. } => ("cancel_message", None),
        Command::Attach { agent, .. } => ("attach", Some(agent)),
        Command::Detach { agent, .. } => ("detach", Some(agent)),
        Command::StopFleet { .. } => ("stop_fleet", None),
    }
}
