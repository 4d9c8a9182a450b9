//! A roster is taken: who is started, stopped, restarted or updated for it, and who is left alone.

use super::wishes::{begin, want};
use super::{Draft, lives};
use crate::fleet::plan::{Planned, Step, planned};
use crate::fleet::{
    Agent, AgentName, Agreed, Answer, Changed, Consent, Effect, Event, Fleet, HeartbeatPlan,
    Roster, Wanted,
};

/// Takes a roster, and does of it what was agreed to. Nothing that is unchanged is touched.
pub fn apply(draft: &mut Draft<'_>, path: &str, roster: &Roster, consent: &Consent) -> Answer {
    let before = draft.fleet().clone();
    if before.roster_path.as_deref() != Some(path) || !says_the_same(&before, roster) {
        let (path, roster) = (path.to_owned(), roster.clone());
        draft.say(Event::RosterApplied { path, roster });
    }
    let mut changes = Vec::new();
    for name in draft.names() {
        let Some(agent) = draft.agent(&name) else { continue };
        let planned = planned(agent, before.agent(&name));
        if planned.step == Step::Remove {
            lives::remove(draft, &name);
            changes.push(changed(&name, "removed", ""));
            continue;
        }
        resize_resting(draft, &name, before.agent(&name));
        let (what, detail) = match consent {
            Consent::Nothing => taken(draft, &planned),
            Consent::Starts => start(draft, &planned),
            Consent::Agreed(agreed) => carry_out(draft, &planned, agreed),
        };
        changes.push(changed(&name, what, &detail));
    }
    Answer::Changes(changes)
}

fn changed(name: &AgentName, what: &str, detail: &str) -> Changed {
    Changed { agent: name.to_string(), what: what.to_owned(), detail: detail.to_owned() }
}

fn says_the_same(fleet: &Fleet, roster: &Roster) -> bool {
    let named: Vec<&Agent> = fleet.in_order().filter(|agent| agent.in_roster).collect();
    let label = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|w| w == is);
    label(&roster.tenant, &fleet.tenant.label)
        && label(&roster.host, &fleet.host.label)
        && fleet.tmux_plan == roster.tmux
        && named.len() == roster.agents.len()
        && named.iter().zip(&roster.agents).all(|(agent, wanted)| agent.definition == *wanted)
}

/// Nobody agreed to anything: what differs is drift.
fn taken(draft: &Draft<'_>, planned: &Planned) -> (&'static str, String) {
    let is_live = draft.agent(&planned.agent).is_some_and(Agent::is_live);
    let (what, detail) = match (planned.step, is_live) {
        (Step::Stop | Step::Remove, _) => ("gone", LIVES_ON_UNNAMED),
        (Step::Restart | Step::Update | Step::Start, true) => ("changed", LIVES_ON),
        (Step::Start, false) => ("updated", "it is not started"),
        (Step::Restart | Step::Update, false) => ("updated", NEXT_START),
        (Step::Unchanged, _) => ("unchanged", ""),
    };
    (what, detail.to_owned())
}

const LIVES_ON: &str = "it lives on as it was started";
const LIVES_ON_UNNAMED: &str = "gone from the roster; it lives on until it is stopped";
const NEXT_START: &str = "its next start uses it";
const IN_FORCE: &str = "in force now";
const NOT_AGREED: &str = "that was not in the plan that was agreed to";

/// Whoever should run is brought up; whoever lives is left alone.
fn start(draft: &mut Draft<'_>, planned: &Planned) -> (&'static str, String) {
    let name = &planned.agent;
    let reason = "fleet up";
    let is_live = draft.agent(name).is_some_and(Agent::is_live);
    if planned.step == Step::Stop {
        return ("gone", LIVES_ON_UNNAMED.to_owned());
    }
    if !is_live {
        begin(draft, name, reason);
        return ("starting", String::new());
    }
    want(draft, name, Wanted::Up, reason);
    match planned.step {
        Step::Update | Step::Restart => update(draft, name),
        Step::Start => ("starting", "it was on its way out".to_owned()),
        Step::Stop | Step::Remove | Step::Unchanged => ("unchanged", String::new()),
    }
}

/// Does to an agent what was agreed to, and nothing else.
fn carry_out(draft: &mut Draft<'_>, planned: &Planned, agreed: &Agreed) -> (&'static str, String) {
    let name = &planned.agent;
    let reason = "fleet apply";
    match planned.step {
        Step::Start if agreed.start.contains(name) => {
            begin(draft, name, reason);
            ("starting", String::new())
        }
        Step::Start => ("updated", format!("it is not started: {NOT_AGREED}")),
        Step::Stop if agreed.stop.contains(name) => {
            want(draft, name, Wanted::Gone, reason);
            lives::lower(draft, name, "the roster does not name it any more");
            lives::advance(draft, name);
            ("stopping", "gone from the roster; it is removed when it has stopped".to_owned())
        }
        Step::Stop => ("gone", format!("it lives on: {NOT_AGREED}")),
        Step::Restart if !agreed.restart.contains(name) => {
            update(draft, name);
            ("changed", format!("{LIVES_ON}: {NOT_AGREED}"))
        }
        Step::Restart if planned.in_use.is_some() && !agreed.restart_busy => {
            update(draft, name);
            let why = planned.in_use.as_deref().unwrap_or_default();
            ("changed", format!("{LIVES_ON}: {why}"))
        }
        Step::Restart => {
            want(draft, name, Wanted::Up, reason);
            lives::stop_session(draft, name, reason);
            ("restarting", String::new())
        }
        Step::Update => update(draft, name),
        Step::Remove | Step::Unchanged => ("unchanged", String::new()),
    }
}

/// Puts into force what needs no new session; what needs one stays drift.
fn update(draft: &mut Draft<'_>, name: &AgentName) -> (&'static str, String) {
    let Some(agent) = draft.agent(name) else { return ("unchanged", String::new()) };
    let Some(running) = agent.running_as.clone().filter(|_| agent.session.is_some()) else {
        return ("updated", NEXT_START.to_owned());
    };
    let definition = running.taking(&agent.definition);
    let all = definition == agent.definition;
    let (size, heartbeat) = (definition.size != running.size, running.heartbeat);
    let output = definition.output != running.output;
    if definition != running {
        let definition = Box::new(definition);
        draft.say(Event::AgentUpdated { agent: name.clone(), definition });
        if size {
            resize(draft, name);
        }
        change_rhythm(draft, name, heartbeat);
        if output {
            change_output(draft, name);
        }
        lives::advance(draft, name);
    }
    if all { ("updated", IN_FORCE.to_owned()) } else { ("changed", LIVES_ON.to_owned()) }
}

/// An open channel is asked in the new rhythm from now on.
fn change_rhythm(draft: &mut Draft<'_>, name: &AgentName, before: HeartbeatPlan) {
    let Some(agent) = draft.agent(name) else { return };
    let HeartbeatPlan { every_ms, healthy_within_ms: deadline_ms, .. } =
        agent.started_as().heartbeat;
    let channel = agent.session.as_ref().and_then(|session| session.channel.as_ref());
    if let Some(connection) = channel.map(|channel| channel.connection)
        && (every_ms, deadline_ms) != (before.every_ms, before.healthy_within_ms)
    {
        draft.act(Effect::ChangeRhythm { connection, every_ms, deadline_ms });
    }
}

/// The running session's output is recorded in the new way from now on.
fn change_output(draft: &mut Draft<'_>, name: &AgentName) {
    let Some(agent) = draft.agent(name) else { return };
    if let (Some(session), Some(pane)) = (&agent.session, &agent.pane) {
        let (session, pane) = (session.id.clone(), pane.id.clone());
        let output = agent.started_as().output;
        draft.act(Effect::ChangeOutput { agent: name.clone(), session, pane, output });
    }
}

/// The pane of an agent at rest was born with another size than its next session is to have.
fn resize_resting(draft: &mut Draft<'_>, name: &AgentName, before: Option<&Agent>) {
    let Some(agent) = draft.agent(name) else { return };
    let is_other = before.is_some_and(|old| old.definition.size != agent.definition.size);
    if is_other && agent.session.is_none() {
        resize(draft, name);
    }
}

/// Gives the window its size, unless it follows the terminal of somebody who attached: then it
/// comes with the end of that.
fn resize(draft: &mut Draft<'_>, name: &AgentName) {
    let Some(agent) = draft.agent(name) else { return };
    let follows = agent.lease.as_ref().is_some_and(|lease| lease.resize);
    if let (false, Some(pane)) = (follows, &agent.pane) {
        let (window, size) = (pane.window.clone(), agent.started_as().size);
        draft.act(Effect::RestoreSize { window, columns: size.columns, rows: size.rows });
    }
}
