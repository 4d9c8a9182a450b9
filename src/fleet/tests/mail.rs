//! What is taken into a mailbox and in whose name, what lets it go, and how it ends.

use super::world::{World, name};
use crate::fleet::*;

fn send(world: &mut World, from: &str, manner: Manner) {
    world.input(Input::Command(Command::Send {
        agent: name(0),
        text: "hello".to_owned(),
        from: from.to_owned(),
        expires_ms: 3_600_000,
        manner,
    }));
}

fn says(world: &mut World, activity: Activity) {
    let (agent, session) = (name(0), world.running(&name(0)).unwrap());
    world.see(Observation::ActivityReported { agent, session, activity });
}

/// A world whose first agent takes messages over its channel and does this.
fn doing(activity: Activity) -> World {
    let mut world = World::new(1);
    world.settle();
    world.step(4, 0);
    says(&mut world, activity);
    world
}

/// The same, but its messages come by keys.
fn by_keys(activity: Activity) -> World {
    let mut world = World::new(1);
    world.settle();
    let session = world.running(&name(0)).unwrap();
    world.see(Observation::ChannelOffered {
        token_hash: world.token_of(&name(0)),
        agent: name(0),
        session,
        kind: ChannelKind::Native,
        delivers: false,
        software: "test".to_owned(),
        capabilities: Vec::new(),
        connection: 9,
    });
    says(&mut world, activity);
    world
}

fn queued(world: &World) -> Message {
    let said = world.journal.iter().rev().find_map(|recorded| {
        let Event::MessageQueued { message, .. } = &recorded.event else { return None };
        Some(message.clone())
    });
    said.unwrap()
}

fn handed_over(world: &World) -> usize {
    world.handed_over.len()
}

/// The word of the last message's end.
fn end(world: &World) -> String {
    let id = queued(world).id;
    world.fleet.message(&id).unwrap().1.receipt.word().to_owned()
}

fn dialog() -> Activity {
    Activity::AwaitingApproval { detail: "run it?".to_owned() }
}

/// Something lets the agent go on, and nobody is told.
fn missed_edge(world: &mut World) {
    let (agent, session) = (name(0), world.running(&name(0)).unwrap());
    let event =
        Event::ActivityChanged { agent, session, activity: Activity::Idle, in_answer: false };
    fold(&mut world.fleet, &Recorded { at: world.now, event });
}

#[test]
fn r03_the_edge_alone_drains_a_mailbox() {
    let mut world = doing(dialog());
    send(&mut world, "max", Manner::default());
    assert_eq!(handed_over(&world), 0, "a dialog is up");
    says(&mut world, Activity::Idle);
    assert_eq!(handed_over(&world), 1);
}

#[test]
fn r03_the_watchdog_alone_drains_a_mailbox() {
    let mut world = doing(dialog());
    send(&mut world, "max", Manner::default());
    missed_edge(&mut world);
    world.step(5, 0);
    assert_eq!(handed_over(&world), 1, "an answered challenge is enough");
}

#[test]
fn r03_the_sweep_alone_drains_a_mailbox() {
    let mut world = doing(dialog());
    send(&mut world, "max", Manner::default());
    // Its health has nothing more to say by time alone, so that nothing else would look.
    for _ in 0..10 {
        world.pass(6_000);
    }
    let far = deadline(&world.fleet, &world.beats, world.now);
    assert!(far.is_none_or(|at| at > world.now.mono_ms + 60_000), "{far:?}");
    missed_edge(&mut world);
    // No answer and no word comes: only the clock goes on.
    let at = deadline(&world.fleet, &world.beats, world.now).unwrap();
    assert!(at <= world.now.mono_ms + 10_000, "{at}");
    world.pass(10_000);
    assert_eq!(handed_over(&world), 1);
}

#[test]
fn a_message_that_waits_for_idle_goes_when_the_turn_is_over_and_keeps_its_place() {
    let mut world = doing(Activity::Busy);
    send(&mut world, "max", Manner { waits_for_idle: true, ..Manner::default() });
    send(&mut world, "max", Manner::default());
    assert_eq!(handed_over(&world), 0, "the second one does not overtake it");
    let ada = world.fleet.agent(&name(0)).unwrap();
    let why = way_for(ada, ada.mailbox.front().unwrap()).unwrap_err();
    assert!(why.contains("busy"), "{why}");
    says(&mut world, Activity::Idle);
    assert_eq!(handed_over(&world), 1);
    assert_eq!(world.fleet.agent(&name(0)).unwrap().mailbox.len(), 2);
}

#[test]
fn r04_only_a_message_that_asks_for_it_interrupts_and_only_work() {
    let interrupted = |activity: Activity, interrupts: bool| {
        let mut world = doing(activity);
        send(&mut world, "max", Manner { interrupts, ..Manner::default() });
        world.journal.iter().any(|recorded| {
            matches!(&recorded.event, Event::MessageTyping { interrupts: true, .. })
        })
    };
    assert!(interrupted(Activity::Busy, true));
    assert!(!interrupted(Activity::Busy, false), "a plain send never does");
    assert!(!interrupted(Activity::Idle, true), "there is nothing to interrupt");
    assert!(!interrupted(dialog(), true), "the key would answer the dialog");
}

#[test]
fn what_an_agent_sends_carries_its_envelope_and_what_others_send_does_not() {
    let mut world = doing(Activity::Idle);
    for from in ["ben", "ben@h/t"] {
        send(&mut world, from, Manner::default());
        let message = queued(&world);
        assert_eq!(message.from, "ben@h/t", "the whole address, whoever wrote less");
        assert_eq!(message.class, Class::Actionable);
        assert_eq!(message.whole(), "[ben@h/t -> ada@h/t class=actionable]\nhello");
    }
    for from in ["cli:uid=1", "max", "ben@elsewhere/t"] {
        send(&mut world, from, Manner { class: Some(Class::Reaction), ..Manner::default() });
        let message = queued(&world);
        assert_eq!((message.from.as_str(), message.class), (from, Class::Reaction));
        assert_eq!(message.whole(), "hello", "{from} is no agent of this fleet");
    }
    let before = world.journal.len();
    send(&mut world, "bem@h/t", Manner::default());
    assert_eq!(
        world.journal.len(),
        before,
        "an address of this fleet that nobody has is a mistake"
    );
}

#[test]
fn r01_a_text_that_no_enter_submits_is_not_submitted_only_when_the_runtime_answers() {
    let ended = |answers: bool| {
        let mut world = by_keys(Activity::Idle);
        send(&mut world, "max", Manner::default());
        let (agent, id) = (name(0), queued(&world).id);
        world.see(Observation::MessageTyped { agent, id: id.clone() });
        for _ in 0..4 {
            world.pass(1_500);
        }
        if answers {
            world.step(5, 0);
        }
        world.pass(9_000);
        let looks = world.journal.iter().filter_map(|recorded| {
            let Event::MessageLookedAgain { last, .. } = recorded.event else { return None };
            Some(last)
        });
        assert_eq!(looks.collect::<Vec<_>>(), [false, false, false, true]);
        world.see(Observation::MessageStands { agent: name(0), id });
        end(&world)
    };
    assert_eq!(ended(true), "typed_not_submitted");
    assert_eq!(ended(false), "unknown", "its loop may not have seen the key yet");
}

#[test]
fn a_last_look_that_nobody_answers_leaves_a_message_unknown() {
    let mut world = by_keys(Activity::Idle);
    send(&mut world, "max", Manner::default());
    let (agent, id) = (name(0), queued(&world).id);
    world.see(Observation::MessageTyped { agent, id });
    for _ in 0..12 {
        world.pass(1_500);
    }
    assert_eq!(end(&world), "unknown");
}

#[test]
fn a_late_receipt_of_what_was_not_submitted_counts() {
    let mut world = by_keys(Activity::Idle);
    send(&mut world, "max", Manner::default());
    let (agent, id) = (name(0), queued(&world).id);
    let reason = "a draft stands beside it".to_owned();
    world.see(Observation::MessageNotSubmitted { agent: agent.clone(), id: id.clone(), reason });
    assert_eq!(end(&world), "typed_not_submitted");
    let (grade, turn) = (Some(Grade::Accepted), None);
    world.see(Observation::Submitted { agent, id, same_text: true, grade, turn });
    assert_eq!(end(&world), "accepted", "somebody pressed Enter");
}

#[test]
fn only_what_ended_in_the_composer_is_cleared_away() {
    let mut world = by_keys(Activity::Idle);
    send(&mut world, "max", Manner::default());
    let (agent, id) = (name(0), queued(&world).id);
    let clears = |world: &mut World| {
        world.see(Observation::MessageCleared { agent: agent.clone(), id: id.clone() });
        let cleared = |recorded: &&Recorded| matches!(recorded.event, Event::MessageCleared { .. });
        world.journal.iter().filter(cleared).count()
    };
    assert_eq!(clears(&mut world), 0, "it is on its way");
    let reason = "a draft stands beside it".to_owned();
    let not_submitted = Observation::MessageNotSubmitted { agent: name(0), id: id.clone(), reason };
    world.see(not_submitted);
    assert_eq!(clears(&mut world), 1);
    assert_eq!(end(&world), "typed_not_submitted");
}

/// The grade of a message that named this turn, after a text that named another or the same one
/// before the supervisor was killed.
fn graded_in(turn: &str) -> String {
    let mut world = by_keys(Activity::Busy);
    let (agent, session) = (name(0), world.running(&name(0)).unwrap());
    let before = "turn-1".to_owned();
    world.see(Observation::TurnNamed { agent: agent.clone(), session, turn: before });
    world.start_supervisor("boot-1");
    let session = world.running(&agent).unwrap();
    world.see(Observation::ChannelOffered {
        token_hash: world.token_of(&agent),
        agent: agent.clone(),
        session,
        kind: ChannelKind::Native,
        delivers: false,
        software: "test".to_owned(),
        capabilities: Vec::new(),
        connection: 10,
    });
    says(&mut world, Activity::Idle);
    send(&mut world, "max", Manner::default());
    let (id, turn) = (queued(&world).id, Some(turn.to_owned()));
    world.see(Observation::Submitted { agent, id, same_text: true, grade: None, turn });
    end(&world)
}

#[test]
fn the_first_receipt_behind_a_turn_that_a_former_supervisor_heard_of_is_accepted_queued() {
    assert_eq!(graded_in("turn-1"), "accepted_queued");
    assert_eq!(graded_in("turn-2"), "accepted", "the turn is its own");
}

#[test]
fn a_message_that_was_queued_before_a_turn_and_went_out_during_it_waits_behind_it() {
    let mut world = by_keys(dialog());
    send(&mut world, "max", Manner::default());
    world.pass(10);
    says(&mut world, Activity::Busy);
    // It went out with that word: a turn of its own begins later.
    world.pass(10);
    let (agent, id) = (name(0), queued(&world).id);
    assert_eq!(world.fleet.message(&id).unwrap().1.receipt, Receipt::Typing);
    world.see(Observation::Submitted { agent, id, same_text: true, grade: None, turn: None });
    assert_eq!(end(&world), "accepted_queued");
}

#[test]
fn a_ladder_tells_every_rung_with_its_time_and_reason() {
    let mut world = by_keys(Activity::Idle);
    send(&mut world, "max", Manner::default());
    let (agent, id) = (name(0), queued(&world).id);
    world.pass(5);
    let (a, i) = (agent.clone(), id.clone());
    let reason = "a draft stands in the composer".to_owned();
    world.see(Observation::MessageNotTyped { agent: a, id: i, reason: reason.clone() });
    world.pass(1_000);
    world.see(Observation::MessageTyped { agent: agent.clone(), id: id.clone() });
    let (grade, turn) = (Some(Grade::Accepted), None);
    world.see(Observation::Submitted { agent, id: id.clone(), same_text: true, grade, turn });
    let of_it = |recorded: &&Recorded| recorded.event.to_parts().1.contains(&id.0);
    let events: Vec<Recorded> = world.journal.iter().filter(of_it).cloned().collect();
    let (whose, message, rungs) = ladder(&events).unwrap();
    assert_eq!((whose, message.receipt.word()), (name(0), "accepted"));
    let words: Vec<&str> = rungs.iter().map(|rung| rung.word.as_str()).collect();
    assert_eq!(words, ["queued", "typing", "returned", "typing", "typed", "accepted"]);
    assert_eq!(rungs[2].detail.as_ref(), Some(&reason));
    assert_eq!(rungs[2].at.since_ms(rungs[0].at), 5);
    assert_eq!(ladder(&events[1..]), None, "without its first event nobody knows whose it is");
}

#[test]
fn an_id_that_was_copied_badly_gets_the_nearest() {
    let mut world = doing(dialog());
    send(&mut world, "max", Manner::default());
    let id = queued(&world).id;
    let near = |asked: &str| world.fleet.messages_near(&MessageId(asked.to_owned()));
    assert_eq!(near(&id.0[..4]), [id.0.as_str()], "its beginning");
    let swapped = format!("{}{}", &id.0[1..2], id.0.replacen(&id.0[1..2], "", 1));
    assert_eq!(near(&swapped), [id.0.as_str()]);
    assert!(near("zzzzzzzzzzzz").is_empty());
}

#[test]
fn what_stands_in_the_way_for_long_is_looked_at_less_and_less_often() {
    let mut world = by_keys(Activity::Idle);
    send(&mut world, "max", Manner::default());
    let id = queued(&world).id;
    let mut tries = Vec::new();
    for _ in 0..6 {
        let began = world.now;
        let typing = |world: &World| world.fleet.message(&id).unwrap().1.receipt == Receipt::Typing;
        while !typing(&world) {
            world.pass(500);
        }
        tries.push(world.now.since_ms(began));
        let reason = "a draft stands in the composer".to_owned();
        world.see(Observation::MessageNotTyped { agent: name(0), id: id.clone(), reason });
    }
    assert_eq!(tries, [0, 1_000, 2_000, 4_000, 8_000, 10_000]);
}

#[test]
fn a_pause_is_that_of_one_message_and_of_what_stood_in_its_way() {
    let returned = || {
        let mut world = by_keys(Activity::Idle);
        send(&mut world, "max", Manner::default());
        let id = queued(&world).id;
        for _ in 0..5 {
            world.pass(10_000);
            let reason = "a draft stands in the composer".to_owned();
            world.see(Observation::MessageNotTyped { agent: name(0), id: id.clone(), reason });
        }
        send(&mut world, "max", Manner::default());
        let waits = world.fleet.agent(&name(0)).unwrap().deliver_after;
        assert!(waits.mono_ms > world.now.mono_ms + 5_000, "{waits:?}");
        (world, id)
    };
    type Ends = fn(MessageId) -> Event;
    let cases: [Ends; 4] = [
        |id| Event::MessageCancelled { agent: name(0), id },
        |id| Event::MessageExpired { agent: name(0), id },
        |_| {
            let old = r#"{"agent":"ada","who":"alice on /dev/pts/3"}"#;
            Event::from_parts("attach.ended", old).unwrap()
        },
        |_| Event::SessionStarting {
            agent: name(0),
            session: SessionId("next".to_owned()),
            token_hash: String::new(),
            conversation: String::new(),
            resumes: false,
        },
    ];
    for end in cases {
        let (mut world, id) = returned();
        let event = end(id);
        let is_anew = matches!(event, Event::SessionStarting { .. });
        fold(&mut world.fleet, &Recorded { at: world.now, event });
        let agent = world.fleet.agent(&name(0)).unwrap();
        assert_eq!(agent.deliver_after, world.now);
        assert!(!is_anew || agent.mailbox[0].returns == 0, "it begins with the longest pause");
    }
}
