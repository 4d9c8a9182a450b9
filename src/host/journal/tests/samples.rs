//! One event of each type; the fixture of format 1 was made of these.

use std::path::PathBuf;

use super::name;
use crate::fleet::{
    Activity, Approvals, Backoff, Beat, ChannelKind, Class, Definition, EnvValue, Event, Examined,
    Exit, Grade, Health, HeartbeatPlan, HoldReason, Host, Kind, LeaseEnd, LeaseId, Limits, Message,
    MessageId, Moment, OnUnresponsive, OutputPlan, Pane, Receipt, RestartPlan, RestartPolicy,
    Roster, RuntimeKind, SessionId, Size, StopPlan, Tenant, TmuxPlan, Wanted,
};

pub fn samples() -> Vec<Event> {
    [fleet(), agent(), session(), message(), silence(), output()].concat()
}

fn silence() -> Vec<Event> {
    let (agent, session) = (name("ada"), SessionId("00112233445566778899aabbccddeeff".into()));
    vec![
        Event::AgentUnresponsive {
            agent: agent.clone(),
            session: session.clone(),
            misses: 3,
            examined: Examined::Stuck,
            evidence: "its process is stopped (T)".into(),
            action: OnUnresponsive::Hold,
        },
        Event::ChannelClosed { agent, session, reason: "enough for today".into() },
    ]
}

fn output() -> Vec<Event> {
    let (agent, session) = (name("ada"), SessionId("00112233445566778899aabbccddeeff".into()));
    vec![
        Event::SegmentClosed {
            agent: agent.clone(),
            session: session.clone(),
            segment: 12,
            offset: 46_137_344,
            length: 4_194_304,
            sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".into(),
        },
        Event::OutputStopped {
            agent: agent.clone(),
            session: session.clone(),
            reason: "the disk is full".into(),
        },
        Event::OutputResumed { agent, session, lost_bytes: Some(81_920) },
    ]
}

fn fleet() -> Vec<Event> {
    vec![
        Event::SupervisorStarted {
            pid: 4_000_000,
            version: "0.1.0".into(),
            boot_id: "0f8fad5b-d9cb-469f-a165-70867728950e".into(),
            tenant: Tenant { uid: 1000, label: "alice".into() },
            host: Host { id: "0123456789abcdef0123456789abcdef".into(), label: "mill".into() },
        },
        Event::RosterApplied { path: "/home/alice/roster.yaml".into(), roster: roster() },
        Event::SupervisorStrained { reason: "accept a guest: too many open files".into() },
        Event::SupervisorRelieved {},
        Event::TmuxStarted { server_pid: 812, version: "3.3a".into() },
        Event::TmuxLost { reason: "server exited".into() },
        Event::SupervisorStopping { keep_agents: true },
        Event::JournalResumed {
            reason: "the disk is full".into(),
            since_ms: 1_764_000_000_000,
            refused: 3,
        },
    ]
}

fn agent() -> Vec<Event> {
    let agent = name("ada");
    let pane = Pane {
        id: "%1".into(),
        window: "@1".into(),
        session: "$1".into(),
        pid: 813,
        server_pid: 812,
        connected: false,
        connection: 0,
    };
    let reason = HoldReason::CrashLoop { deaths: 5, last: Exit::Signal(11), hung: false };
    vec![
        Event::AgentWanted { agent: agent.clone(), wanted: Wanted::Up, reason: "roster".into() },
        Event::AgentUpdated {
            agent: agent.clone(),
            definition: Box::new(roster().agents.remove(0)),
        },
        Event::AgentStarting { agent: agent.clone() },
        Event::PaneCreated { agent: agent.clone(), pane },
        Event::PaneFailed { agent: agent.clone(), reason: "no space for new pane".into() },
        Event::PaneConnected { agent: agent.clone(), connection: 1 },
        Event::PaneDisconnected { agent: agent.clone() },
        Event::PaneLost { agent: agent.clone(), reason: "window closed".into() },
        Event::RestartScheduled { agent: agent.clone(), delay_ms: 250 },
        Event::AgentHeld { agent: agent.clone(), reason, probe_in_ms: 600_000 },
        Event::AttachStarted {
            agent: agent.clone(),
            who: "alice".into(),
            resize: true,
            lease: Some(LeaseId("l4k2j8s0q1zx".into())),
            tty: Some("/dev/pts/3".into()),
            pid: Some(4711),
            by_hand: false,
            client: None,
            come_within_ms: 10_000,
        },
        Event::AttachSeated {
            agent: agent.clone(),
            lease: Some(LeaseId("l4k2j8s0q1zx".into())),
            client: 4712,
        },
        Event::AttachJoined {
            agent: agent.clone(),
            who: "bob".into(),
            tty: "/dev/pts/4".into(),
            client: 4713,
        },
        Event::AttachLeft {
            agent: agent.clone(),
            who: "bob".into(),
            tty: "/dev/pts/4".into(),
            client: 4713,
        },
        Event::AttachEnded {
            agent: agent.clone(),
            who: "alice".into(),
            lease: Some(LeaseId("l4k2j8s0q1zx".into())),
            end: LeaseEnd::Stolen,
            by: Some("bob on /dev/pts/5".into()),
            reason: Some("alice is on a train".into()),
        },
        Event::AgentRemoved { agent },
    ]
}

fn session() -> Vec<Event> {
    let agent = name("ada");
    let session = SessionId("00112233445566778899aabbccddeeff".into());
    let conversation = "1b4e28ba-2fa1-41d2-883f-0016d3cca427".to_owned();
    let mut beat = Beat::default();
    beat.answered(moment(1_000), 1_500);
    let proof = beat.answer.unwrap();
    vec![
        Event::SessionStarting {
            agent: agent.clone(),
            session: session.clone(),
            token_hash: "ab".repeat(32),
            conversation: conversation.clone(),
            resumes: false,
        },
        Event::SessionStarted { agent: agent.clone(), session: session.clone(), pid: 900 },
        Event::SessionAdopted { agent: agent.clone(), session: session.clone(), pid: 900 },
        Event::ChannelOpened {
            agent: agent.clone(),
            session: session.clone(),
            kind: ChannelKind::Native,
            delivers: true,
            software: "mosaic stub 0.1.0".into(),
            connection: 7,
            capabilities: Vec::new(),
        },
        Event::HealthChanged {
            agent: agent.clone(),
            session: Some(session.clone()),
            from: "starting".into(),
            health: Health::Healthy { proof },
        },
        Event::ActivityChanged {
            agent: agent.clone(),
            session: session.clone(),
            activity: Activity::AwaitingInput {
                detail: "Trust this folder? \u{2502} \u{276f} 1. Yes".into(),
            },
            in_answer: false,
        },
        Event::ConversationChanged { agent: agent.clone(), session: session.clone(), conversation },
        Event::TurnNamed { agent: agent.clone(), session: session.clone(), turn: "2f6c0a".into() },
        Event::ChannelLost { agent: agent.clone(), session: session.clone() },
        Event::SessionStopping {
            agent: agent.clone(),
            session: session.clone(),
            reason: "asked by alice".into(),
        },
        Event::SessionExited {
            agent,
            session,
            exit: Exit::Code(3),
            last_words: vec!["good\tbye".into(), String::new(), "\u{1f44b}".into()],
            left_behind: 2,
        },
    ]
}

fn message() -> Vec<Event> {
    let agent = name("ada");
    let id = MessageId("k3x9a0b1c2d3".into());
    let message = Message {
        id: id.clone(),
        text: "!ls \"quoted\"\nsecond line\n".into(),
        from: "alice".into(),
        queued_at: moment(0),
        expires_at: moment(60_000),
        receipt: Receipt::Queued,
        receipt_at: moment(0),
        behind: None,
        returned: None,
        returns: 0,
        class: Class::Human,
        envelope: None,
        interrupts: false,
        waits_for_idle: false,
    };
    let reason = || "its composer holds a draft".to_owned();
    vec![
        Event::MessageQueued { agent: agent.clone(), message },
        Event::MessageTyping {
            agent: agent.clone(),
            id: id.clone(),
            channel: "keystrokes".into(),
            interrupts: true,
        },
        Event::MessageTyped { agent: agent.clone(), id: id.clone() },
        Event::MessageLookedAgain { agent: agent.clone(), id: id.clone(), last: true },
        Event::MessageReturned {
            agent: agent.clone(),
            id: id.clone(),
            reason: reason(),
            retry_in_ms: 500,
        },
        Event::MessageAccepted {
            agent: agent.clone(),
            id: id.clone(),
            grade: Grade::AcceptedQueued,
        },
        Event::MessageNotSubmitted { agent: agent.clone(), id: id.clone(), reason: reason() },
        Event::MessageCleared { agent: agent.clone(), id: id.clone() },
        Event::MessageRejected { agent: agent.clone(), id: id.clone(), reason: reason() },
        Event::MessageUnknown { agent: agent.clone(), id: id.clone(), reason: reason() },
        Event::MessageExpired { agent: agent.clone(), id: id.clone() },
        Event::MessageCancelled { agent, id },
    ]
}

fn moment(ms: u64) -> Moment {
    Moment { wall_ms: 1_764_000_000_000, mono_ms: 5_000 }.after(ms)
}

fn roster() -> Roster {
    let definition = Definition {
        name: name("ada"),
        role: Some("builder".into()),
        role_description: None,
        runtime: RuntimeKind::Stub,
        runtime_name: None,
        workspace: PathBuf::from("/home/alice/work"),
        command: None,
        args: vec!["--quiet".into()],
        env: vec![
            ("LEVEL".into(), EnvValue::Value("3".into())),
            ("KEY".into(), EnvValue::FromFile("/home/alice/key".into())),
        ],
        boot: true,
        lifecycle: Kind::Core,
        heartbeat: HeartbeatPlan {
            every_ms: 1_000,
            healthy_within_ms: 3_000,
            grace_ms: 10_000,
            on_unresponsive: OnUnresponsive::Notify,
        },
        restart: RestartPlan {
            policy: RestartPolicy::OnFailure,
            backoff: Backoff { initial_ms: 250, max_ms: 30_000, jitter_percent: 10 },
            give_up_after: 5,
        },
        stop: StopPlan { signal: "TERM".into(), grace_ms: 5_000 },
        size: Size { columns: 120, rows: 40 },
        approvals: Approvals::Runtime,
        limits: Limits::default(),
        labels: [].into(),
        output: OutputPlan::default(),
    };
    Roster {
        tenant: Some("alice".into()),
        host: None,
        tmux: TmuxPlan::default(),
        agents: vec![definition],
    }
}
