//! The rules against a small world: whatever happens in it, in whatever order.

mod apply;
mod health;
mod hung;
mod keyboard;
mod mail;
mod output;
mod receipts;
mod unseen;
pub(super) mod world;

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::decide::{Draft, endings, lives};
use super::*;
use world::{World, name};

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_rules_hold_and_the_journal_tells_the_same_fleet(
        seed in any::<u8>(),
        steps in proptest::collection::vec((0_u8..20, any::<u8>()), 0..120),
    ) {
        let mut world = World::new(seed);
        for (what, who) in steps {
            world.step(what, who);
        }
        let mut replayed = Fleet::default();
        for recorded in &world.journal {
            let (kind, payload) = recorded.event.to_parts();
            let event = Event::from_parts(&kind, &payload).unwrap();
            fold(&mut replayed, &Recorded { at: recorded.at, event });
        }
        prop_assert_eq!(&replayed, &world.fleet);
        prop_assert!(world.handed_over.values().all(|count| *count == 1), "a message went out twice");
    }

    #[test]
    fn a_fleet_that_is_asked_to_go_down_always_goes(
        seed in any::<u8>(),
        steps in proptest::collection::vec((0_u8..20, any::<u8>()), 0..80),
    ) {
        let mut world = World::new(seed);
        for (what, who) in steps {
            world.step(what, who);
        }
        world.input(Input::Command(Command::StopFleet { keep_agents: false }));
        for _ in 0..50 {
            world.settle();
            world.pass(1000);
        }
        prop_assert!(world.left, "{:#?}", world.fleet.agents);
        prop_assert!(world.panes.values().all(|(_, session)| session.is_none()));
    }
}

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
        let mut roster = world::roster(1);
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
fn a_boot_brings_up_what_says_boot_and_nothing_else() {
    let mut world = World::new(1);
    world.settle();
    world.panes.clear();
    world.server += 1;
    world.now.mono_ms = 5;
    world.start_supervisor("boot-2");
    for _ in 0..20 {
        world.settle();
        world.pass(500);
    }
    assert!(world.running(&name(0)).is_some() && world.running(&name(1)).is_some());
    assert_eq!(world.running(&name(2)), None, "its roster says boot: false");
}

#[test]
fn a_boot_brings_up_what_was_down_and_closes_nothing_of_the_last_boot() {
    let mut world = World::new(1);
    world.settle();
    world.input(Input::Command(Command::StopAgent { agent: name(0), reason: "test".to_owned() }));
    world.settle();
    assert_eq!(world.running(&name(0)), None);
    world.panes.clear();
    world.server += 1;
    world.now.mono_ms = 5;
    let before = world.journal.len();
    world.start_supervisor("boot-2");
    world.settle();
    assert!(world.running(&name(0)).is_some() && world.running(&name(1)).is_some());
    let waits = |recorded: &Recorded| matches!(recorded.event, Event::RestartScheduled { .. });
    assert!(!world.journal[before..].iter().any(waits), "a boot is no failure of an agent");
    assert_eq!(world.closed, BTreeSet::new(), "windows and pids are another's after a boot");
}

#[test]
fn r10_an_idle_agent_stays_healthy_and_missing_is_not_old() {
    let mut world = World::new(1);
    world.settle();
    world.step(4, 0);
    world.step(7, 0);
    // A day without a turn, asked as rarely as its rhythm allows.
    for _ in 0..24 * 60 * 60 / 3 {
        world.pass(3000);
        world.step(5, 0);
        let agent = world.fleet.agent(&name(0)).unwrap();
        assert!(matches!(agent.health, Health::Healthy { .. }), "{:?}", agent.health);
    }
    let (mut fresh, beats) = (Fresh::new([0; 32]), Beats::new());
    let draft = Draft::new(&world.fleet, &beats, world.now, &mut fresh);
    let other = draft.agent(&name(1)).unwrap();
    assert!(!matches!(judge(other, &draft.beat(&name(1)), world.now), Health::Unresponsive));
}

#[test]
fn r13_panes_that_a_lost_server_took_with_it_come_back_one_after_another() {
    let mut world = World::new(1);
    world.settle();
    let lost = Observation::TmuxLost { reason: "killed".to_owned() };
    world.see(lost);
    let (version, panes) = ("3.3a".to_owned(), Vec::new());
    let ready = Observation::TmuxReady { server_pid: world.server + 1, version, panes };
    let input = Input::Observation(ready);
    let (fleet, mut fresh) = (&world.fleet, Fresh::new([0; 32]));
    // Those that died with it wait for their backoff; none is made in the first moment.
    let decision = decide(fleet, &world.beats, &input, world.now, &mut fresh).unwrap();
    assert!(!decision.effects.iter().any(|effect| matches!(effect, Effect::CreatePane { .. })));
    for recorded in &decision.events {
        fold(&mut world.fleet, recorded);
    }
    world.see(Observation::TmuxLost { reason: "killed again, before one was made".to_owned() });
    world.pass(1_000);
    let starting = world.fleet.in_order().map(|agent| agent.lifecycle.word());
    assert_eq!(starting.collect::<Vec<_>>(), ["starting"; 3]);
    let decision = decide(&world.fleet, &world.beats, &input, world.now, &mut fresh).unwrap();
    let after_ms = |effect: &Effect| {
        let Effect::CreatePane { after_ms, .. } = effect else { return None };
        Some(*after_ms)
    };
    let after: Vec<u64> = decision.effects.iter().filter_map(after_ms).collect();
    assert_eq!(after, [0, lives::RECOVERY_PACE_MS, 2 * lives::RECOVERY_PACE_MS]);
}

#[test]
fn what_somebody_starts_waits_for_nobody_else() {
    let mut world = World::new(1);
    world.settle();
    // The next supervisor, after all was stopped: what is asked for comes before its tmux server.
    let mut fleet = Fleet { tmux: None, tmux_lost: false, ..world.fleet.clone() };
    for agent in fleet.agents.values_mut().map(Arc::make_mut) {
        (agent.pane, agent.session) = (None, None);
        agent.lifecycle = Lifecycle::Starting { since: world.now };
    }
    let (version, panes) = ("3.3a".to_owned(), Vec::new());
    let ready = Observation::TmuxReady { server_pid: world.server + 1, version, panes };
    let (input, mut fresh) = (Input::Observation(ready), Fresh::new([0; 32]));
    let decision = decide(&fleet, &world.beats, &input, world.now, &mut fresh).unwrap();
    let at_once = |effect: &&Effect| matches!(effect, Effect::CreatePane { after_ms: 0, .. });
    assert_eq!(decision.effects.iter().filter(at_once).count(), 3);
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

/// An idle agent with a channel that takes keystrokes only, and a message that is being typed.
fn typing() -> World {
    let mut world = World::new(1);
    world.settle();
    world.step(4, 3);
    world.step(7, 3);
    world.step(8, 3);
    let message = world.fleet.agent(&name(3)).and_then(Agent::on_its_way);
    assert_eq!(message.map(|message| &message.receipt), Some(&Receipt::Typing));
    world
}

fn looks(world: &World) -> usize {
    let looked = |recorded: &&Recorded| matches!(recorded.event, Event::MessageLookedAgain { .. });
    world.journal.iter().filter(looked).count()
}

#[test]
fn a_text_that_a_killed_supervisor_left_in_the_composer_is_looked_for_and_never_typed_again() {
    let mut world = typing();
    world.pass(5_000);
    assert_eq!(looks(&world), 0, "who types it is still at it");
    // Longer than a receipt has: while nobody listened, its time did not run.
    world.now = world.now.after(60_000);
    world.outcomes.clear();
    world.start_supervisor("boot-1");
    world.step(4, 3);
    world.step(7, 3);
    world.pass(2_000);
    assert_eq!(looks(&world), 1);
    let id = world.fleet.agent(&name(3)).and_then(Agent::on_its_way).unwrap().id.clone();
    assert_eq!(world.handed_over[&id], 1);
    world.pass(15_000);
    let (_, message) = world.fleet.message(&id).unwrap();
    assert!(matches!(message.receipt, Receipt::Unknown { .. }), "{message:?}");
    assert_eq!(world.handed_over[&id], 1);
}

#[test]
fn a_look_at_a_screen_counts_only_while_the_runtime_says_nothing_itself() {
    let mut world = World::new(1);
    world.settle();
    let agent = name(0);
    let session = world.fleet.agent(&agent).unwrap().session.clone().unwrap().id;
    let activity = |world: &World| world.fleet.agent(&name(0)).unwrap().activity.0.clone();
    let look = |world: &mut World, session: &SessionId, detail: &str| {
        let (agent, session, detail) = (name(0), session.clone(), detail.to_owned());
        world.see(Observation::DialogSeen { agent, session, detail });
    };
    let asked = |detail: &str| Activity::AwaitingInput { detail: detail.to_owned() };

    look(&mut world, &SessionId("an earlier one".to_owned()), "old");
    assert_eq!(activity(&world), Activity::Unknown);
    for detail in ["trusted?", "which key?"] {
        look(&mut world, &session, detail);
        assert_eq!(activity(&world), asked(detail));
    }
    let said = Activity::Idle;
    world.see(Observation::ActivityReported {
        agent,
        session: session.clone(),
        activity: said.clone(),
    });
    look(&mut world, &session, "which key?");
    assert_eq!(activity(&world), said, "the look is older than the word");
}
