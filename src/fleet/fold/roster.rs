//! What an applied roster makes of the fleet.

use std::sync::Arc;

use crate::fleet::{Agent, AgentName, Fleet, Moment, Roster};

/// The roster says so from now on; what runs stays as it is.
pub fn applied(fleet: &mut Fleet, path: &str, roster: &Roster, at: Moment) {
    fleet.roster_path = Some(path.to_owned());
    fleet.tmux_plan.clone_from(&roster.tmux);
    if let Some(label) = &roster.tenant {
        fleet.tenant.label.clone_from(label);
    }
    if let Some(label) = &roster.host {
        fleet.host.label.clone_from(label);
    }
    for agent in fleet.agents.values_mut() {
        if agent.in_roster {
            Arc::make_mut(agent).in_roster = false;
        }
    }
    let mut order: Vec<AgentName> = roster.agents.iter().map(|agent| agent.name.clone()).collect();
    for definition in &roster.agents {
        let known = fleet.agents.entry(definition.name.clone());
        let agent = known.or_insert_with(|| Arc::new(Agent::new(definition.clone(), at)));
        let agent = Arc::make_mut(agent);
        agent.in_roster = true;
        agent.definition = definition.clone();
    }
    order.extend(fleet.order.iter().filter(|name| !is_named(roster, name)).cloned());
    fleet.order = order;
}

fn is_named(roster: &Roster, name: &AgentName) -> bool {
    roster.agents.iter().any(|agent| agent.name == *name)
}
