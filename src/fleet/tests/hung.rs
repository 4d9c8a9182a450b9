//! What follows when a runtime answers nothing any more, and when many die at once.

use proptest::prelude::*;

use super::world::{World, name};
use crate::fleet::*;

/// A world in which this is what the roster says of the first agent, which has an open channel.
fn with_policy(on_unresponsive: OnUnresponsive) -> World {
    let mut world = World::new(1);
    world.settle();
    let mut roster = super::world::roster(3);
    roster.agents[0].heartbeat.on_unresponsive = on_unresponsive;
    let path = "/roster.yaml".to_owned();
    world.input(Input::Command(Command::ApplyRoster { path, roster, consent: Consent::Starts }));
    let (agent, reason) = (name(0), "to take the new definition".to_owned());
    world.input(Input::Command(Command::RestartAgent { agent, reason }));
    for _ in 0..3 {
        world.settle();
        world.pass(2_500);
    }
    world
}

/// It answers once, and then no challenge any more.
fn hang(world: &mut World) {
    world.settle();
    world.step(4, 0);
    world.step(5, 0);
    world.examine.clear();
    for _ in 0..9 {
        world.pass(1_000);
        world.step(6, 0);
    }
}

fn look(world: &mut World, examined: Examined) {
    let (agent, session) = (name(0), world.running(&name(0)).unwrap());
    let evidence = "a test says so".to_owned();
    world.see(Observation::Examined { agent, session, examined, evidence });
}

fn said(world: &World) -> Vec<OnUnresponsive> {
    let said = |recorded: &Recorded| {
        let Event::AgentUnresponsive { action, .. } = &recorded.event else { return None };
        Some(*action)
    };
    world.journal.iter().filter_map(said).collect()
}

#[test]
fn nothing_is_done_on_missed_challenges_alone_nor_when_the_second_look_disagrees() {
    use Examined::{Moving, Stuck, Unanswered};
    use OnUnresponsive::{Hold, Notify, Restart};
    for policy in [Notify, Restart, Hold] {
        for examined in [Stuck, Moving, Unanswered] {
            let mut world = with_policy(policy);
            hang(&mut world);
            let agent = world.fleet.agent(&name(0)).unwrap();
            assert_eq!(agent.health, Health::Unresponsive);
            assert!(!world.examine.is_empty(), "a second look is asked for");
            assert_eq!(said(&world), [], "nothing is said or done before it");
            look(&mut world, examined);
            let done = if examined == Stuck { policy } else { Notify };
            assert_eq!(said(&world), [done], "{policy:?} and {examined:?}");
            let lifecycle = &world.fleet.agent(&name(0)).unwrap().lifecycle;
            let stops = matches!(lifecycle, Lifecycle::Stopping { .. });
            assert_eq!(stops, done == Restart, "{policy:?} and {examined:?}");
            // Said once, however long it lasts and however often the look comes to the same.
            if done != Restart {
                look(&mut world, examined);
                assert_eq!(said(&world), [done]);
            }
        }
    }
}

#[test]
fn a_look_that_agrees_later_does_what_the_first_could_not() {
    let mut world = with_policy(OnUnresponsive::Hold);
    hang(&mut world);
    look(&mut world, Examined::Unanswered);
    world.examine.clear();
    for _ in 0..MISSES_MAX {
        world.pass(1_000);
        world.step(6, 0);
    }
    assert_eq!(world.examine.len(), 1, "looked at again, and not with every beat");
    look(&mut world, Examined::Stuck);
    assert_eq!(said(&world), [OnUnresponsive::Notify, OnUnresponsive::Hold]);
    let agent = world.fleet.agent(&name(0)).unwrap();
    assert!(way(agent).is_err_and(|why| why.contains("held for inspection")));
    // It answers again: nothing is held against it.
    world.step(5, 0);
    let agent = world.fleet.agent(&name(0)).unwrap();
    assert_eq!((&agent.unresponsive, agent.lifecycle.word()), (&None, "running"));
}

#[test]
fn an_examination_of_an_earlier_life_is_nothing_to_this_one() {
    let mut world = with_policy(OnUnresponsive::Restart);
    hang(&mut world);
    let (agent, session) = (name(0), SessionId("an earlier one".to_owned()));
    let (examined, evidence) = (Examined::Stuck, String::new());
    world.see(Observation::Examined { agent, session, examined, evidence });
    assert_eq!(said(&world), []);
}

#[test]
fn r16_restarts_of_one_that_hangs_again_and_again_end_in_a_hold_that_says_why() {
    let mut world = with_policy(OnUnresponsive::Restart);
    for _ in 0..3 {
        hang(&mut world);
        look(&mut world, Examined::Stuck);
        world.settle();
        world.pass(2_500);
    }
    let Lifecycle::Held { reason, .. } = &world.fleet.agent(&name(0)).unwrap().lifecycle else {
        panic!("{:?}", world.fleet.agent(&name(0)).unwrap().lifecycle)
    };
    assert!(matches!(reason, HoldReason::CrashLoop { deaths: 3, hung: true, .. }), "{reason}");
    assert!(reason.to_string().contains("answered no challenge"), "{reason}");
}

/// Lets the agent die so, as soon as it runs again; how often until it is held, if within a few.
fn deaths_until_held(exits: impl Iterator<Item = Exit>) -> Option<(usize, HoldReason)> {
    let mut world = World::new(1);
    let mut roster = super::world::roster(1);
    roster.agents[0].restart.give_up_after = 50;
    let path = "/roster.yaml".to_owned();
    world.input(Input::Command(Command::ApplyRoster { path, roster, consent: Consent::Starts }));
    for (at, exit) in exits.take(8).enumerate() {
        world.settle();
        let session = world.running(&name(0)).expect("it runs");
        world.end(&name(0), &session, exit);
        world.settle();
        if let Lifecycle::Held { reason, .. } = &world.fleet.agent(&name(0)).unwrap().lifecycle {
            return Some((at + 1, reason.clone()));
        }
        world.pass(2_500);
    }
    None
}

#[test]
fn r16_the_same_failure_three_times_at_the_start_is_held_and_other_ends_are_not() {
    let (times, reason) = deaths_until_held(std::iter::repeat(Exit::Code(7))).unwrap();
    assert_eq!((times, reason), (3, HoldReason::BootFailure { times: 3, last: Exit::Code(7) }));
    let crash = std::iter::repeat(Exit::Signal(11));
    assert_eq!(deaths_until_held(crash).map(|(times, _)| times), Some(3));
    assert_eq!(deaths_until_held((1..).map(Exit::Code)), None, "each time another way");
    for exit in [Exit::Code(0), Exit::Signal(9), Exit::Signal(15)] {
        assert_eq!(deaths_until_held(std::iter::repeat(exit.clone())), None, "{exit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn r16_a_fleet_that_crashes_as_a_whole_gets_no_more_than_600_restarts_a_minute(
        gaps in proptest::collection::vec(0_u64..400, 700..1_500),
    ) {
        let mut world = World::new(1);
        let mut roster = super::world::roster(1);
        roster.agents[0].restart.give_up_after = u32::MAX;
        roster.agents[0].restart.backoff = Backoff { initial_ms: 0, max_ms: 0, jitter_percent: 0 };
        let path = "/roster.yaml".to_owned();
        world.input(Input::Command(Command::ApplyRoster { path, roster, consent: Consent::Starts }));
        world.settle();
        let mut starts = Vec::new();
        for gap in gaps {
            // The worst case: the gap is short, and the death is no boot failure.
            world.pass(gap / 20);
            if let Some(session) = world.running(&name(0)) {
                world.end(&name(0), &session, Exit::Signal(9));
            }
            world.settle();
            if matches!(world.fleet.agent(&name(0)).unwrap().lifecycle, Lifecycle::Exited { .. }) {
                world.pass(200);
                world.settle();
            }
            starts.push((world.now.mono_ms, world.fleet.agent(&name(0)).unwrap().starts));
        }
        for (at, (from, before)) in starts.iter().enumerate() {
            let within = starts[at..].iter().take_while(|(to, _)| to - from <= 60_000);
            let most = within.map(|(_, after)| after - before).max().unwrap_or(0);
            prop_assert!(most <= 600, "{most} starts in a minute");
        }
    }
}
