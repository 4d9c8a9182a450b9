//! When time alone changes something in an agent's life; it changes nothing.

use crate::fleet::{Activity, Agent, Fleet, Lifecycle, Moment, RuntimeKind, Wanted};

/// pane-exec connects within milliseconds; this long is a broken pane.
const PANE_CONNECT_MS: u64 = 10_000;
/// GO is answered by `started` or `exited` within milliseconds; this long is a broken pane.
const GO_MS: u64 = 10_000;
/// On top of an agent's own grace, before a stop is enforced without pane-exec.
const STOP_ENFORCED_MS: u64 = 5_000;
/// A runtime that opens its channel does so soon (claude after half a second, ten times that on
/// a busy host); later, something on its screen waits for a person.
const CHANNEL_MS: u64 = 12_000;

/// When time alone changes something in an agent's life.
pub fn due(agent: &Agent, fleet: &Fleet, now: Moment) -> Option<u64> {
    let wanted = agent.wanted == Wanted::Up && fleet.leaving.is_none();
    let next_life = match &agent.lifecycle {
        Lifecycle::Exited { restart_at: Some(at), .. } if wanted => Some(at.mono_ms),
        Lifecycle::Held { probe_at, .. } if wanted => Some(probe_at.mono_ms),
        Lifecycle::Absent
        | Lifecycle::Starting { .. }
        | Lifecycle::Running { .. }
        | Lifecycle::Stopping { .. }
        | Lifecycle::Exited { .. }
        | Lifecycle::Held { .. } => None,
    };
    let look = channel_due(agent).filter(|at| *at > now.mono_ms);
    [next_life, has_until(agent), look].into_iter().flatten().min()
}

/// When a runtime that opens a channel should have opened it: a while after its start, or after
/// the start of a supervisor that adopts it.
pub fn channel_due(agent: &Agent) -> Option<u64> {
    let session = agent.session.as_ref()?;
    let opens = agent.running_as.as_ref()?.runtime == RuntimeKind::Claude;
    let (activity, since) = &agent.activity;
    let unseen = session.pid.is_some() && *activity == Activity::Unknown;
    (opens && unseen && agent.is_silent()).then_some(since.mono_ms + CHANNEL_MS)
}

/// When a pane or a stop has had its time, if one is running.
pub fn has_until(agent: &Agent) -> Option<u64> {
    let plan = &agent.started_as().stop;
    match (&agent.lifecycle, &agent.session, &agent.pane) {
        (Lifecycle::Starting { since }, None, Some(pane)) if !pane.connected => {
            Some(since.mono_ms + PANE_CONNECT_MS)
        }
        (Lifecycle::Starting { since }, Some(_), Some(_)) => Some(since.mono_ms + GO_MS),
        (Lifecycle::Stopping { since }, Some(_), _) => {
            Some(since.mono_ms + plan.grace_ms + STOP_ENFORCED_MS)
        }
        _ => None,
    }
}
