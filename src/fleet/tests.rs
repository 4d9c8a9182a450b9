//! The rules against a small world: whatever happens in it, in whatever order.

mod apply;
mod health;
mod host;
mod hung;
mod keyboard;
mod lives;
mod mail;
mod output;
mod receipts;
mod unseen;
pub(super) mod world;

use proptest::prelude::*;

use super::decide::Draft;
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
