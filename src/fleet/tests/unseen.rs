//! A life that ended while nobody supervised, and that somebody wanted up before it was heard of.

use super::world::{World, name, roster};
use crate::fleet::*;

/// What follows from an input, and nothing that the world would do about it.
fn takes(world: &mut World, input: &Input) {
    let mut fresh = Fresh::new([7; 32]);
    let decision = decide(&world.fleet, &world.beats, input, world.now, &mut fresh).unwrap();
    for recorded in &decision.events {
        fold(&mut world.fleet, recorded);
    }
}

fn up(policy: RestartPolicy) -> Input {
    let mut roster = roster(3);
    for agent in &mut roster.agents {
        agent.restart.policy = policy;
    }
    let path = "/roster.yaml".to_owned();
    Input::Command(Command::ApplyRoster { path, roster, consent: Consent::Starts })
}

fn exited(agent: &AgentName, session: &SessionId) -> Input {
    Input::Observation(Observation::SessionExited {
        agent: agent.clone(),
        session: session.clone(),
        exit: Exit::Code(0),
        last_words: Vec::new(),
        left_behind: 0,
    })
}

fn word(world: &World, agent: &AgentName) -> &'static str {
    world.fleet.agent(agent).unwrap().lifecycle.word()
}

#[test]
fn who_ended_unheard_starts_again_when_it_was_wanted_up_meanwhile_whatever_its_policy() {
    for policy in [RestartPolicy::Never, RestartPolicy::OnFailure] {
        let mut world = World::new(1);
        takes(&mut world, &up(policy));
        world.settle();
        let agents = [0, 1, 2].map(name);
        let sessions = agents.clone().map(|agent| world.running(&agent).unwrap());
        takes(&mut world, &exited(&agents[2], &sessions[2]));
        assert_eq!(word(&world, &agents[2]), "exited", "its policy holds while it is seen");

        takes(
            &mut world,
            &Input::Observation(Observation::SupervisorStarted {
                pid: 1,
                version: "0".to_owned(),
                boot_id: "boot-1".to_owned(),
                tenant: Tenant { uid: 1, label: "t".to_owned() },
                host: Host { id: "h".to_owned(), label: "h".to_owned() },
            }),
        );
        let unasked = world.fleet.clone();
        takes(&mut world, &exited(&agents[0], &sessions[0]));
        assert_eq!(word(&world, &agents[0]), "exited", "nobody wanted another one");

        world.fleet = unasked;
        takes(&mut world, &up(policy));
        takes(&mut world, &exited(&agents[0], &sessions[0]));
        assert_eq!(word(&world, &agents[0]), "starting");
        // One that turns out to live is what was wanted, and its policy holds again.
        let pane = world.fleet.agent(&agents[1]).unwrap().pane.clone().unwrap();
        takes(
            &mut world,
            &Input::Observation(Observation::PaneConnected {
                agent: agents[1].clone(),
                pane_pid: pane.pid,
                connection: 1,
                running: Some((sessions[1].clone(), pane.pid + 1)),
            }),
        );
        takes(&mut world, &exited(&agents[1], &sessions[1]));
        assert_eq!(word(&world, &agents[1]), "exited");
    }
}

/// What is decided when an agent that was stopped and is wanted again has a pane with its mark in
/// tmux: the one that was given up, whose process is another by so much.
fn left_standing(other_pid: u32) -> (Pane, Decision) {
    let mut world = World::new(1);
    takes(&mut world, &up(RestartPolicy::Always));
    world.settle();
    let (agent, reason) = (name(0), "test".to_owned());
    let left = world.fleet.agent(&agent).unwrap().pane.clone().unwrap();
    world
        .input(Input::Command(Command::StopAgent { agent: agent.clone(), reason: reason.clone() }));
    world.settle();
    assert_eq!(world.fleet.agent(&agent).unwrap().pane, None);
    // Its supervisor died before tmux had closed the window.
    takes(&mut world, &Input::Command(Command::StartAgent { agent: agent.clone(), reason }));
    let listed = SeenPane {
        id: left.id.clone(),
        window: left.window.clone(),
        session: left.session.clone(),
        session_name: agent.to_string(),
        pid: left.pid + other_pid,
        dead: false,
        agent: Some(agent.to_string()),
        role: None,
        command: "mosaic".to_owned(),
    };
    let ready = Observation::TmuxReady {
        server_pid: left.server_pid,
        version: "3.3a".to_owned(),
        panes: vec![listed],
    };
    let mut fresh = Fresh::new([7; 32]);
    let input = Input::Observation(ready);
    let decision = decide(&world.fleet, &world.beats, &input, world.now, &mut fresh).unwrap();
    (left, decision)
}

#[test]
fn a_pane_that_was_given_up_is_not_taken_again_while_it_still_stands_there() {
    let (agent, (left, decision)) = (name(0), left_standing(0));
    let of_it = |event: &Event| event.agent() == Some(&agent);
    let said: Vec<_> = decision.events.iter().map(|recorded| &recorded.event).collect();
    assert!(!said.iter().any(|event| of_it(event)), "{said:?}");
    let closes = |effect: &Effect| matches!(effect, Effect::CloseWindow { window, .. } if *window == left.window);
    let makes =
        |effect: &Effect| matches!(effect, Effect::CreatePane { agent: of, .. } if *of == agent);
    assert!(
        decision.effects.iter().any(closes) && decision.effects.iter().any(makes),
        "{decision:?}"
    );
}

#[test]
fn another_pane_with_the_number_of_one_that_was_given_up_is_taken() {
    let (left, decision) = left_standing(1_000);
    let took = |event: &Event| matches!(event, Event::PaneCreated { pane, .. } if pane.id == left.id && pane.pid == left.pid + 1_000);
    assert!(decision.events.iter().any(|recorded| took(&recorded.event)), "{decision:?}");
    let closes = |effect: &Effect| matches!(effect, Effect::CloseWindow { .. });
    assert!(!decision.effects.iter().any(closes), "{decision:?}");
}

#[test]
fn a_pane_that_was_found_twice_is_not_taken_after_it_was_given_up() {
    let mut world = World::new(1);
    takes(&mut world, &up(RestartPolicy::Always));
    world.settle();
    let (agent, reason) = (name(0), "test".to_owned());
    let pane = world.fleet.agent(&agent).unwrap().pane.clone().unwrap();
    world
        .input(Input::Command(Command::StopAgent { agent: agent.clone(), reason: reason.clone() }));
    world.settle();
    takes(&mut world, &Input::Command(Command::StartAgent { agent: agent.clone(), reason }));
    let again = Observation::PaneCreated { agent: agent.clone(), pane: pane.clone() };
    takes(&mut world, &Input::Observation(again));
    takes(
        &mut world,
        &Input::Observation(Observation::PaneGone { agent: agent.clone(), pane_pid: pane.pid }),
    );
    assert_eq!(word(&world, &agent), "starting");
    assert_eq!(world.fleet.agent(&agent).unwrap().pane, None);
}
