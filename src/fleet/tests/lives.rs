//! Lives that follow each other: pauses, holds, and stops that come at odd moments.

use super::world::{World, name, roster};
use crate::fleet::decide::endings;
use crate::fleet::*;

#[test]
fn r16_a_crash_loop_ends_in_a_hold_that_probes_by_itself() {
    let mut world = World::new(1);
    world.settle();
    let ada = name(0);
    // Each in another way: the same failure three times would be held for that.
    for code in 1..=3 {
        let session = world.running(&ada).expect("it runs again after its backoff");
        world.end(&ada, &session, Exit::Code(code));
        world.settle();
        world.pass(2_500);
        world.settle();
    }
    let held = &world.fleet.agent(&ada).unwrap().lifecycle;
    let Lifecycle::Held { reason, .. } = held else { panic!("{held:?}") };
    let looped = HoldReason::CrashLoop { deaths: 3, last: Exit::Code(3), hung: false };
    assert_eq!(*reason, looped);
    assert_eq!(world.running(&ada), None);
    world.pass(2000 * endings::PROBE_BACKOFFS);
    world.settle();
    assert!(world.running(&ada).is_some(), "one start is tried after the hold");
}

#[test]
fn each_pause_is_longer_by_at_most_its_jitter() {
    let pauses = |initial_ms, jitter_percent| -> Vec<u64> {
        let mut world = World::new(1);
        let mut roster = roster(1);
        let plan = &mut roster.agents[0].restart;
        plan.backoff = Backoff { initial_ms, max_ms: 1000, jitter_percent };
        plan.give_up_after = 100;
        let path = "/roster.yaml".to_owned();
        world.input(Input::Command(Command::ApplyRoster {
            path,
            roster,
            consent: Consent::Starts,
        }));
        world.settle();
        for _ in 0..30 {
            let session = world.running(&name(0)).expect("it runs again after its pause");
            world.end(&name(0), &session, Exit::Signal(9));
            world.settle();
            world.pass(2500);
            world.settle();
        }
        let scheduled = world.journal.iter().filter_map(|recorded| {
            let Event::RestartScheduled { delay_ms, .. } = recorded.event else { return None };
            Some(delay_ms)
        });
        scheduled.collect()
    };
    assert_eq!(pauses(1000, 0), [1000; 30]);
    assert_eq!(pauses(0, 100)[0], 0, "nothing is no longer by any part of itself");
    let tenth = pauses(1000, 10);
    assert!(tenth.iter().all(|pause| (1000..=1100).contains(pause)), "{tenth:?}");
    let double = pauses(1000, 100);
    assert!(double.iter().all(|pause| (1000..=2000).contains(pause)), "{double:?}");
    assert!(double.iter().any(|pause| *pause > 1100), "{double:?}");
    assert!(double.iter().any(|pause| *pause != double[0]), "{double:?}");
}

#[test]
fn r18_a_stop_that_comes_before_the_pane_ends_the_start() {
    let mut world = World::new(1);
    world.settle();
    let (agent, reason) = (name(0), "test".to_owned());
    let stop = Command::StopAgent { agent: agent.clone(), reason: reason.clone() };
    world.input(Input::Command(stop.clone()));
    world.settle();
    world.input(Input::Command(Command::StartAgent { agent: agent.clone(), reason }));
    world.input(Input::Command(stop));
    let exit = |world: &World| {
        let lifecycle = &world.fleet.agent(&agent).unwrap().lifecycle;
        let Lifecycle::Exited { exit, .. } = lifecycle else {
            panic!("it is {}", lifecycle.word());
        };
        exit.to_string()
    };
    assert_eq!(exit(&world), "not started: it was stopped before it started");
    // The pane that was asked for comes all the same, and goes again.
    world.settle();
    assert_eq!(exit(&world), "not started: it was stopped before it started");
    assert_eq!(world.fleet.agent(&agent).unwrap().pane, None);
    assert!(!world.panes.contains_key(&agent), "{:?}", world.panes);
}

#[test]
fn r18_a_stop_that_died_with_its_supervisor_is_said_again_by_the_next() {
    let mut world = World::new(1);
    world.settle();
    let (agent, reason) = (name(0), "test".to_owned());
    let session = world.running(&agent);
    world.input(Input::Command(Command::StopAgent { agent: agent.clone(), reason }));
    // It is in the journal, and the pane has never heard of it.
    world.outcomes.clear();
    world.panes.get_mut(&agent).unwrap().1 = session;
    // For longer than a stop may take, nobody supervised.
    world.now = world.now.after(60_000);
    world.start_supervisor("boot-1");
    world.settle();
    let lifecycle = &world.fleet.agent(&agent).unwrap().lifecycle;
    assert!(matches!(lifecycle, Lifecycle::Exited { exit: Exit::Signal(15), .. }), "{lifecycle:?}");
}

#[test]
fn a_pane_that_is_reported_after_it_was_given_up_is_not_believed_for_long() {
    let mut world = World::new(0);
    // Two panes are asked for, both answers come when the time for one is over.
    for (what, who) in [(1, 0), (2, 0), (13, 100), (15, 0), (2, 0)] {
        world.step(what, who);
    }
    for _ in 0..10 {
        world.settle();
        world.pass(500);
    }
    assert!(world.running(&name(0)).is_some(), "{:?}", world.fleet.agent(&name(0)));
}
