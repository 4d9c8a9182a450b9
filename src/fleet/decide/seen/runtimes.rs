//! What a runtime says of itself, and what its screen says while it is silent.

use crate::fleet::decide::{Draft, hung, lives, messages, probes};
use crate::fleet::{
    Activity, Agent, AgentName, ChannelKind, Effect, Event, Observation, SessionId,
};

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "`observe` names every observation and who takes it"
)]
/// Takes what a runtime says.
pub fn runtime_seen(draft: &mut Draft<'_>, observation: &Observation) {
    match observation {
        Observation::ChannelOffered { .. } => channel_offered(draft, observation),
        Observation::ChannelClosed { agent, connection, goodbye } => {
            let session = draft.agent(agent).and_then(|agent| agent.session.clone());
            let Some(session) = session else { return };
            if session.channel.as_ref().is_some_and(|channel| channel.connection == *connection) {
                let (of, session) = (agent.clone(), session.id);
                draft.say(match goodbye.clone() {
                    Some(reason) => Event::ChannelClosed { agent: of, session, reason },
                    None => Event::ChannelLost { agent: of, session },
                });
                probes::note(draft, agent);
            }
        }
        Observation::Challenged { agent, .. } => {
            probes::note(draft, agent);
            hung::look_again(draft, agent);
        }
        Observation::Examined { agent, session, examined, evidence } => {
            hung::examined(draft, agent, session, *examined, evidence);
        }
        Observation::HeartbeatAnswered { agent, .. } => {
            probes::note(draft, agent);
            messages::advance(draft, agent);
        }
        Observation::ActivityReported { agent, session, activity } => {
            activity_seen(draft, agent, session, activity);
        }
        Observation::ActivityAnswered { agent, session, activity } => {
            activity_answered(draft, agent, session, activity);
        }
        Observation::DialogSeen { agent, session, detail } => {
            dialog_seen(draft, agent, session, detail);
        }
        Observation::ConversationReported { agent, session, conversation } => {
            let Some(known) = draft.agent(agent) else { return };
            let current = known.session.as_ref().is_some_and(|current| current.id == *session);
            if current && known.conversation.as_deref() != Some(conversation) {
                draft.say(Event::ConversationChanged {
                    agent: agent.clone(),
                    session: session.clone(),
                    conversation: conversation.clone(),
                });
            }
        }
        _ => {}
    }
}

fn activity_seen(
    draft: &mut Draft<'_>,
    name: &AgentName,
    session: &SessionId,
    activity: &Activity,
) {
    let Some(known) = draft.agent(name) else { return };
    // A word of its own after the same in an answer says nothing new, but holds from now on.
    let is_confirmed = known.activity_in_answer && known.activity.0.blocks();
    if is_confirmed || !known.activity.0.is_repeated_by(activity) {
        say_activity(draft, name, session, activity, false);
    }
}

/// A heartbeat never clears what the runtime said by itself: a dialog or a limit goes when a word
/// of its own says so, or the answer that said it. Repeating a word says nothing.
fn activity_answered(
    draft: &mut Draft<'_>,
    name: &AgentName,
    session: &SessionId,
    activity: &Activity,
) {
    let Some(known) = draft.agent(name) else { return };
    let stands = known.activity.0.blocks() && !known.activity_in_answer;
    if !stands && known.activity.0.word() != activity.word() {
        say_activity(draft, name, session, activity, true);
    }
}

fn say_activity(
    draft: &mut Draft<'_>,
    name: &AgentName,
    session: &SessionId,
    activity: &Activity,
    in_answer: bool,
) {
    let Some(known) = draft.agent(name) else { return };
    if known.session.as_ref().is_some_and(|current| current.id == *session) {
        draft.say(Event::ActivityChanged {
            agent: name.clone(),
            session: session.clone(),
            activity: activity.clone(),
            in_answer,
        });
        messages::advance(draft, name);
    }
}

/// What the runtime has said itself meanwhile is truer than a look at its screen.
fn dialog_seen(draft: &mut Draft<'_>, name: &AgentName, session: &SessionId, detail: &str) {
    if draft.agent(name).is_some_and(Agent::is_silent) {
        let activity = Activity::AwaitingInput { detail: detail.to_owned() };
        activity_seen(draft, name, session, &activity);
    }
}

/// A channel is taken when it shows the token of the current life.
fn channel_offered(draft: &mut Draft<'_>, observation: &Observation) {
    let Observation::ChannelOffered {
        agent,
        session,
        token_hash,
        kind,
        delivers,
        software,
        capabilities,
        connection,
    } = observation
    else {
        return;
    };
    let known = draft.agent(agent);
    let current = known.and_then(|agent| agent.session.clone());
    let Some(current) = current.filter(|c| c.id == *session && c.token_hash == *token_hash) else {
        let reason = "session or token is not the current one".to_owned();
        return draft.act(Effect::RefuseChannel { connection: *connection, reason });
    };
    if current.channel.as_ref().is_some_and(|channel| channel.connection == *connection) {
        return;
    }
    let plan = known.map(|agent| agent.started_as().heartbeat);
    let (every_ms, deadline_ms) =
        plan.map_or((0, 0), |plan| (plan.every_ms, plan.healthy_within_ms));
    // Two that answer for one runtime would make one that hangs look alive.
    if let Some(former) = &current.channel {
        draft.act(Effect::ReplaceChannel { agent: agent.clone(), connection: former.connection });
    }
    draft.say(Event::ChannelOpened {
        agent: agent.clone(),
        session: current.id.clone(),
        kind: *kind,
        delivers: *delivers && *kind == ChannelKind::Native,
        software: software.clone(),
        connection: *connection,
        capabilities: capabilities.clone(),
    });
    draft.act(Effect::AcceptChannel {
        kind: *kind,
        agent: agent.clone(),
        session: current.id,
        connection: *connection,
        every_ms,
        deadline_ms,
    });
    lives::advance(draft, agent);
}
