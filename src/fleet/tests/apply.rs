//! A roster against whatever lives: what a plan says is what is done, and nobody else is touched.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::world::{World, definition, name};
use crate::fleet::plan::{Planned, Step};
use crate::fleet::*;

/// Rosters that differ from the world's in what a number says, agent by agent.
fn edited(edits: [u8; 3]) -> Roster {
    let agents = edits.iter().enumerate().filter_map(|(number, edit)| {
        let mut agent = definition(u8::try_from(number).unwrap());
        match edit % 6 {
            0 => return None,
            1 => agent.args.push("--new".to_owned()),
            2 => agent.heartbeat.every_ms = 500,
            3 => {
                agent.heartbeat.healthy_within_ms = 9000;
                agent.env.push(("NEW".to_owned(), EnvValue::Value("1".to_owned())));
            }
            4 => agent.size = Size { columns: 100, rows: 30 },
            _ => {}
        }
        Some(agent)
    });
    Roster { tenant: None, host: None, tmux: TmuxPlan::default(), agents: agents.collect() }
}

fn apply(world: &mut World, roster: &Roster, consent: Consent) {
    let (path, roster) = ("/roster.yaml".to_owned(), roster.clone());
    world.input(Input::Command(Command::ApplyRoster { path, roster, consent }));
}

fn of(plan: &[Planned], step: Step) -> BTreeSet<AgentName> {
    plan.iter().filter(|one| one.step == step).map(|one| one.agent.clone()).collect()
}

fn all_of(plan: &[Planned]) -> Agreed {
    Agreed {
        start: of(plan, Step::Start),
        stop: of(plan, Step::Stop),
        restart: of(plan, Step::Restart),
        restart_busy: true,
    }
}

fn sessions(world: &World) -> BTreeMap<AgentName, SessionId> {
    let fleet = &world.fleet;
    let session = |agent: &Agent| Some((agent.definition.name.clone(), agent.session.clone()?.id));
    fleet.in_order().filter_map(session).collect()
}

fn stopping(world: &World, from: usize) -> BTreeSet<AgentName> {
    let stops = |recorded: &Recorded| {
        let Event::SessionStopping { agent, .. } = &recorded.event else { return None };
        Some(agent.clone())
    };
    world.journal[from..].iter().filter_map(stops).collect()
}

fn settled(world: &mut World) {
    for _ in 0..40 {
        world.settle();
        world.pass(500);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn what_a_plan_says_is_what_is_done_and_after_it_nothing_differs(
        seed in any::<u8>(),
        steps in proptest::collection::vec((0_u8..16, any::<u8>()), 0..40),
        edits in any::<[u8; 3]>(),
    ) {
        let mut world = World::new(seed);
        for (what, who) in steps {
            world.step(what, who);
        }
        let roster = edited(edits);
        let planned = plan(&world.fleet, &roster);
        let (before, from) = (sessions(&world), world.journal.len());
        apply(&mut world, &roster, Consent::Agreed(all_of(&planned)));
        let stopped = stopping(&world, from);
        for one in &planned {
            let restarts = matches!(one.step, Step::Restart | Step::Stop);
            // One that is stopping already is not told again.
            let told = stopped.contains(&one.agent);
            prop_assert!(!told || restarts, "{one:?}");
            if !restarts && one.step != Step::Start && one.step != Step::Remove {
                let (was, is) = (before.get(&one.agent), sessions(&world));
                prop_assert_eq!(was, is.get(&one.agent), "{:?}", one);
            }
        }
        settled(&mut world);
        let again = plan(&world.fleet, &roster);
        let left: Vec<_> = again
            .iter()
            // An agent at rest takes it with its next start.
            .filter(|one| !matches!(one.step, Step::Unchanged))
            .filter(|one| world.fleet.agent(&one.agent).unwrap().is_live())
            .collect();
        prop_assert!(left.is_empty(), "{left:?}");
        prop_assert!(of(&again, Step::Stop).is_empty() && of(&again, Step::Remove).is_empty());
    }

    #[test]
    fn r23_an_apply_touches_nobody_who_was_not_named(
        seed in any::<u8>(),
        steps in proptest::collection::vec((0_u8..16, any::<u8>()), 0..40),
        edits in any::<[u8; 3]>(),
        named in any::<u8>(),
    ) {
        let mut world = World::new(seed);
        for (what, who) in steps {
            world.step(what, who);
        }
        let roster = edited(edits);
        let one = BTreeSet::from([name(named)]);
        let agreed = Agreed { stop: one.clone(), restart: one.clone(), start: one.clone(), restart_busy: true };
        let (before, from) = (sessions(&world), world.journal.len());
        apply(&mut world, &roster, Consent::Agreed(agreed));
        prop_assert!(stopping(&world, from).is_subset(&one));
        let after = sessions(&world);
        for (agent, session) in before {
            if agent != name(named) {
                prop_assert_eq!(Some(&session), after.get(&agent));
            }
        }
        let begun = |recorded: &Recorded| {
            let Event::AgentStarting { agent } = &recorded.event else { return None };
            Some(agent.clone())
        };
        let begun: BTreeSet<_> = world.journal[from..].iter().filter_map(begun).collect();
        prop_assert!(begun.is_subset(&one), "{begun:?}");
    }
}

fn running() -> World {
    let mut world = World::new(1);
    world.settle();
    world
}

fn step_of(world: &World, roster: &Roster, number: u8) -> Step {
    let planned = plan(&world.fleet, roster);
    planned.iter().find(|one| one.agent == name(number)).unwrap().step
}

#[test]
fn a_busy_agent_is_not_restarted_without_being_asked_for() {
    let mut world = running();
    let session = world.running(&name(0)).unwrap();
    let (agent, activity) = (name(0), Activity::Busy);
    world.see(Observation::ActivityReported { agent, session: session.clone(), activity });
    let roster = edited([1, 5, 5]);
    let planned = plan(&world.fleet, &roster);
    assert_eq!((planned[0].step, planned[0].in_use.as_deref()), (Step::Restart, Some("busy")));
    let agreed = Agreed { restart_busy: false, ..all_of(&planned) };
    apply(&mut world, &roster, Consent::Agreed(agreed));
    settled(&mut world);
    assert_eq!(world.running(&name(0)), Some(session.clone()));
    assert_eq!(step_of(&world, &roster, 0), Step::Restart, "it shows as drift");
    apply(&mut world, &roster, Consent::Agreed(all_of(&planned)));
    settled(&mut world);
    assert_ne!(world.running(&name(0)), Some(session));
    assert_eq!(step_of(&world, &roster, 0), Step::Unchanged);
}

#[test]
fn what_takes_effect_at_once_is_in_force_and_no_drift_any_more() {
    let mut world = running();
    world.step(4, 0);
    let session = world.running(&name(0));
    let mut roster = edited([2, 4, 5]);
    roster.agents[0].role = Some("reviews".to_owned());
    assert_eq!(step_of(&world, &roster, 0), Step::Update);
    let input = Input::Command(Command::ApplyRoster {
        path: "/roster.yaml".to_owned(),
        roster: roster.clone(),
        consent: Consent::Starts,
    });
    let (fleet, mut fresh) = (&world.fleet, Fresh::new([9; 32]));
    let decision = decide(fleet, &world.beats, &input, world.now, &mut fresh).unwrap();
    let every = |effect: &Effect| matches!(effect, Effect::ChangeRhythm { every_ms: 500, .. });
    assert!(decision.effects.iter().any(every), "{:?}", decision.effects);
    let size =
        |effect: &Effect| matches!(effect, Effect::RestoreSize { columns: 100, rows: 30, .. });
    assert!(decision.effects.iter().any(size), "{:?}", decision.effects);
    world.input(input);
    let agent = world.fleet.agent(&name(0)).unwrap();
    assert_eq!(agent.running_as.as_ref(), Some(&agent.definition));
    assert_eq!(agent.started_as().heartbeat.every_ms, 500);
    assert_eq!(world.running(&name(0)), session);
    assert_eq!(step_of(&world, &roster, 0), Step::Unchanged);
}

#[test]
fn of_a_mixed_change_the_harmless_part_is_in_force_and_the_rest_is_drift() {
    let mut world = running();
    let roster = edited([3, 5, 5]);
    apply(&mut world, &roster, Consent::Starts);
    let agent = world.fleet.agent(&name(0)).unwrap();
    assert_eq!(agent.started_as().heartbeat.healthy_within_ms, 9000);
    assert!(agent.started_as().env.is_empty(), "an environment is given at a start");
    assert_eq!(step_of(&world, &roster, 0), Step::Restart);
}

#[test]
fn without_consent_a_roster_starts_stops_and_changes_nothing() {
    let mut world = running();
    let (sessions_before, from) = (sessions(&world), world.journal.len());
    let mut roster = edited([2, 1, 0]);
    let mut new = definition(0);
    new.name = AgentName::parse("dee").unwrap();
    roster.agents.push(new);
    apply(&mut world, &roster, Consent::Nothing);
    settled(&mut world);
    assert_eq!(sessions(&world), sessions_before);
    let kinds = world.journal[from..].iter().map(|recorded| recorded.event.to_parts().0);
    // Nobody answers in this world, so that the grace of a start ends meanwhile.
    let kinds: Vec<String> = kinds.filter(|kind| kind != "health.changed").collect();
    assert_eq!(kinds, ["roster.applied"]);
}

#[test]
fn who_was_stopped_by_hand_stays_down_and_who_is_held_gets_the_mended_definition() {
    let mut world = running();
    let (agent, reason) = (name(0), "by hand".to_owned());
    world.input(Input::Command(Command::StopAgent { agent, reason }));
    settled(&mut world);
    for _ in 0..3 {
        if let Some(session) = world.running(&name(1)) {
            world.end(&name(1), &session, Exit::Code(1));
        }
        world.settle();
        world.pass(2_500);
        world.settle();
    }
    let held = &world.fleet.agent(&name(1)).unwrap().lifecycle;
    assert!(matches!(held, Lifecycle::Held { .. }), "{held:?}");
    assert_eq!(step_of(&world, &edited([5, 5, 5]), 1), Step::Unchanged);
    let roster = edited([1, 1, 5]);
    let planned = plan(&world.fleet, &roster);
    assert_eq!((planned[0].step, planned[1].step), (Step::Update, Step::Start));
    apply(&mut world, &roster, Consent::Agreed(all_of(&planned)));
    settled(&mut world);
    assert_eq!(world.running(&name(0)), None);
    assert!(world.running(&name(1)).is_some());
}

#[test]
fn who_is_gone_is_removed_when_it_has_stopped_and_its_messages_end() {
    let mut world = running();
    let (agent, text, from) = (name(2), "hello".to_owned(), "test".to_owned());
    world.input(Input::Command(Command::Send {
        agent,
        text,
        from,
        expires_ms: 20_000,
        manner: Manner::default(),
    }));
    let id = world.fleet.agent(&name(2)).unwrap().mailbox[0].id.clone();
    let roster = edited([5, 5, 0]);
    let planned = plan(&world.fleet, &roster);
    apply(&mut world, &roster, Consent::Agreed(all_of(&planned)));
    settled(&mut world);
    assert!(world.fleet.agent(&name(2)).is_none(), "{:?}", world.fleet.agent(&name(2)));
    let (_, message) = world.fleet.message(&id).expect("nothing is lost");
    assert!(matches!(message.receipt, Receipt::Rejected { .. }), "{message:?}");
}
