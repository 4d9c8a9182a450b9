//! From the fleet, its probes and what the host shows to the rows that every surface draws.

mod explain;
mod ladder;
mod row;

pub use explain::{Shown, explain};
pub use ladder::{Rung, ladder};
pub use row::{
    ActivityCell, BesideCell, BootCell, Counters, DriftCell, Evidence, HeartbeatCell, KeyboardCell,
    LimitsCell, PaneCell, ProcessCell, Row, SessionCell, UnitCell,
};

use std::collections::BTreeMap;

use super::{
    Agent, Beat, Beside, ChannelKind, Definition, Fleet, Health, Lease, Lifecycle, Limits, Moment,
    OnUnresponsive, Receipt, SeenPane, Wanted, judge, rfc3339,
};

/// What the host shows of one agent at this moment.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What the kernel says of its processes.
    pub process: Option<ProcessCell>,
    /// What systemd says.
    pub unit: UnitCell,
    /// Whether it comes back after a reboot.
    pub boot: BootCell,
    /// How it differs from the roster.
    pub drift: Vec<DriftCell>,
    /// What was counted on its channels.
    pub counters: Counters,
    /// The running turn, as its answers name it.
    pub turn: Option<String>,
}

/// The row of one agent.
pub fn row(fleet: &Fleet, agent: &Agent, beat: &Beat, now: Moment, seen: Seen) -> Row {
    let health = judge(agent, beat, now);
    let health_reason = match &health {
        Health::Unknown { reason } => Some(reason.clone()),
        Health::Unresponsive => unresponsive(agent),
        Health::Starting | Health::Healthy { .. } | Health::Late => None,
    };
    let mut row = Row {
        tenant: fleet.tenant.label.clone(),
        host: fleet.host.label.clone(),
        agent: agent.definition.name.to_string(),
        managed: true,
        role: None,
        role_description: None,
        runtime: None,
        adapter: None,
        wanted: Some(agent.wanted.word().to_owned()),
        lifecycle: agent.lifecycle.word().to_owned(),
        lifecycle_detail: lifecycle_detail(agent, now),
        boot_failures: agent.boot_failures,
        health: health.word().to_owned(),
        health_reason,
        pid: agent.session.as_ref().and_then(|session| session.pid),
        session: session_cell(agent),
        pane: pane_cell(agent),
        unit: seen.unit,
        process: seen.process,
        activity: ActivityCell {
            state: agent.activity.0.word().to_owned(),
            since_ms: agent.session.as_ref().map(|_| agent.activity.1.wall_ms),
            detail: agent.activity.0.detail().map(str::to_owned),
            until_ms: agent.activity.0.until_ms(),
            turn: seen.turn,
        },
        heartbeat: heartbeat_cell(agent, beat, now, seen.counters),
        drift: seen.drift,
        boot: seen.boot,
        inbox: waiting(agent),
        attached: agent.lease.as_ref().map(Lease::holder),
        keyboard: agent.lease.as_ref().map(keyboard_cell),
        limits: None,
        labels: BTreeMap::new(),
    };
    describe(&mut row, &agent.definition);
    row
}

/// The row of what runs on our socket and is not ours.
pub fn unmanaged_row(
    fleet: &Fleet,
    pane: &SeenPane,
    process: Option<ProcessCell>,
    unit: UnitCell,
) -> Row {
    Row {
        tenant: fleet.tenant.label.clone(),
        host: fleet.host.label.clone(),
        agent: pane.session_name.clone(),
        managed: false,
        role: None,
        role_description: None,
        runtime: None,
        adapter: None,
        wanted: None,
        lifecycle: "unknown".to_owned(),
        lifecycle_detail: Some(format!("runs {} and is not in the roster", pane.command)),
        boot_failures: 0,
        health: "unknown".to_owned(),
        health_reason: Some("nothing of ours runs in it".to_owned()),
        pid: Some(pane.pid),
        session: None,
        pane: Some(PaneCell { id: pane.id.clone(), alive: Some(!pane.dead), exit: None }),
        unit,
        process,
        activity: ActivityCell::unknown(),
        heartbeat: None,
        drift: Vec::new(),
        boot: BootCell { wanted: false, effective: Some(false), missing: Vec::new() },
        inbox: 0,
        attached: None,
        keyboard: None,
        limits: None,
        labels: BTreeMap::new(),
    }
}

/// What a second look found, and what is done about it.
fn unresponsive(agent: &Agent) -> Option<String> {
    let found = agent.unresponsive.as_ref()?;
    let evidence = &found.evidence;
    Some(match found.action {
        OnUnresponsive::Notify => evidence.clone(),
        OnUnresponsive::Restart => format!("{evidence}; it is ended and starts again"),
        OnUnresponsive::Hold => format!(
            "{evidence}; it is held for inspection: nothing is delivered until it answers again or \
             `mosaic agent restart {}`",
            agent.definition.name
        ),
    })
}

fn lifecycle_detail(agent: &Agent, now: Moment) -> Option<String> {
    let in_seconds = |at: &Moment| at.since_ms(now).div_ceil(1000);
    match &agent.lifecycle {
        Lifecycle::Exited { exit, restart_at: Some(at), .. } => {
            Some(format!("{exit}; starts again in {} s", in_seconds(at)))
        }
        Lifecycle::Exited { exit, .. } if agent.wanted != Wanted::Up => {
            Some(format!("{exit}; it was stopped, and is not started again until somebody asks"))
        }
        Lifecycle::Exited { exit, .. } => Some(exit.to_string()),
        Lifecycle::Held { reason, probe_at, .. } => {
            Some(format!("{reason}; one start is tried in {} s", in_seconds(probe_at)))
        }
        Lifecycle::Absent
        | Lifecycle::Starting { .. }
        | Lifecycle::Running { .. }
        | Lifecycle::Stopping { .. } => None,
    }
}

fn session_cell(agent: &Agent) -> Option<SessionCell> {
    agent.session.as_ref().map(|session| SessionCell {
        id: session.id.to_string(),
        since: rfc3339(session.since.wall_ms),
        since_ms: session.since.wall_ms,
        starts: agent.starts,
        conversation: agent.conversation.clone(),
    })
}

fn pane_cell(agent: &Agent) -> Option<PaneCell> {
    let exit = match &agent.lifecycle {
        Lifecycle::Exited { exit, .. } => Some(exit.to_string()),
        Lifecycle::Absent
        | Lifecycle::Starting { .. }
        | Lifecycle::Running { .. }
        | Lifecycle::Stopping { .. }
        | Lifecycle::Held { .. } => None,
    };
    let alive = agent.session.as_ref().is_some_and(|session| session.pid.is_some());
    agent.pane.as_ref().map(|pane| PaneCell { id: pane.id.clone(), alive: Some(alive), exit })
}

fn keyboard_cell(lease: &Lease) -> KeyboardCell {
    KeyboardCell {
        who: lease.who.clone(),
        tty: lease.tty.clone(),
        since: rfc3339(lease.since.wall_ms),
        since_ms: lease.since.wall_ms,
        lease: lease.id.as_ref().map(ToString::to_string),
        resize: lease.resize,
        by_hand: lease.by_hand,
        seated: lease.client.is_some() && lease.expires_at.is_none(),
        expires_ms: lease.expires_at.map(|at| at.wall_ms),
        beside: lease.beside.iter().map(beside_cell).collect(),
    }
}

fn beside_cell(beside: &Beside) -> BesideCell {
    BesideCell {
        who: beside.who.clone(),
        tty: beside.tty.clone(),
        since: rfc3339(beside.since.wall_ms),
        since_ms: beside.since.wall_ms,
    }
}

fn heartbeat_cell(
    agent: &Agent,
    beat: &Beat,
    now: Moment,
    counters: Counters,
) -> Option<HeartbeatCell> {
    let session = agent.session.as_ref()?;
    if session.channel.is_none() && beat.answer.is_none() && counters == Counters::default() {
        return None;
    }
    let rtt_us = beat.answer.map(|answer| answer.rtt_us());
    Some(HeartbeatCell {
        age_ms: beat.answer.map(|answer| now.since_ms(answer.sent_at())),
        rtt_us,
        rtt_ms: rtt_us.map(|us| us.div_ceil(1000)),
        within_ms: agent.started_as().heartbeat.healthy_within_ms,
        channel: session.channel.as_ref().map(|channel| match channel.kind {
            ChannelKind::Native => "native".to_owned(),
            ChannelKind::Mcp => "mcp".to_owned(),
        }),
        misses: beat.misses,
        counters,
    })
}

/// Without a cgroup of its own, nothing holds an agent to its limits.
/// Puts into a row what the roster alone says of an agent.
pub fn describe(row: &mut Row, definition: &Definition) {
    row.role.clone_from(&definition.role);
    row.role_description.clone_from(&definition.role_description);
    row.runtime = Some(definition.runtime_word().to_owned());
    row.adapter = Some(definition.runtime.as_str().to_owned());
    row.limits = limits_cell(definition.limits);
    row.labels.clone_from(&definition.labels);
}

fn limits_cell(limits: Limits) -> Option<LimitsCell> {
    let Limits { memory_bytes, tasks, cpu_percent } = limits;
    let cell = LimitsCell { memory_bytes, tasks, cpu_percent, enforced: false };
    (!limits.is_unlimited()).then_some(cell)
}

fn waiting(agent: &Agent) -> u32 {
    let queued = agent.mailbox.iter().filter(|message| message.receipt == Receipt::Queued).count();
    u32::try_from(queued).unwrap_or(u32::MAX)
}
