//! Where an event stands in its trace, and what it happens under.

use crate::telemetry::TraceContext;

/// Where an event stands in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// What is stored with the event: the ids of the span that it opens, belongs to or is.
    pub own: TraceContext,
    /// The command above, when the event opens a span or asks for a start.
    pub parent: Option<TraceContext>,
}

/// What an event happens under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    /// Somebody asked: the context of the command, which has a span.
    Command(TraceContext),
    /// Nobody did: the trace that all of one observation shares.
    Observation(TraceContext),
}

impl Under {
    /// Its ids.
    pub fn context(self) -> TraceContext {
        match self {
            Self::Command(context) | Self::Observation(context) => context,
        }
    }

    /// The command, when somebody asked.
    pub fn command(self) -> Option<TraceContext> {
        match self {
            Self::Command(context) => Some(context),
            Self::Observation(_) => None,
        }
    }
}
