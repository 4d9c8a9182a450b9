//! What a roster would change, agent by agent. It plans; nothing is touched.

use super::{Activity, Agent, AgentName, Event, Fleet, Lifecycle, Moment, Recorded, Roster};
use super::{Wanted, fold};

/// What a roster means for one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It should run and does not: it starts.
    Start,
    /// It lives and the roster does not name it any more: it stops and is removed.
    Stop,
    /// It lives, and differs in what only a new session takes: it restarts.
    Restart,
    /// It differs in nothing but what takes effect without a start, or rests and its next start
    /// takes it.
    Update,
    /// It rests and the roster does not name it any more: it is removed.
    Remove,
    /// Nothing differs.
    Unchanged,
}

impl Step {
    /// The word of the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Update => "update",
            Self::Remove => "remove",
            Self::Unchanged => "unchanged",
        }
    }
}

/// One agent's line of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Whose.
    pub agent: AgentName,
    /// What would become of it.
    pub step: Step,
    /// Whose work a stop or a restart would cut off: `busy`, …; nothing for an agent at rest.
    pub in_use: Option<String>,
}

/// What this roster would change, in its order, those that it does not name last.
pub fn plan(fleet: &Fleet, roster: &Roster) -> Vec<Planned> {
    let mut taken = fleet.clone();
    let event = Event::RosterApplied { path: String::new(), roster: roster.clone() };
    fold(&mut taken, &Recorded { at: Moment::default(), event });
    taken.in_order().map(|agent| planned(agent, fleet.agent(&agent.definition.name))).collect()
}

/// What an agent's roster means for it, once the roster is taken; `before` is the agent as it was.
pub fn planned(agent: &Agent, before: Option<&Agent>) -> Planned {
    let step = match (agent.in_roster, agent.is_live()) {
        (false, true) => Step::Stop,
        (false, false) => Step::Remove,
        (true, true) => live(agent),
        (true, false) => resting(agent, before),
    };
    Planned { agent: agent.definition.name.clone(), step, in_use: in_use(agent) }
}

fn live(agent: &Agent) -> Step {
    let Some(running) = &agent.running_as else { return Step::Unchanged };
    if agent.wanted == Wanted::Gone {
        // The roster names it again while it is on its way out.
        return Step::Start;
    }
    if *running == agent.definition {
        Step::Unchanged
    } else if matches!(agent.lifecycle, Lifecycle::Stopping { .. })
        || running.taking(&agent.definition) == agent.definition
    {
        Step::Update
    } else {
        Step::Restart
    }
}

fn resting(agent: &Agent, before: Option<&Agent>) -> Step {
    let last = agent.running_as.as_ref().or(before.map(|agent| &agent.definition));
    let differs = last != Some(&agent.definition);
    let was_never_wanted = agent.wanted == Wanted::Down && agent.starts == 0;
    let is_new = was_never_wanted && matches!(agent.lifecycle, Lifecycle::Absent);
    let waits = match &agent.lifecycle {
        Lifecycle::Held { .. } => true,
        Lifecycle::Exited { restart_at, .. } => restart_at.is_some(),
        Lifecycle::Absent
        | Lifecycle::Starting { .. }
        | Lifecycle::Running { .. }
        | Lifecycle::Stopping { .. } => false,
    };
    if is_new || agent.wanted == Wanted::Gone {
        Step::Start
    } else if !differs {
        Step::Unchanged
    } else if waits && agent.wanted == Wanted::Up {
        // What kept it from running may be what was mended.
        Step::Start
    } else {
        Step::Update
    }
}

/// Whose work would be cut off.
fn in_use(agent: &Agent) -> Option<String> {
    if !agent.is_live() {
        return None;
    }
    match (&agent.activity.0, &agent.lease) {
        (_, Some(lease)) => Some(format!("{} has its keyboard", lease.holder())),
        (Activity::Busy, None) => Some("busy".to_owned()),
        (Activity::AwaitingApproval { .. }, None) => Some("awaits an approval".to_owned()),
        (
            Activity::Idle
            | Activity::Unknown
            | Activity::AwaitingInput { .. }
            | Activity::Limited { .. },
            None,
        ) => None,
    }
}
