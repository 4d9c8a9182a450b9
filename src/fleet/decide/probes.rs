//! Health: a rule over probes, and the moment at which it will say something else.

use super::{Draft, second_look};
use crate::fleet::state::{Beats, Fleet};
use crate::fleet::{
    Agent, AgentName, Beat, Event, Health, Lifecycle, Moment, Observation, RuntimeKind,
};
use crate::fleet::{MISSES_MAX, SessionId};

/// Takes what an observation says of a probe into the probes; of an older life, nothing.
#[expect(clippy::wildcard_enum_match_arm, reason = "the others are about no challenge")]
pub fn probe(beats: &mut Beats, fleet: &Fleet, observation: &Observation) {
    let every = |agent: &AgentName| {
        fleet.agent(agent).map_or(0, |agent| agent.started_as().heartbeat.every_ms)
    };
    let current = |agent: &AgentName, session: &SessionId| {
        let known = fleet.agent(agent).and_then(|agent| agent.session.as_ref());
        known.is_some_and(|known| known.id == *session)
    };
    match observation {
        Observation::Challenged { agent, session, sent_at } if current(agent, session) => {
            beats.entry(agent.clone()).or_default().asked(*sent_at, every(agent));
        }
        Observation::HeartbeatAnswered { agent, session, sent_at, rtt_us }
            if current(agent, session) =>
        {
            beats.entry(agent.clone()).or_default().answered(*sent_at, *rtt_us);
        }
        _ => {}
    }
}

/// A new life, or an agent's end, begins without probes.
pub fn forget(beats: &mut Beats, event: &Event) {
    if let Event::SessionStarting { agent, .. } | Event::AgentRemoved { agent } = event {
        beats.remove(agent);
    }
}

/// What the probes say of an agent now.
///
/// Healthy means that a challenge sent at most `healthy_within` ago was answered by the runtime
/// itself. A lost channel says nothing about the runtime: unknown, never unresponsive. Time in which
/// the supervisor itself stood still, and asked nobody, makes nobody late.
pub fn judge(agent: &Agent, beat: &Beat, now: Moment) -> Health {
    let Some(session) = &agent.session else {
        return match agent.lifecycle {
            Lifecycle::Starting { .. } => Health::Starting,
            Lifecycle::Absent
            | Lifecycle::Running { .. }
            | Lifecycle::Stopping { .. }
            | Lifecycle::Exited { .. }
            | Lifecycle::Held { .. } => agent.health.clone(),
        };
    };
    let plan = agent.started_as().heartbeat;
    let answer = beat.answer;
    if let Some(proof) = answer
        && now.since_ms(proof.sent_at()) <= plan.healthy_within_ms
    {
        return Health::Healthy { proof };
    }
    let excused_ms = beat.excused_ms(now, plan.every_ms);
    let lived_ms = now.since_ms(session.since).saturating_sub(excused_ms);
    let in_grace = answer.is_none() && lived_ms <= plan.grace_ms;
    match (&session.channel, answer) {
        (Some(_), _) if in_grace => Health::Starting,
        (Some(_), _) if is_excused(agent, beat, now) => Health::unknown(
            "the supervisor itself stood still; the answer to its next challenge decides",
        ),
        (Some(_), _) if beat.misses >= MISSES_MAX => Health::Unresponsive,
        (Some(_), None) if beat.misses == 0 => {
            Health::unknown("its channel is new; no challenge was answered yet")
        }
        (Some(_), _) => Health::Late,
        (None, _) if session.goodbye.is_some() => {
            let said = session.goodbye.as_deref().unwrap_or_default();
            Health::unknown(&format!("its runtime has closed its channel: {said}"))
        }
        (None, Some(_)) => {
            Health::unknown("the channel to the runtime is lost; the runtime may live")
        }
        (None, None) => match agent.started_as().runtime {
            RuntimeKind::Command => {
                Health::unknown("nothing in this runtime speaks the heartbeat protocol")
            }
            RuntimeKind::Stub | RuntimeKind::Claude if in_grace => Health::Starting,
            RuntimeKind::Stub | RuntimeKind::Claude => {
                Health::unknown("the runtime has opened no channel")
            }
        },
    }
}

/// Whether only the time in which the supervisor stood still makes the last answer too old.
fn is_excused(agent: &Agent, beat: &Beat, now: Moment) -> bool {
    let plan = agent.started_as().heartbeat;
    let excused_ms = beat.excused_ms(now, plan.every_ms);
    beat.answer.is_some_and(|answer| {
        let age_ms = now.since_ms(answer.sent_at());
        age_ms > plan.healthy_within_ms
            && age_ms.saturating_sub(excused_ms) <= plan.healthy_within_ms
    })
}

/// Says so when the probes say something else than the journal. That the supervisor stood still is
/// no news of an agent: the answer to a fresh challenge comes first.
pub fn note(draft: &mut Draft<'_>, name: &AgentName) {
    let beat = draft.beat(name);
    let Some(agent) = draft.agent(name) else { return };
    let has_channel = agent.session.as_ref().is_some_and(|session| session.channel.is_some());
    if has_channel && is_excused(agent, &beat, draft.now) {
        return;
    }
    let health = judge(agent, &beat, draft.now);
    let same = match (&agent.health, &health) {
        (Health::Unknown { reason: before }, Health::Unknown { reason: now }) => before == now,
        (before, now) => before.word() == now.word(),
    };
    if !same {
        let from = agent.health.word().to_owned();
        let session = agent.session.as_ref().map(|session| session.id.clone());
        draft.say(Event::HealthChanged { agent: name.clone(), session, from, health });
        second_look::look(draft, name);
    }
}

/// When the verdict changes by time alone: the grace ends, or the last answer grows too old.
pub fn due(agent: &Agent, beat: &Beat, now: Moment) -> Option<u64> {
    let session = agent.session.as_ref()?;
    let plan = agent.started_as().heartbeat;
    let excused_ms = beat.unasked_ms;
    let grace_ends = session.since.mono_ms + plan.grace_ms + excused_ms + 1;
    let old_at = |sent: Moment| sent.mono_ms + plan.healthy_within_ms + excused_ms + 1;
    let grows_old = beat.answer.map(|answer| old_at(answer.sent_at()));
    [Some(grace_ends), grows_old].into_iter().flatten().filter(|at| *at > now.mono_ms).min()
}
