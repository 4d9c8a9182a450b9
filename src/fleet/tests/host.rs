//! What a boot and a new tmux server take with them, and how the fleet comes back.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::world::{World, name};
use crate::fleet::decide::lives;
use crate::fleet::*;

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
