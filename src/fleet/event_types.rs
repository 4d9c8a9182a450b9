//! The names of all types of events, for those who ask for some of them.

/// Every type that the journal holds, in the order in which [`super::Event`] tells them.
pub const EVENT_TYPES: &[&str] = &[
    "supervisor.started",
    "supervisor.stopping",
    "supervisor.strained",
    "supervisor.relieved",
    "journal.resumed",
    "tmux.started",
    "tmux.lost",
    "roster.applied",
    "agent.removed",
    "agent.wanted",
    "agent.updated",
    "agent.starting",
    "agent.restart_scheduled",
    "agent.held",
    "agent.unresponsive",
    "pane.created",
    "pane.failed",
    "pane.connected",
    "pane.disconnected",
    "pane.lost",
    "session.starting",
    "session.started",
    "session.adopted",
    "session.stopping",
    "session.exited",
    "channel.opened",
    "channel.closed",
    "channel.lost",
    "health.changed",
    "activity.changed",
    "conversation.changed",
    "turn.named",
    "message.queued",
    "message.typing",
    "message.typed",
    "message.looked_again",
    "message.returned",
    "message.accepted",
    "message.typed_not_submitted",
    "message.cleared",
    "message.rejected",
    "message.unknown",
    "message.expired",
    "message.cancelled",
    "output.segment_closed",
    "output.stopped",
    "output.resumed",
    "attach.started",
    "attach.seated",
    "attach.joined",
    "attach.left",
    "attach.ended",
];

#[cfg(test)]
mod tests {
    use super::EVENT_TYPES;
    use crate::fleet::Event;

    #[test]
    fn every_type_of_event_is_named() {
        // Who reads a type that there is not is told by serde which there are.
        let error = Event::from_parts("?", "{}").unwrap_err().to_string();
        let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(known, EVENT_TYPES, "{error}");
    }
}
