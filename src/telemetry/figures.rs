//! The figures that are told, each with its name and unit; `docs/telemetry.md` lists them.

use super::Attributes;

/// How long something took. `docs/telemetry.md` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Took {
    /// From a challenge to its answer.
    HeartbeatRoundTrip,
    /// From handing events to the journal to their being durable.
    JournalCommit,
    /// From a request's head to its reply's.
    ApiRequest,
    /// From queueing a message to its end.
    Send,
    /// From GO to a running process, or to its exit.
    Start,
    /// From asking a command to its answer.
    Command,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// An agent is started again by the supervisor itself.
    Restart,
    /// An agent is not started again for now.
    Hold,
}

/// What is looked at when the collector is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Since the last answered challenge was sent, seconds.
    HeartbeatAge,
    /// Agents in one lifecycle and health.
    Agents,
}

impl Took {
    pub(super) const ALL: [Self; 6] = [
        Self::HeartbeatRoundTrip,
        Self::JournalCommit,
        Self::ApiRequest,
        Self::Send,
        Self::Start,
        Self::Command,
    ];

    pub(super) fn named(self) -> (&'static str, &'static str) {
        match self {
            Self::HeartbeatRoundTrip => ("mosaic.heartbeat.rtt", "From a challenge to its answer"),
            Self::JournalCommit => (
                "mosaic.journal.commit.duration",
                "From handing events over to their being durable",
            ),
            // The name that OpenTelemetry's own conventions give it.
            Self::ApiRequest => {
                ("http.server.request.duration", "From a request's head to its reply's")
            }
            Self::Send => ("mosaic.send.duration", "From queueing a message to its end"),
            Self::Start => ("mosaic.lifecycle.start.duration", "From GO to a running process"),
            Self::Command => ("mosaic.command.duration", "From asking a command to its answer"),
        }
    }

    /// The figure that a span of this name is also told as, and which of its attributes count:
    /// those that have few values.
    pub(super) fn of_span(name: &str) -> Option<(Self, &'static [&'static str])> {
        match name {
            "mosaic.send" => Some((Self::Send, &["mosaic.agent", "mosaic.message.state"])),
            "mosaic.lifecycle.start" => Some((Self::Start, &["mosaic.agent"])),
            "mosaic.command" => Some((Self::Command, &["mosaic.command"])),
            _ => None,
        }
    }
}

impl Count {
    pub(super) const ALL: [Self; 2] = [Self::Restart, Self::Hold];

    pub(super) fn named(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Restart => {
                ("mosaic.agent.restarts", "{restart}", "Agents started again by the supervisor")
            }
            Self::Hold => ("mosaic.agent.holds", "{hold}", "Agents not started again for now"),
        }
    }
}

impl Look {
    pub(super) const ALL: [Self; 2] = [Self::HeartbeatAge, Self::Agents];

    pub(super) fn named(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::HeartbeatAge => {
                ("mosaic.heartbeat.age", "s", "Since the last answered challenge was sent")
            }
            Self::Agents => ("mosaic.agents", "{agent}", "Agents by lifecycle and health"),
        }
    }
}

/// The name and unit of each figure.
#[cfg(test)]
pub fn names() -> Vec<(&'static str, &'static str)> {
    let took = Took::ALL.map(|took| (took.named().0, "s"));
    let count = Count::ALL.map(|count| (count.named().0, count.named().1));
    let looks = Look::ALL.map(|look| (look.named().0, look.named().1));
    took.into_iter().chain(count).chain(looks).collect()
}

/// One value that was looked at.
pub type Looked = (Look, f64, Attributes);

/// What makes the values: called by the exporter's thread, so it must not wait for anything.
pub type Looking = Box<dyn Fn() -> Vec<Looked> + Send + Sync>;
