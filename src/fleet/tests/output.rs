//! What becomes of output is journaled once, and a pane is tapped only where somebody wants it.

use super::world::{World, name};
use crate::fleet::*;

/// What follows from an observation, journal and effects.
fn seen(world: &mut World, observation: Observation) -> (Vec<Event>, Vec<Effect>) {
    let input = Input::Observation(observation);
    let mut fresh = Fresh::new([7; 32]);
    let decision = decide(&world.fleet, &world.beats, &input, world.now, &mut fresh).unwrap();
    for recorded in &decision.events {
        fold(&mut world.fleet, recorded);
    }
    (decision.events.into_iter().map(|recorded| recorded.event).collect(), decision.effects)
}

fn told(world: &mut World, id: u64, fact: OutputFact) -> Vec<Event> {
    let session = world.running(&name(0)).unwrap();
    let told = Observation::OutputTold { agent: name(0), connection: 9, id, session, fact };
    let (events, effects) = seen(world, told);
    assert_eq!(effects, [Effect::AcknowledgeOutput { connection: 9, id }]);
    events
}

fn closed(segment: u64, offset: u64) -> OutputFact {
    OutputFact::Closed { segment, offset, length: 100, sha256: "00".to_owned() }
}

#[test]
fn what_a_pane_tells_twice_is_journaled_once_and_acknowledged_twice() {
    let mut world = World::new(1);
    world.settle();
    assert_eq!(told(&mut world, 1, closed(3, 200)).len(), 1);
    assert_eq!(told(&mut world, 1, closed(3, 200)), []);
    assert_eq!(told(&mut world, 1, closed(2, 100)), [], "it is behind that one");
    assert_eq!(told(&mut world, 2, closed(4, 300)).len(), 1);
    let recording = world.fleet.agent(&name(0)).unwrap().recording.clone();
    assert_eq!((recording.segment, recording.position), (4, 400));
    let stopped = |reason: &str| OutputFact::Stopped { reason: reason.to_owned() };
    assert_eq!(told(&mut world, 3, OutputFact::Resumed { lost_bytes: None }), []);
    assert_eq!(told(&mut world, 4, stopped("full")).len(), 1);
    assert_eq!(told(&mut world, 5, stopped("full")), []);
    assert_eq!(told(&mut world, 6, stopped("read-only")).len(), 1);
    let why = |world: &World| world.fleet.agent(&name(0)).unwrap().recording.stopped.clone();
    assert_eq!(why(&world).as_deref(), Some("read-only"));
    assert_eq!(told(&mut world, 7, OutputFact::Resumed { lost_bytes: Some(5) }).len(), 1);
    assert_eq!(why(&world), None);
}

#[test]
fn a_running_pane_whose_output_nobody_brings_is_tapped_where_the_roster_wants_it() {
    let mut world = World::new(1);
    world.settle();
    let pane = world.fleet.agent(&name(0)).unwrap().pane.clone().unwrap().id;
    let untapped = Observation::Untapped { agent: name(0) };
    let tap = Effect::TapPane { agent: name(0), pane };
    assert_eq!(seen(&mut world, untapped.clone()), (vec![], vec![tap]));
    let mut unwanted = super::world::roster(3);
    unwanted.agents[0].output.record = false;
    let path = "/roster.yaml".to_owned();
    world.input(Input::Command(Command::ApplyRoster {
        path,
        roster: unwanted,
        consent: Consent::Starts,
    }));
    assert_eq!(seen(&mut world, untapped), (vec![], vec![]));
}

#[test]
fn another_way_of_recording_takes_effect_in_the_running_session() {
    let mut world = World::new(1);
    world.settle();
    let session = world.running(&name(0)).unwrap();
    let mut other = super::world::roster(3);
    other.agents[0].output.segment_bytes = 1 << 20;
    let (path, roster) = ("/roster.yaml".to_owned(), other.clone());
    let input = Input::Command(Command::ApplyRoster { path, roster, consent: Consent::Starts });
    let mut fresh = Fresh::new([7; 32]);
    let decision = decide(&world.fleet, &world.beats, &input, world.now, &mut fresh).unwrap();
    let changed = decision.effects.iter().find_map(|effect| {
        let Effect::ChangeOutput { agent, session, output, .. } = effect else { return None };
        Some((agent.clone(), session.clone(), *output))
    });
    assert_eq!(changed, Some((name(0), session, other.agents[0].output)));
    let ends = |effect: &Effect| matches!(effect, Effect::StopSession { .. });
    assert!(!decision.effects.iter().any(ends), "{:?}", decision.effects);
}
