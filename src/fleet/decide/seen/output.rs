//! What is seen of an agent's output: closed segments, and whether it is recorded at all.

use crate::fleet::decide::Draft;
use crate::fleet::{AgentName, Effect, Event, OutputFact, SessionId};

/// Takes what a pane tells of its output; what the journal has already is only acknowledged.
pub fn output_told(
    draft: &mut Draft<'_>,
    name: &AgentName,
    session: &SessionId,
    (connection, id): (u64, u64),
    fact: &OutputFact,
) {
    let Some(known) = draft.agent(name).map(|agent| agent.recording.clone()) else { return };
    let (agent, session) = (name.clone(), session.clone());
    match fact.clone() {
        OutputFact::Closed { segment, offset, length, sha256 } => {
            if segment > known.segment {
                draft.say(Event::SegmentClosed { agent, session, segment, offset, length, sha256 });
            }
        }
        OutputFact::Stopped { reason } => {
            if known.stopped.as_ref() != Some(&reason) {
                draft.say(Event::OutputStopped { agent, session, reason });
            }
        }
        OutputFact::Resumed { lost_bytes } => {
            if known.stopped.is_some() {
                draft.say(Event::OutputResumed { agent, session, lost_bytes });
            }
        }
    }
    draft.act(Effect::AcknowledgeOutput { connection, id });
}

/// Nobody brings a running session its output, and somebody should.
pub fn untapped(draft: &mut Draft<'_>, name: &AgentName) {
    let Some(agent) = draft.agent(name) else { return };
    let records = agent.started_as().output.record && agent.session.is_some();
    if let (true, Some(pane)) = (records, &agent.pane) {
        let pane = pane.id.clone();
        draft.act(Effect::TapPane { agent: name.clone(), pane });
    }
}
