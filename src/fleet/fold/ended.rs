//! What the end of a life makes of an agent: whose fault it was, and the how-manieth.

use crate::fleet::{Activity, Agent, Exit, Health, Lifecycle, MISSES_MAX, Moment};

/// Signals by which people and programs end a process that is in order: HUP, INT, KILL, TERM.
const ENDED_FROM_OUTSIDE: [i32; 4] = [1, 2, 9, 15];

/// A life is over.
pub fn ended(agent: &mut Agent, exit: &Exit, last_words: &[String], at: Moment) {
    let lived_ms = agent.session.as_ref().map_or(0, |session| at.since_ms(session.since));
    let hung = agent.is_hung();
    let was_asked = matches!(agent.lifecycle, Lifecycle::Stopping { .. }) && !hung;
    let quick_ms =
        agent.definition.restart.backoff.max_ms + if hung { verdict_ms(agent) } else { 0 };
    agent.boot_failures = boot_failures(agent, exit, lived_ms, was_asked || hung);
    agent.last_boot_failure = Some(exit.clone()).filter(|_| agent.boot_failures > 0);
    agent.deaths = if was_asked || matches!(exit, Exit::Lost(_)) {
        0
    } else if lived_ms > quick_ms {
        1
    } else {
        agent.deaths + 1
    };
    agent.session = None;
    agent.unresponsive = None;
    agent.last_words = last_words.to_vec();
    agent.lifecycle = Lifecycle::Exited { exit: exit.clone(), at, restart_at: None };
    agent.health = Health::unknown("its process is gone");
    agent.activity = (Activity::Unknown, at);
}

/// How long it takes to call a runtime unresponsive, that has never answered, and to end it: a
/// life of this length was no good one.
fn verdict_ms(agent: &Agent) -> u64 {
    let plan = agent.started_as().heartbeat;
    let misses_ms = plan.every_ms.saturating_mul(u64::from(2 * MISSES_MAX + 1));
    let stop_ms = agent.started_as().stop.grace_ms;
    [plan.grace_ms, plan.healthy_within_ms, misses_ms, stop_ms].into_iter().sum()
}

/// Failures at the start in a row that are all alike, this one included.
fn boot_failures(agent: &Agent, exit: &Exit, lived_ms: u64, was_ended: bool) -> u32 {
    let fails = match exit {
        Exit::Code(code) => *code != 0,
        Exit::Signal(signal) => !ENDED_FROM_OUTSIDE.contains(signal),
        Exit::NotStarted(_) => true,
        Exit::Lost(_) => false,
    };
    let answered = agent.session.as_ref().is_none_or(|session| session.answered);
    let in_grace = lived_ms <= agent.started_as().heartbeat.grace_ms;
    if was_ended || answered || !fails || !in_grace {
        0
    } else if agent.last_boot_failure.as_ref() == Some(exit) {
        agent.boot_failures.saturating_add(1)
    } else {
        1
    }
}
