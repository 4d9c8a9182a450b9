//! How a message would reach an agent now, or why it waits.

use crate::fleet::{Activity, Agent, Channel, Lifecycle, Message, RuntimeKind, Way};

/// How the next message would reach an agent now, or why it waits.
pub fn way(agent: &Agent) -> Result<Way, String> {
    if let Some(lease) = &agent.lease {
        return Err(lease.sentence());
    }
    if !matches!(agent.lifecycle, Lifecycle::Running { .. }) {
        return Err(format!("the agent is {}", agent.lifecycle.word()));
    }
    if agent.is_kept_for_inspection() {
        return Err("the agent is held for inspection: it answers nothing".to_owned());
    }
    let activity = &agent.activity.0;
    if let Some(detail) = activity.detail().filter(|_| activity.blocks()) {
        return Err(format!("the agent is {}: {detail}", activity.word()));
    }
    let channel = agent.session.as_ref().and_then(|session| session.channel.as_ref());
    match channel {
        None => Err("its runtime has opened no channel".to_owned()),
        Some(Channel { delivers: true, connection, .. }) => {
            Ok(Way::Structured { connection: *connection })
        }
        Some(Channel { delivers: false, .. }) => by_keystrokes(agent),
    }
}

/// The same for one message, which may want more than others.
pub fn way_for(agent: &Agent, message: &Message) -> Result<Way, String> {
    let way = way(agent)?;
    if message.waits_for_idle && agent.activity.0 != Activity::Idle {
        let word = agent.activity.0.word();
        return Err(format!("it is to wait until the agent is idle, and that is {word}"));
    }
    Ok(way)
}

fn by_keystrokes(agent: &Agent) -> Result<Way, String> {
    let runtime = agent.started_as().runtime;
    if runtime == RuntimeKind::Command {
        return Err("its runtime takes no messages over its channel".to_owned());
    }
    if agent.activity.0 == Activity::Unknown {
        return Err("its runtime has not said yet what it does".to_owned());
    }
    let pane = agent.pane.as_ref().ok_or_else(|| "it has no pane".to_owned())?;
    Ok(Way::Keystrokes { pane: pane.id.clone() })
}
