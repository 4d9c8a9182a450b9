//! What is measured of the fleet: from what happens to figures. `docs/telemetry.md` lists them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Snapshot;
use super::spans::Labels;
use crate::clock;
use crate::fleet::{AgentName, Event, Fleet, Observation};
use crate::telemetry::{Attributes, Count, Look, Looked, Looking, Telemetry, Took};

/// Notes the round trip of a heartbeat.
#[expect(clippy::wildcard_enum_match_arm, reason = "nothing else that is seen is a figure")]
pub fn seen(telemetry: &Telemetry, fleet: &Fleet, observation: &Observation) {
    match observation {
        // Only of agents that there are: what a guest says makes no new series.
        Observation::HeartbeatAnswered { agent, rtt_us, .. } if fleet.agent(agent).is_some() => {
            let took = Duration::from_micros(*rtt_us);
            telemetry.took(Took::HeartbeatRoundTrip, took, || of(fleet, Some(agent)));
        }
        _ => {}
    }
}

/// Counts what became durable.
#[expect(clippy::wildcard_enum_match_arm, reason = "no other event is counted")]
pub fn happened(telemetry: &Telemetry, fleet: &Fleet, event: &Event) {
    match event {
        Event::RestartScheduled { agent, .. } => {
            telemetry.count(Count::Restart, || of(fleet, Some(agent)));
        }
        Event::AgentHeld { agent, .. } => telemetry.count(Count::Hold, || of(fleet, Some(agent))),
        _ => {}
    }
}

/// Notes how long the journal took.
pub fn committed(telemetry: &Telemetry, fleet: &Fleet, took: Duration) {
    telemetry.took(Took::JournalCommit, took, || of(fleet, None));
}

/// What is looked at when the collector is told: the last snapshot, and the time.
pub fn looking(snapshots: watch::Receiver<Arc<Snapshot>>) -> Looking {
    Box::new(move || {
        let snapshot = snapshots.borrow().clone();
        look(&snapshot, clock::mono_ms())
    })
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds and agents are far below 2^52")]
fn look(snapshot: &Snapshot, now_ms: u64) -> Vec<Looked> {
    let fleet = &snapshot.fleet;
    let mut looked = Vec::new();
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for agent in fleet.in_order() {
        *counts.entry((agent.lifecycle.word(), agent.health.word())).or_default() += 1;
        let name = &agent.definition.name;
        // Missing is not old: who was never answered has no age.
        if let Some(answer) = snapshot.beats.get(name).and_then(|beat| beat.answer) {
            let age_ms = now_ms.saturating_sub(answer.sent_at().mono_ms);
            looked.push((Look::HeartbeatAge, age_ms as f64 / 1000.0, of(fleet, Some(name))));
        }
    }
    for ((lifecycle, health), count) in counts {
        let mut attributes = of(fleet, None);
        attributes.push(("mosaic.lifecycle", lifecycle.to_owned()));
        attributes.push(("mosaic.health", health.to_owned()));
        looked.push((Look::Agents, count as f64, attributes));
    }
    looked
}

/// Whose a figure is.
fn of(fleet: &Fleet, agent: Option<&AgentName>) -> Attributes {
    let mut attributes = labels(Labels { tenant: &fleet.tenant.label, host: &fleet.host.label });
    attributes.extend(agent.map(|agent| ("mosaic.agent", agent.to_string())));
    attributes
}

/// What every figure says.
pub fn labels(labels: Labels<'_>) -> Attributes {
    vec![("mosaic.tenant", labels.tenant.to_owned()), ("mosaic.host", labels.host.to_owned())]
}
