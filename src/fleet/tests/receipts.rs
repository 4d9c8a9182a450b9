//! How far an acceptance goes, by what the runtime says and by what it was doing.

use super::world::{World, name};
use crate::fleet::*;

fn says(world: &mut World, activity: Activity) {
    let (agent, session) = (name(0), world.running(&name(0)).unwrap());
    world.see(Observation::ActivityReported { agent, session, activity });
}

/// The grade of a message that came while the runtime did this, and was taken, with this word of
/// the runtime's own, while it did that.
fn graded(before: &Activity, meanwhile: &Activity, said: Option<Grade>) -> Grade {
    let mut world = World::new(1);
    world.settle();
    world.step(4, 0);
    says(&mut world, before.clone());
    world.pass(10);
    world.step(8, 0);
    let message = world.fleet.agent(&name(0)).and_then(Agent::on_its_way).unwrap();
    let (agent, id, same_text, grade) = (name(0), message.id.clone(), true, said);
    world.pass(10);
    says(&mut world, meanwhile.clone());
    world.see(Observation::Submitted { agent, id, same_text, grade, turn: None });
    let accepted = |recorded: &Recorded| {
        let Event::MessageAccepted { grade, .. } = &recorded.event else { return None };
        Some(*grade)
    };
    world.journal.iter().find_map(accepted).unwrap()
}

#[test]
fn a_message_waits_behind_a_turn_that_ran_before_it_unless_the_runtime_says_otherwise() {
    use Activity::{Busy, Idle};
    assert_eq!(graded(&Busy, &Busy, None), Grade::AcceptedQueued);
    assert_eq!(graded(&Idle, &Busy, None), Grade::Accepted, "the turn may be its own");
    assert_eq!(graded(&Busy, &Idle, None), Grade::Accepted, "the turn is over");
    assert_eq!(graded(&Idle, &Idle, None), Grade::Accepted);
    assert_eq!(graded(&Busy, &Busy, Some(Grade::Accepted)), Grade::Accepted);
    assert_eq!(graded(&Idle, &Idle, Some(Grade::AcceptedQueued)), Grade::AcceptedQueued);
}
