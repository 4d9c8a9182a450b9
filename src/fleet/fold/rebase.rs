//! A boot begins the monotonic clock anew: what the last boot noted is moved onto the new one.

use crate::fleet::{Agent, Lifecycle, Moment};

/// Moves every moment of an agent onto the boot of `now`, by wall time.
pub fn onto_this_boot(agent: &mut Agent, now: Moment) {
    match &mut agent.lifecycle {
        Lifecycle::Absent => {}
        Lifecycle::Starting { since }
        | Lifecycle::Running { since }
        | Lifecycle::Stopping { since } => rebase(since, now),
        Lifecycle::Exited { at, restart_at, .. } => {
            rebase(at, now);
            if let Some(restart_at) = restart_at {
                rebase(restart_at, now);
            }
        }
        Lifecycle::Held { since, probe_at, .. } => {
            rebase(since, now);
            rebase(probe_at, now);
        }
    }
    if let Some(session) = &mut agent.session {
        rebase(&mut session.since, now);
    }
    if let Some(found) = &mut agent.unresponsive {
        rebase(&mut found.since, now);
    }
    if let Some(lease) = &mut agent.lease {
        rebase(&mut lease.since, now);
        for beside in &mut lease.beside {
            rebase(&mut beside.since, now);
        }
    }
    rebase(&mut agent.activity.1, now);
    rebase(&mut agent.deliver_after, now);
    for message in &mut agent.mailbox {
        rebase(&mut message.queued_at, now);
        rebase(&mut message.expires_at, now);
        rebase(&mut message.receipt_at, now);
        if let Some(behind) = &mut message.behind {
            rebase(behind, now);
        }
    }
}

fn rebase(moment: &mut Moment, now: Moment) {
    moment.mono_ms = if moment.wall_ms <= now.wall_ms {
        now.mono_ms.saturating_sub(now.wall_ms - moment.wall_ms)
    } else {
        now.mono_ms.saturating_add(moment.wall_ms - now.wall_ms)
    };
}
