//! The keyboard: one lease at a time, whoever dies, and messages wait for as long as it is held.

use super::world::{World, name};
use crate::fleet::lease::{COME_WITHIN_MS, SEEN_AGAIN_WITHIN_MS};
use crate::fleet::*;

const ATTACH: u32 = 70;
const CLIENT: u32 = 71;

/// What one input leads to, taken into the world.
fn done(world: &mut World, input: Input) -> Result<Decision, Refusal> {
    let mut fresh = Fresh::new([u8::try_from(world.journal.len() % 251).unwrap(); 32]);
    let decision = decide(&world.fleet, &world.beats, &input, world.now, &mut fresh)?;
    for recorded in &decision.events {
        fold(&mut world.fleet, recorded);
        world.journal.push(recorded.clone());
    }
    Ok(decision)
}

fn see(world: &mut World, observation: Observation) -> Decision {
    done(world, Input::Observation(observation)).unwrap()
}

/// Three agents that run.
fn world() -> World {
    let mut world = World::new(1);
    world.settle();
    assert!(matches!(world.fleet.agent(&name(0)).unwrap().lifecycle, Lifecycle::Running { .. }));
    world
}

/// The `agent attach` of somebody.
fn process(who: &str) -> u32 {
    ATTACH + u32::try_from(who.len()).unwrap() * 100
}

fn attach(world: &mut World, who: &str, steal: Option<&str>) -> Result<Decision, Refusal> {
    let command = Command::Attach {
        agent: name(0),
        who: who.to_owned(),
        tty: Some(format!("/dev/pts/{who}")),
        pid: Some(process(who)),
        resize: true,
        steal: steal.map(str::to_owned),
    };
    done(world, Input::Command(command))
}

fn client(world: &World, pid: u32, parent: u32, who: &str) -> SeenClient {
    let pane = world.fleet.agent(&name(0)).unwrap().pane.clone().unwrap();
    SeenClient {
        session: pane.session,
        window: pane.window,
        pid,
        parent: Some(parent),
        by_attach: parent >= ATTACH,
        tty: format!("/dev/pts/{who}"),
        user: who.to_owned(),
    }
}

fn clients(world: &mut World, clients: Vec<SeenClient>, lost: &[&str]) -> Decision {
    let lost_ttys = lost.iter().map(|tty| (*tty).to_owned()).collect();
    let server_pid = world.server;
    see(world, Observation::ClientsSeen { server_pid, clients, lost_ttys })
}

fn lease(world: &World) -> Option<&Lease> {
    world.fleet.agent(&name(0)).unwrap().lease.as_ref()
}

fn ends(decision: &Decision) -> Vec<LeaseEnd> {
    let end = |recorded: &Recorded| {
        let Event::AttachEnded { end, .. } = &recorded.event else { return None };
        Some(*end)
    };
    decision.events.iter().filter_map(end).collect()
}

/// Alice, seated by her client.
fn seated(world: &mut World) {
    attach(world, "al", None).unwrap();
    let seen = client(world, CLIENT, process("al"), "al");
    clients(world, vec![seen], &[]);
    assert_eq!(lease(world).unwrap().client, Some(CLIENT));
    assert_eq!(lease(world).unwrap().expires_at, None);
}

fn pass(world: &mut World, ms: u64) -> Decision {
    world.now = world.now.after(ms);
    see(world, Observation::DeadlineCame)
}

#[test]
fn a_lease_has_one_holder_and_is_only_lost_to_a_reason() {
    let mut world = world();
    seated(&mut world);
    let Err(Refusal::Attached { lease: held, .. }) = attach(&mut world, "bob", None) else {
        panic!("two have one keyboard");
    };
    assert_eq!(held.holder(), "al on /dev/pts/al");
    let decision = attach(&mut world, "bob", Some("a train")).unwrap();
    assert_eq!(ends(&decision), [LeaseEnd::Stolen]);
    let by = decision.events.iter().find_map(|recorded| {
        let Event::AttachEnded { by, reason, .. } = &recorded.event else { return None };
        Some((by.clone(), reason.clone()))
    });
    assert_eq!(by, Some((Some("bob on /dev/pts/bob".into()), Some("a train".into()))));
    let let_go = |effect: &Effect| matches!(effect, Effect::LetGo { client: CLIENT, .. });
    assert!(decision.effects.iter().any(let_go), "{:?}", decision.effects);
    assert_eq!(lease(&world).unwrap().holder(), "bob on /dev/pts/bob");
    // Hers is over: nothing that comes of it ends his.
    let hers = held.id.clone();
    let agent = name(0);
    done(
        &mut world,
        Input::Command(Command::Detach { agent, lease: hers.clone(), end: LeaseEnd::Detached }),
    )
    .unwrap();
    see(
        &mut world,
        Observation::HolderGone { agent: name(0), lease: hers.unwrap(), lost_tty: true },
    );
    assert_eq!(lease(&world).unwrap().holder(), "bob on /dev/pts/bob");
}

#[test]
fn a_lease_that_nobody_comes_for_is_over_in_its_time_and_one_that_is_sat_at_never() {
    let mut world = world();
    attach(&mut world, "al", None).unwrap();
    let due = deadline(&world.fleet, &world.beats, world.now).unwrap();
    assert!(due <= world.now.mono_ms + COME_WITHIN_MS, "nobody wakes for it");
    assert!(ends(&pass(&mut world, COME_WITHIN_MS - 1)).is_empty());
    assert_eq!(ends(&pass(&mut world, 1)), [LeaseEnd::Expired]);
    // Who comes after that finds another at the keyboard, and leaves.
    attach(&mut world, "bob", None).unwrap();
    let late = client(&world, CLIENT, process("al"), "al");
    let decision = clients(&mut world, vec![late], &[]);
    let let_go = |effect: &Effect| matches!(effect, Effect::LetGo { client: CLIENT, .. });
    assert!(decision.effects.iter().any(let_go), "{decision:?}");
    let his = client(&world, 72, process("bob"), "bob");
    clients(&mut world, vec![his], &[]);
    assert!(ends(&pass(&mut world, 86_400_000)).is_empty());
}

#[test]
fn tmux_says_that_the_holder_has_left_and_the_kernel_whether_the_terminal_was_lost() {
    for (lost, why) in [(&[][..], LeaseEnd::Detached), (&["/dev/pts/al"], LeaseEnd::LostTerminal)] {
        let mut world = world();
        seated(&mut world);
        let decision = clients(&mut world, vec![], lost);
        assert_eq!(ends(&decision), [why]);
        let back =
            |effect: &Effect| matches!(effect, Effect::RestoreSize { columns: 80, rows: 24, .. });
        assert!(decision.effects.iter().any(back), "{:?}", decision.effects);
    }
}

#[test]
fn a_client_whose_attach_is_gone_is_ended_and_has_no_keyboard() {
    let mut world = world();
    seated(&mut world);
    let orphan = client(&world, CLIENT, 1, "al");
    let decision = clients(&mut world, vec![orphan], &[]);
    assert_eq!(ends(&decision), [LeaseEnd::Died]);
    let let_go = |effect: &Effect| matches!(effect, Effect::LetGo { client: CLIENT, .. });
    assert!(decision.effects.iter().any(let_go), "{decision:?}");
    assert_eq!(lease(&world), None, "it was taken for one that came by hand");
}

#[test]
fn a_lease_outlives_the_supervisor_for_as_long_as_tmux_shows_its_client() {
    let mut world = world();
    seated(&mut world);
    let before = lease(&world).unwrap().clone();
    world.start_supervisor("boot-1");
    let kept = lease(&world).unwrap().clone();
    assert_eq!((&kept.id, kept.since), (&before.id, before.since));
    assert!(kept.expires_at.is_some(), "nobody has seen the holder yet");
    let seen = client(&world, CLIENT, process("al"), "al");
    let decision = clients(&mut world, vec![seen], &[]);
    let follows = |effect: &Effect| matches!(effect, Effect::FollowHolder { pid, .. } if *pid == process("al"));
    assert!(decision.effects.iter().any(follows), "{decision:?}");
    assert_eq!(lease(&world), Some(&before));
    // And no longer.
    world.start_supervisor("boot-1");
    assert_eq!(ends(&clients(&mut world, vec![], &[])), [LeaseEnd::Detached]);
    // Nor for ever when tmux says nothing.
    seated(&mut world);
    world.start_supervisor("boot-1");
    assert_eq!(ends(&pass(&mut world, SEEN_AGAIN_WITHIN_MS)), [LeaseEnd::Expired]);
}

#[test]
fn a_boot_and_a_lost_pane_end_a_lease_and_say_so() {
    let mut world = world();
    seated(&mut world);
    world.start_supervisor("boot-2");
    assert_eq!(lease(&world), None);
    let said =
        |event: &Event| matches!(event, Event::AttachEnded { end: LeaseEnd::AgentEnded, .. });
    assert_eq!(world.journal.iter().filter(|recorded| said(&recorded.event)).count(), 1);
}

#[test]
fn who_comes_by_hand_has_the_keyboard_and_messages_wait_for_them() {
    let mut world = world();
    let by_hand = client(&world, 50, 49, "eve");
    clients(&mut world, vec![by_hand.clone()], &[]);
    let held = lease(&world).unwrap();
    assert!(held.by_hand);
    let why = way(world.fleet.agent(&name(0)).unwrap()).unwrap_err();
    assert!(why.starts_with("eve on /dev/pts/eve has the keyboard since "), "{why}");
    assert!(clients(&mut world, vec![by_hand.clone()], &[]).events.is_empty(), "said twice");
    // It can be taken from them like from anybody.
    assert!(attach(&mut world, "al", None).is_err());
    let decision = attach(&mut world, "al", Some("a train")).unwrap();
    let let_go = |effect: &Effect| matches!(effect, Effect::LetGo { client: 50, .. });
    assert!(decision.effects.iter().any(let_go), "{decision:?}");
    let hers = client(&world, CLIENT, process("al"), "al");
    clients(&mut world, vec![hers, by_hand], &[]);
    assert_eq!(lease(&world).unwrap().who, "al");
    assert_eq!(ends(&clients(&mut world, vec![], &[])), [LeaseEnd::Detached]);
    assert_eq!(lease(&world), None);
}

#[test]
fn a_keyboard_that_nobody_reads_is_not_lent() {
    let mut world = world();
    let session = world.running(&name(0)).unwrap();
    world.end(&name(0), &session, Exit::Code(3));
    world.settle();
    let agent = world.fleet.agent(&name(0)).unwrap();
    assert!(agent.pane.is_some() && matches!(agent.lifecycle, Lifecycle::Exited { .. }));
    assert!(attach(&mut world, "al", None).is_err(), "its pane is there, and nothing reads");
    let (agent, reason) = (name(0), "test".to_owned());
    world.input(Input::Command(Command::StopAgent { agent, reason }));
    world.settle();
    let Err(refusal @ Refusal::NothingToAttach { .. }) = attach(&mut world, "al", None) else {
        panic!("it does not run");
    };
    assert!(refusal.hint().unwrap().contains("mosaic agent start"), "{refusal}");
}

#[test]
fn what_a_journal_says_that_knew_no_leases_folds_as_it_did() {
    let mut world = world();
    let old = r#"{"agent":"ada","who":"alice on /dev/pts/3","resize":true}"#;
    let event = Event::from_parts("attach.started", old).unwrap();
    fold(&mut world.fleet, &Recorded { at: world.now, event });
    let held = lease(&world).unwrap();
    assert_eq!((held.holder().as_str(), held.resize), ("alice on /dev/pts/3", true));
    assert_eq!(held.expires_at, None);
    let old = r#"{"agent":"ada","who":"alice on /dev/pts/3"}"#;
    let event = Event::from_parts("attach.ended", old).unwrap();
    assert!(matches!(event, Event::AttachEnded { end: LeaseEnd::Detached, .. }));
    // It was over with its supervisor.
    world.start_supervisor("boot-1");
    assert_eq!(lease(&world), None);
}

#[test]
fn who_came_by_hand_beside_a_holder_is_noticed_and_is_the_next_one() {
    let mut world = world();
    seated(&mut world);
    let hers = client(&world, CLIENT, process("al"), "al");
    let his = client(&world, 50, 1, "bob");
    // In a session of his own, that shows her agent's window.
    let third = SeenClient { session: "$99".to_owned(), ..client(&world, 51, 1, "cleo") };
    let decision = clients(&mut world, vec![hers.clone(), his.clone(), third.clone()], &[]);
    let notices = |decision: &Decision| {
        let notice = |effect: &Effect| {
            let Effect::Notify { notice, .. } = effect else { return None };
            Some(notice.clone())
        };
        decision.effects.iter().filter_map(notice).collect::<Vec<_>>()
    };
    let text = "al on /dev/pts/al has this keyboard; bob on /dev/pts/bob and 1 more can type too";
    assert_eq!(notices(&decision), [Some(text.to_owned())]);
    assert_eq!(lease(&world).unwrap().holder(), "al on /dev/pts/al");
    // Seen again, nothing is said twice.
    let decision = clients(&mut world, vec![hers, his.clone(), third.clone()], &[]);
    assert_eq!((decision.events.len(), notices(&decision).len()), (0, 0));
    let agent = name(0);
    let held = lease(&world).unwrap().id.clone();
    let detach = Command::Detach { agent, lease: held, end: LeaseEnd::Detached };
    let decision = done(&mut world, Input::Command(detach)).unwrap();
    let next = lease(&world).unwrap();
    assert_eq!((next.holder().as_str(), next.beside.len()), ("bob on /dev/pts/bob", 1));
    assert_eq!(notices(&decision).len(), 1);
    let decision = clients(&mut world, vec![his], &[]);
    assert_eq!((lease(&world).unwrap().beside.len(), notices(&decision)), (0, vec![None]));
}

#[test]
fn a_lease_that_nobody_saw_for_too_long_has_no_successor_that_nobody_saw() {
    let mut world = world();
    seated(&mut world);
    let hers = client(&world, CLIENT, process("al"), "al");
    let his = client(&world, 50, 1, "bob");
    clients(&mut world, vec![hers, his.clone()], &[]);
    assert_eq!(lease(&world).unwrap().beside.len(), 1);
    world.start_supervisor("boot-1");
    assert_eq!(ends(&pass(&mut world, SEEN_AGAIN_WITHIN_MS)), [LeaseEnd::Expired]);
    assert_eq!(lease(&world), None, "messages would wait for ever");
    clients(&mut world, vec![his], &[]);
    assert_eq!(lease(&world).unwrap().holder(), "bob on /dev/pts/bob");
}
