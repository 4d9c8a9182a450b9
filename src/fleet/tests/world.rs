//! A host with one tmux server and three agents, in which anything may happen.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::fleet::*;

/// A host with one tmux server, as far as the rules can see it.
#[derive(Default)]
pub struct World {
    pub now: Moment,
    pub fleet: Fleet,
    pub beats: Beats,
    pub journal: Vec<Recorded>,
    pub server: u32,
    pub next: u32,
    pub panes: BTreeMap<AgentName, (Pane, Option<SessionId>)>,
    /// What was begun and has not come back yet.
    pub outcomes: VecDeque<Observation>,
    pub answered: BTreeSet<SessionId>,
    pub handed_over: BTreeMap<MessageId, u32>,
    pub accepted: BTreeMap<MessageId, u32>,
    pub left: bool,
    /// The first process of each pane of another server that was to be closed.
    pub closed: BTreeSet<u32>,
    pub seed: u8,
    /// Who was to be examined.
    pub examine: Vec<AgentName>,
}

pub fn name(number: u8) -> AgentName {
    AgentName::parse(["ada", "ben", "cyd"][usize::from(number % 3)]).unwrap()
}

pub fn definition(number: u8) -> Definition {
    Definition {
        name: name(number),
        role: None,
        role_description: None,
        runtime: RuntimeKind::Stub,
        runtime_name: None,
        workspace: "/".into(),
        command: None,
        args: Vec::new(),
        env: Vec::new(),
        boot: number != 2,
        lifecycle: Kind::Core,
        heartbeat: HeartbeatPlan {
            every_ms: 1000,
            healthy_within_ms: 3000,
            grace_ms: 5000,
            on_unresponsive: OnUnresponsive::Notify,
        },
        restart: RestartPlan {
            policy: RestartPolicy::Always,
            backoff: Backoff { initial_ms: 100, max_ms: 2000, jitter_percent: 10 },
            give_up_after: 3,
        },
        stop: StopPlan { signal: "TERM".to_owned(), grace_ms: 1000 },
        size: Size { columns: 80, rows: 24 },
        approvals: Approvals::Runtime,
        limits: Limits::default(),
        labels: [].into(),
        output: OutputPlan::default(),
    }
}

pub fn roster(agents: u8) -> Roster {
    Roster {
        tenant: None,
        host: None,
        tmux: TmuxPlan::default(),
        agents: (0..agents).map(definition).collect(),
    }
}

impl World {
    pub fn new(seed: u8) -> Self {
        let mut world = Self { seed, server: 100, next: 1000, ..Self::default() };
        world.start_supervisor("boot-1");
        let (roster, path) = (roster(3), "/roster.yaml".to_owned());
        world.input(Input::Command(Command::ApplyRoster {
            path,
            roster,
            consent: Consent::Starts,
        }));
        world
    }

    pub fn start_supervisor(&mut self, boot: &str) {
        self.see(Observation::SupervisorStarted {
            pid: 1,
            version: "0".to_owned(),
            boot_id: boot.to_owned(),
            tenant: Tenant { uid: 1, label: "t".to_owned() },
            host: Host { id: "h".to_owned(), label: "h".to_owned() },
        });
        self.tmux_ready();
        for (agent, (pane, session)) in self.panes.clone() {
            self.see(Observation::PaneConnected {
                agent,
                pane_pid: pane.pid,
                connection: 1,
                running: session.map(|session| (session, pane.pid + 1)),
            });
        }
    }

    pub fn tmux_ready(&mut self) {
        let panes = self.panes.iter().map(|(agent, (pane, _))| SeenPane {
            id: pane.id.clone(),
            window: pane.window.clone(),
            session: pane.session.clone(),
            session_name: agent.to_string(),
            pid: pane.pid,
            dead: false,
            agent: Some(agent.to_string()),
            role: None,
            command: "mosaic".to_owned(),
        });
        let panes = panes.collect();
        let (server_pid, version) = (self.server, "3.3a".to_owned());
        self.see(Observation::TmuxReady { server_pid, version, panes });
    }

    pub fn see(&mut self, observation: Observation) {
        self.input(Input::Observation(observation));
    }

    pub fn input(&mut self, input: Input) {
        if let Input::Observation(observation) = &input {
            probe(&mut self.beats, &self.fleet, observation);
        }
        self.seed = self.seed.wrapping_add(1);
        let mut seed = [self.seed; 32];
        seed[0] = u8::try_from(self.journal.len() % 251).unwrap();
        seed[1] = u8::try_from(self.journal.len() / 251 % 251).unwrap();
        let mut fresh = Fresh::new(seed);
        let Ok(decision) = decide(&self.fleet, &self.beats, &input, self.now, &mut fresh) else {
            return;
        };
        self.check_effects(&decision);
        for recorded in decision.events {
            fold(&mut self.fleet, &recorded);
            forget(&mut self.beats, &recorded.event);
            if let Event::HealthChanged { session, health: Health::Healthy { .. }, .. } =
                &recorded.event
            {
                let session = session.as_ref().expect("healthy without a session");
                assert!(self.answered.contains(session), "said healthy without an answer");
            }
            if let Event::MessageAccepted { id, .. } = &recorded.event {
                *self.accepted.entry(id.clone()).or_default() += 1;
            }
            self.journal.push(recorded);
        }
        for effect in decision.effects {
            self.act(effect);
        }
        self.check();
    }

    /// No effect that a reader of the journal would not find in it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others need no event of their own")]
    fn check_effects(&self, decision: &Decision) {
        let said = |wanted: fn(&Event) -> bool| decision.events.iter().any(|e| wanted(&e.event));
        for effect in &decision.effects {
            let journaled = match effect {
                Effect::Go { .. } => said(|e| matches!(e, Event::SessionStarting { .. })),
                Effect::Deliver { .. } => said(|e| matches!(e, Event::MessageTyping { .. })),
                Effect::LookAgain { .. } => said(|e| matches!(e, Event::MessageLookedAgain { .. })),
                Effect::ClosePane { .. } => said(|e| matches!(e, Event::PaneLost { .. })),
                _ => continue,
            };
            assert!(journaled, "{effect:?} without its event in {:?}", decision.events);
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the others change nothing in this world")]
    pub fn act(&mut self, effect: Effect) {
        match effect {
            Effect::CreatePane { agent, .. } => {
                self.next += 10;
                let pane = Pane {
                    id: format!("%{}", self.next),
                    window: format!("@{}", self.next),
                    session: format!("${}", self.next),
                    pid: self.next,
                    server_pid: self.server,
                    connected: false,
                    connection: 0,
                };
                // As the hand does: a pane that was made for it before is found, not made again.
                let pane = self.panes.entry(agent.clone()).or_insert((pane, None)).0.clone();
                let (pane_pid, connection, running) = (pane.pid, 1, None);
                self.outcomes.push_back(Observation::PaneCreated { agent: agent.clone(), pane });
                self.outcomes.push_back(Observation::PaneConnected {
                    agent,
                    pane_pid,
                    connection,
                    running,
                });
            }
            Effect::ClosePane { agent, pane_pid, .. }
                if self.panes.get(&agent).is_some_and(|(pane, _)| pane.pid == pane_pid) =>
            {
                self.panes.remove(&agent);
            }
            Effect::WatchPane { agent, pane_pid }
                if self.panes.get(&agent).is_none_or(|(pane, _)| pane.pid != pane_pid) =>
            {
                self.outcomes.push_back(Observation::PaneGone { agent, pane_pid });
            }
            Effect::ClosePane { server_pid, pane_pid, .. } if server_pid != self.server => {
                self.closed.insert(pane_pid);
            }
            Effect::Go { agent, session, .. } => {
                let Some((pane, running)) = self.panes.get_mut(&agent) else {
                    // As the hand does: a pane that nobody answers for any more.
                    let (exit, last_words) = (Exit::Lost("its pane left".to_owned()), Vec::new());
                    return self.outcomes.push_back(Observation::SessionExited {
                        agent,
                        session,
                        exit,
                        last_words,
                        left_behind: 0,
                    });
                };
                assert_eq!(*running, None, "two sessions of {agent} at once");
                *running = Some(session.clone());
                let pid = pane.pid + 1;
                self.outcomes.push_back(Observation::SessionStarted { agent, session, pid });
            }
            Effect::StopSession { agent, session, .. } => {
                self.end(&agent, &session, Exit::Signal(15));
            }
            Effect::Deliver { message, .. } => {
                *self.handed_over.entry(message.id.clone()).or_default() += 1;
            }
            Effect::LeaveSupervisor { .. } => self.left = true,
            Effect::Examine { agent, .. } => self.examine.push(agent),
            _ => {}
        }
    }

    /// A session ends; its pane reports it later.
    pub fn end(&mut self, agent: &AgentName, session: &SessionId, exit: Exit) {
        let Some((_, running)) = self.panes.get_mut(agent) else { return };
        if running.as_ref() == Some(session) {
            *running = None;
            self.outcomes.push_back(Observation::SessionExited {
                agent: agent.clone(),
                session: session.clone(),
                exit,
                last_words: Vec::new(),
                left_behind: 0,
            });
        }
    }

    pub fn check(&self) {
        for agent in self.fleet.in_order() {
            let beat = self.beats.get(&agent.definition.name).copied().unwrap_or_default();
            if let Health::Healthy { .. } = judge(agent, &beat, self.now) {
                let session = agent.session.as_ref().expect("healthy without a session");
                assert!(self.answered.contains(&session.id), "healthy without an answer");
            }
            assert!(agent.mailbox.iter().filter(|m| m.receipt != Receipt::Queued).count() <= 1);
        }
        assert!(self.accepted.values().all(|count| *count == 1), "accepted twice");
    }

    pub fn running(&self, agent: &AgentName) -> Option<SessionId> {
        self.panes.get(agent).and_then(|(_, session)| session.clone())
    }

    pub fn pass(&mut self, ms: u64) {
        // As the dispatcher does: it asks when, and waits until then.
        let due = deadline(&self.fleet, &self.beats, self.now);
        self.now = self.now.after(ms);
        if due.is_some_and(|at| at <= self.now.mono_ms) {
            self.see(Observation::DeadlineCame);
            let due = deadline(&self.fleet, &self.beats, self.now);
            assert!(due.is_none_or(|at| at > self.now.mono_ms), "a deadline resolves itself");
        }
    }

    pub fn settle(&mut self) {
        while let Some(outcome) = self.outcomes.pop_front() {
            self.see(outcome);
        }
    }

    pub fn step(&mut self, what: u8, who: u8) {
        let agent = name(who);
        let reason = "test".to_owned();
        let session = self.running(&agent);
        match (what, session) {
            (0, _) => self.input(Input::Command(Command::StartAgent { agent, reason })),
            (1, _) => self.input(Input::Command(Command::StopAgent { agent, reason })),
            (2, _) => self.input(Input::Command(Command::RestartAgent { agent, reason })),
            (3, Some(session)) => self.end(&agent, &session, Exit::Code(3)),
            (4, Some(session)) => self.see(Observation::ChannelOffered {
                token_hash: self.token_of(&agent),
                agent,
                session,
                kind: ChannelKind::Native,
                delivers: who.is_multiple_of(2),
                software: "test".to_owned(),
                capabilities: Vec::new(),
                connection: u64::from(who),
            }),
            (5, Some(session)) => {
                let sent_at = self.now;
                let (of, id) = (agent.clone(), session.clone());
                self.see(Observation::Challenged { agent: of, session: id, sent_at });
                self.answered.insert(session.clone());
                self.see(Observation::HeartbeatAnswered { agent, session, sent_at, rtt_us: 1 });
            }
            (6, Some(session)) => {
                self.see(Observation::Challenged { agent, session, sent_at: self.now });
            }
            (7, Some(session)) => {
                let activity = Activity::Idle;
                self.see(Observation::ActivityReported { agent, session, activity });
            }
            (8, _) => self.input(Input::Command(Command::Send {
                agent,
                text: "hello".to_owned(),
                from: "test".to_owned(),
                expires_ms: 20_000,
                manner: Manner::default(),
            })),
            (9, _) => self.submit(agent, who),
            (10, _) => self.see(Observation::TmuxLost { reason }),
            (11, _) => {
                self.server += 1;
                self.panes.clear();
                self.outcomes.clear();
                self.tmux_ready();
            }
            (12, _) => {
                self.outcomes.clear();
                self.start_supervisor("boot-1");
            }
            (13, _) => self.pass(u64::from(who) * 100),
            (14, _) => {
                if let Some(outcome) = self.outcomes.pop_front() {
                    self.see(outcome);
                }
            }
            (16, _) => self.input(Input::Command(Command::Attach {
                agent,
                who: "al".to_owned(),
                tty: None,
                pid: Some(u32::from(who)),
                resize: who.is_multiple_of(2),
                steal: who.is_multiple_of(3).then_some(reason),
            })),
            (17, _) => self.clients_seen(&agent, who),
            (18, _) => self.leave(agent, who),
            _ => self.settle(),
        }
    }

    /// Somebody sits at an agent's keyboard, or nobody at any.
    fn clients_seen(&mut self, agent: &AgentName, who: u8) {
        let lease = self.fleet.agent(agent).and_then(|agent| agent.lease.clone());
        let pane = self.panes.get(agent).filter(|_| !who.is_multiple_of(4));
        let client = pane.map(|(pane, _)| SeenClient {
            session: pane.session.clone(),
            window: pane.window.clone(),
            pid: lease.as_ref().and_then(|lease| lease.client).unwrap_or(u32::from(who)),
            parent: lease.and_then(|lease| lease.pid).filter(|_| !who.is_multiple_of(5)),
            by_attach: who.is_multiple_of(2),
            tty: "/dev/pts/7".to_owned(),
            user: "eve".to_owned(),
        });
        let (server_pid, clients) = (self.server, client.into_iter().collect());
        self.see(Observation::ClientsSeen { server_pid, clients, lost_ttys: Vec::new() });
    }

    /// Whoever holds its keyboard gives it back, or is gone.
    fn leave(&mut self, agent: AgentName, who: u8) {
        let lease = self.fleet.agent(&agent).and_then(|agent| agent.lease.clone());
        let Some(id) = lease.and_then(|lease| lease.id) else { return };
        if who.is_multiple_of(2) {
            self.see(Observation::HolderGone { agent, lease: id, lost_tty: false });
        } else {
            let (lease, end) = (Some(id), LeaseEnd::Detached);
            self.input(Input::Command(Command::Detach { agent, lease, end }));
        }
    }

    pub fn token_of(&self, agent: &AgentName) -> String {
        let session = self.fleet.agent(agent).and_then(|agent| agent.session.as_ref());
        session.map(|session| session.token_hash.clone()).unwrap_or_default()
    }

    /// The runtime says that it took the message on its way, at most once.
    pub fn submit(&mut self, agent: AgentName, who: u8) {
        let on_its_way = self.fleet.agent(&agent).and_then(Agent::on_its_way).cloned();
        if let Some(message) = on_its_way {
            let (id, same_text) = (message.id, !who.is_multiple_of(5));
            let grade = (!who.is_multiple_of(2)).then_some(Grade::Accepted);
            let turn = None;
            self.see(Observation::Submitted { agent, id, same_text, grade, turn });
        }
    }
}
