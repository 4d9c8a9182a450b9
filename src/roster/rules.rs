//! The rules across settings: which of them do not go together. It reads no YAML.

use crate::fleet::{
    Backoff, HeartbeatPlan, Kind, OnUnresponsive, OutputPlan, RestartPlan, RestartPolicy,
    RuntimeKind,
};

use super::duration::written;
use super::memory;
use super::mistake::{Broken, Mistakes, Place};
use super::setting::blame;
use super::settings::Settings;

/// A claude draws its first screen and starts its servers before it can answer.
const CLAUDE_GRACE_MS: u64 = 60_000;
/// Any other runtime: thirty seconds are enough for a loaded machine.
const GRACE_MS: u64 = 30_000;

/// The rules that `defaults` can break by themselves.
pub fn defaults(defaults: &Settings, mistakes: &mut Mistakes) {
    // The plans are an agent's; what counts here is what is recorded on the way.
    let _ = heartbeat(defaults, Ok(RuntimeKind::Stub), mistakes);
    let _ = restart(defaults, mistakes);
    let _ = output(defaults, mistakes);
}

/// The rules that a role or a runtime can break whoever uses it: both values are its own.
pub fn alone(settings: &Settings, mistakes: &mut Mistakes) {
    if settings.every.is_given() && settings.healthy_within.is_given() {
        let _ = heartbeat(settings, Ok(RuntimeKind::Stub), mistakes);
    }
    if settings.backoff_initial.is_given() && settings.backoff_max.is_given() {
        let _ = restart(settings, mistakes);
    }
    if settings.segment.is_given() && settings.keep.is_given() {
        let _ = output(settings, mistakes);
    }
}

/// When it is asked: an answer must count for two rounds.
pub fn heartbeat(
    settings: &Settings,
    runtime: Result<RuntimeKind, Broken>,
    mistakes: &mut Mistakes,
) -> Result<HeartbeatPlan, Broken> {
    let every_ms = settings.every.or(5000)?;
    let healthy_within_ms = settings.healthy_within.or(15_000)?;
    let built_in = match runtime {
        Ok(RuntimeKind::Claude) => CLAUDE_GRACE_MS,
        Ok(RuntimeKind::Stub | RuntimeKind::Command) | Err(_) => GRACE_MS,
    };
    let grace_ms = settings.grace.or(built_in)?;
    let on_unresponsive = settings.on_unresponsive.or(OnUnresponsive::Notify)?;
    if healthy_within_ms >= 2 * every_ms {
        return Ok(HeartbeatPlan { every_ms, healthy_within_ms, grace_ms, on_unresponsive });
    }
    // One lost answer must not end health, so an answer counts for two rounds at least.
    let (every, within) = (written(every_ms), written(healthy_within_ms));
    let blamed = blame(&settings.healthy_within, &settings.every);
    let (place, path) = blamed.unwrap_or((Place::START, "heartbeat".to_owned()));
    Err(if path.ends_with("every") {
        let found = format!("`{every}`, more than half of `healthy_within` ({within})");
        let most = written(healthy_within_ms / 2);
        let allowed = format!("at most `{most}`, or a longer `healthy_within`");
        mistakes.add(place, &path, found, &allowed)
    } else {
        let found = format!("`{within}`, less than twice `every` ({every})");
        let allowed = format!("at least `{}`, or a shorter `every`", written(2 * every_ms));
        mistakes.add(place, &path, found, &allowed)
    })
}

/// What follows an exit: the pauses must be able to grow.
pub fn restart(settings: &Settings, mistakes: &mut Mistakes) -> Result<RestartPlan, Broken> {
    // A worker's end is its result; an agent that is always on has no end.
    let built_in = match settings.lifecycle.or(Kind::Core)? {
        Kind::Core => RestartPolicy::Always,
        Kind::Ephemeral => RestartPolicy::Never,
    };
    let policy = settings.policy.or(built_in)?;
    let give_up_after = settings.give_up_after.or(5)?;
    let initial_ms = settings.backoff_initial.or(1000)?;
    let max_ms = settings.backoff_max.or(60_000)?;
    let jitter_percent = settings.jitter.or(Backoff::JITTER_PERCENT)?;
    if initial_ms <= max_ms {
        let backoff = Backoff { initial_ms, max_ms, jitter_percent };
        return Ok(RestartPlan { policy, backoff, give_up_after });
    }
    let blamed = blame(&settings.backoff_max, &settings.backoff_initial);
    let (place, path) = blamed.unwrap_or((Place::START, "restart.backoff".to_owned()));
    let found =
        format!("a first wait of {} and a longest of {}", written(initial_ms), written(max_ms));
    Err(mistakes.add(place, &path, found, "`initial` no longer than `max`"))
}

/// How output is kept: there must be room for two files.
pub fn output(settings: &Settings, mistakes: &mut Mistakes) -> Result<OutputPlan, Broken> {
    let built_in = OutputPlan::default();
    let record = settings.record.or(built_in.record)?;
    let segment_bytes = settings.segment.or(built_in.segment_bytes)?;
    let keep_bytes = settings.keep.or(built_in.keep_bytes)?;
    if keep_bytes >= 2 * segment_bytes {
        return Ok(OutputPlan { record, segment_bytes, keep_bytes });
    }
    // With room for one only, each new file would leave nothing of what was before it.
    let (segment, keep) = (memory::written(segment_bytes), memory::written(keep_bytes));
    let blamed = blame(&settings.keep, &settings.segment);
    let (place, path) = blamed.unwrap_or((Place::START, "output".to_owned()));
    Err(if path.ends_with("segment") {
        let found = format!("`{segment}`, more than half of `keep` ({keep})");
        let allowed = format!("at most `{}`, or a larger `keep`", memory::written(keep_bytes / 2));
        mistakes.add(place, &path, found, &allowed)
    } else {
        let found = format!("`{keep}`, less than twice `segment` ({segment})");
        let allowed =
            format!("at least `{}`, or a smaller `segment`", memory::written(2 * segment_bytes));
        mistakes.add(place, &path, found, &allowed)
    })
}
