//! What the journal says of a runtime: its channel, its health, what it does.

use crate::fleet::{Agent, Channel, Event, Health, Moment, Unresponsive};

/// Takes what a runtime said, or what its silence came to.
#[expect(clippy::wildcard_enum_match_arm, reason = "`fold` names every event and who takes it")]
pub fn fold(agent: &mut Agent, event: &Event, at: Moment) {
    match event {
        Event::ChannelOpened { kind, delivers, connection, .. } => {
            if let Some(session) = &mut agent.session {
                session.channel =
                    Some(Channel { kind: *kind, delivers: *delivers, connection: *connection });
                session.goodbye = None;
            }
        }
        Event::ChannelClosed { reason, .. } => {
            if let Some(session) = &mut agent.session {
                session.channel = None;
                session.goodbye = Some(reason.clone());
            }
        }
        Event::ChannelLost { .. } => {
            if let Some(session) = &mut agent.session {
                session.channel = None;
            }
        }
        Event::HealthChanged { health, .. } => {
            agent.health = health.clone();
            if let Health::Healthy { .. } = health {
                agent.boot_failures = 0;
                // One that is being ended for it is ended, whatever it says meanwhile.
                agent.unresponsive = agent.unresponsive.take().filter(|_| agent.is_hung());
                if let Some(session) = &mut agent.session {
                    session.answered = true;
                }
            }
        }
        Event::AgentUnresponsive { examined, evidence, action, .. } => {
            let (examined, evidence, action) = (*examined, evidence.clone(), *action);
            agent.unresponsive = Some(Unresponsive { since: at, examined, evidence, action });
        }
        Event::ActivityChanged { activity, in_answer, .. } => {
            let (before, since) = &agent.activity;
            let since = if before.goes_on_in(activity) { *since } else { at };
            agent.activity = (activity.clone(), since);
            agent.activity_in_answer = *in_answer;
        }
        Event::ConversationChanged { conversation, .. } => {
            agent.conversation = Some(conversation.clone());
        }
        Event::TurnNamed { turn, .. } => agent.turn = Some(turn.clone()),
        _ => {}
    }
}
