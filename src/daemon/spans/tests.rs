//! Events in, spans out; and the page that lists their words.

use super::words::Labels;
use super::{CommandSpan, Place, Projector, Under};
use crate::fleet::{
    AgentName, Class, Command, Event, Exit, Grade, Health, LeaseEnd, LeaseId, Message, MessageId,
    Moment, Receipt, Recorded, SessionId,
};
use crate::telemetry::{Finished, TraceContext};

const LABELS: Labels<'static> = Labels { tenant: "zero", host: "alpha" };

/// Places and takes events one after another, as the dispatcher does.
#[derive(Default)]
struct Journal {
    projector: Projector,
    stored: Vec<(Recorded, Place)>,
    random: u8,
}

impl Journal {
    fn event(&mut self, at: u64, event: Event, under: Option<TraceContext>) -> Vec<Finished> {
        self.random += 1;
        let nobody = TraceContext::below(None, [0x80 | self.random; 24]);
        let under = under.map_or(Under::Observation(nobody), Under::Command);
        let place = self.projector.place(&event, under, [self.random; 24], std::iter::empty());
        let recorded = Recorded { at: Moment { wall_ms: at, mono_ms: at }, event };
        self.stored.push((recorded.clone(), place));
        take(&mut self.projector, &recorded, place)
    }
}

fn take(projector: &mut Projector, recorded: &Recorded, place: Place) -> Vec<Finished> {
    let parent = place.parent.map(|parent| parent.to_string());
    projector.take(LABELS, recorded, Some(&place.own.to_string()), parent.as_deref())
}

fn ada() -> AgentName {
    AgentName::parse("ada").unwrap()
}

fn life() -> SessionId {
    SessionId("5e".repeat(16))
}

fn command_context() -> TraceContext {
    TraceContext { trace_id: [1; 16], span_id: [2; 8], sampled: true }
}

fn queued(id: &str) -> Event {
    let at = Moment { wall_ms: 1000, mono_ms: 1000 };
    let message = Message {
        id: MessageId(id.to_owned()),
        text: "secret plans".to_owned(),
        from: "cli:uid=1000".to_owned(),
        queued_at: at,
        expires_at: at.after(9000),
        receipt: Receipt::Queued,
        receipt_at: at,
        behind: None,
        returned: None,
        returns: 0,
        class: Class::Human,
        envelope: None,
        interrupts: false,
        waits_for_idle: false,
    };
    Event::MessageQueued { agent: ada(), message }
}

fn starting() -> Event {
    Event::SessionStarting {
        agent: ada(),
        session: life(),
        token_hash: String::new(),
        conversation: String::new(),
        resumes: false,
    }
}

fn exited() -> Event {
    Event::SessionExited {
        agent: ada(),
        session: life(),
        exit: Exit::Code(3),
        last_words: Vec::new(),
        left_behind: 0,
    }
}

fn attribute<'a>(span: &'a Finished, key: &str) -> Option<&'a str> {
    span.attributes.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
}

#[test]
fn a_send_is_one_span_from_the_mailbox_to_its_end_with_an_event_a_rung() {
    let mut journal = Journal::default();
    let id = MessageId("k3".to_owned());
    journal.event(900, starting(), None);
    journal.event(950, Event::SessionStarted { agent: ada(), session: life(), pid: 7 }, None);
    assert!(journal.event(1000, queued("k3"), Some(command_context())).is_empty());
    let typing = Event::MessageTyping {
        agent: ada(),
        id: id.clone(),
        channel: "keystrokes".to_owned(),
        interrupts: false,
    };
    journal.event(1010, typing, None);
    journal.event(1020, Event::MessageTyped { agent: ada(), id: id.clone() }, None);
    let accepted = Event::MessageAccepted { agent: ada(), id, grade: Grade::AcceptedQueued };
    let span = journal.event(1100, accepted, None).remove(0);
    assert_eq!(span.name, "mosaic.send");
    assert_eq!((span.start_ms, span.end_ms, &span.error), (1000, 1100, &None));
    assert_eq!(span.context.trace_id, [1; 16], "it stays in the caller's trace");
    assert_eq!(span.parent, Some([2; 8]), "below the command");
    let rungs: Vec<_> = span.events.iter().map(|(word, at)| (word.as_str(), *at)).collect();
    let told = [("queued", 1000), ("typing", 1010), ("typed", 1020), ("accepted_queued", 1100)];
    assert_eq!(rungs, told);
    assert_eq!(attribute(&span, "mosaic.tenant"), Some("zero"));
    assert_eq!(attribute(&span, "mosaic.host"), Some("alpha"));
    assert_eq!(attribute(&span, "mosaic.agent"), Some("ada"));
    assert_eq!(attribute(&span, "mosaic.session"), Some(life().0.as_str()));
    assert_eq!(attribute(&span, "mosaic.message"), Some("k3"));
    assert_eq!(attribute(&span, "mosaic.message.class"), Some("human"));
    assert_eq!(attribute(&span, "mosaic.message.channel"), Some("keystrokes"));
    assert_eq!(attribute(&span, "mosaic.message.state"), Some("accepted_queued"));
    assert!(!format!("{span:?}").contains("secret"), "the text leaves no trace");
    let of_send = &journal.stored[2..];
    assert!(of_send.iter().all(|(_, place)| place.own == span.context), "stored as its own ids");
}

#[test]
fn a_rejected_a_doubtful_and_a_late_send_are_errors_and_a_cancelled_one_is_not() {
    let mut journal = Journal::default();
    let mut end = |event: fn(AgentName, MessageId) -> Event| {
        journal.event(1000, queued("k3"), None);
        journal.event(2000, event(ada(), MessageId("k3".to_owned())), None).remove(0).error
    };
    assert_eq!(
        end(|agent, id| Event::MessageRejected { agent, id, reason: "busy".to_owned() }).as_deref(),
        Some("busy")
    );
    assert_eq!(
        end(|agent, id| Event::MessageUnknown { agent, id, reason: "gone".to_owned() }).as_deref(),
        Some("gone")
    );
    assert!(end(|agent, id| Event::MessageExpired { agent, id }).is_some());
    assert_eq!(end(|agent, id| Event::MessageCancelled { agent, id }), None);
}

#[test]
fn a_start_ends_when_the_process_runs_or_fails_with_how_it_ended() {
    let mut journal = Journal::default();
    assert!(journal.event(10, starting(), None).is_empty());
    let started = Event::SessionStarted { agent: ada(), session: life(), pid: 4242 };
    let span = journal.event(30, started, None).remove(0);
    assert_eq!((span.name, span.start_ms, span.end_ms), ("mosaic.lifecycle.start", 10, 30));
    assert_eq!(attribute(&span, "mosaic.session"), Some(life().0.as_str()));
    assert_eq!(attribute(&span, "mosaic.pid"), Some("4242"));
    assert_eq!(span.error, None);
    assert!(journal.event(40, exited(), None).is_empty(), "an exit ends no start that is over");
    journal.event(50, starting(), None);
    let span = journal.event(60, exited(), None).remove(0);
    assert_eq!((span.name, span.error.as_deref()), ("mosaic.lifecycle.start", Some("code 3")));
}

#[test]
fn a_stop_ends_with_the_exit_and_is_no_error() {
    let mut journal = Journal::default();
    journal.event(10, starting(), None);
    journal.event(20, Event::SessionStarted { agent: ada(), session: life(), pid: 1 }, None);
    let reason = "asked for".to_owned();
    let stopping = Event::SessionStopping { agent: ada(), session: life(), reason };
    journal.event(30, stopping, Some(command_context()));
    let span = journal.event(50, exited(), None).remove(0);
    assert_eq!((span.name, span.start_ms, span.end_ms), ("mosaic.lifecycle.stop", 30, 50));
    assert_eq!((span.parent, &span.error), (Some([2; 8]), &None));
    assert_eq!(attribute(&span, "mosaic.exit"), Some("code 3"));
}

#[test]
fn a_health_transition_is_a_span_of_its_own_moment() {
    let mut journal = Journal::default();
    let event = Event::HealthChanged {
        agent: ada(),
        session: Some(life()),
        from: "healthy".to_owned(),
        health: Health::Late,
    };
    let span = journal.event(70, event, None).remove(0);
    assert_eq!((span.name, span.start_ms, span.end_ms), ("mosaic.heartbeat.transition", 70, 70));
    assert_eq!(attribute(&span, "mosaic.health.from"), Some("healthy"));
    assert_eq!(attribute(&span, "mosaic.health.to"), Some("late"));
}

#[test]
fn a_start_that_has_to_wait_belongs_to_the_command_that_asked_for_it() {
    let mut journal = Journal::default();
    let started = || Event::SessionStarted { agent: ada(), session: life(), pid: 1 };
    let stopping =
        || Event::SessionStopping { agent: ada(), session: life(), reason: String::new() };
    journal.event(10, Event::AgentStarting { agent: ada() }, Some(command_context()));
    journal.event(20, starting(), None);
    let span = journal.event(30, started(), None).remove(0);
    assert_eq!((span.context.trace_id, span.parent), ([1; 16], Some([2; 8])));

    journal.event(40, exited(), None);
    journal.event(50, Event::AgentStarting { agent: ada() }, None);
    journal.event(50, starting(), None);
    let span = journal.event(60, started(), None).remove(0);
    assert_eq!(span.parent, None, "nobody asked for this one");
    assert_ne!(span.context.trace_id, [1; 16]);

    journal.event(70, stopping(), Some(command_context()));
    journal.event(80, exited(), None);
    journal.event(80, Event::AgentStarting { agent: ada() }, None);
    journal.event(80, starting(), None);
    let span = journal.event(90, started(), None).remove(0);
    assert_eq!(span.parent, Some([2; 8]), "a restart is a stop and a start");

    journal.event(100, stopping(), Some(command_context()));
    journal.event(110, exited(), None);
    let reason = "it is not wanted".to_owned();
    journal.event(110, Event::PaneLost { agent: ada(), reason }, None);
    journal.event(120, Event::AgentStarting { agent: ada() }, None);
    journal.event(130, starting(), None);
    let span = journal.event(140, started(), None).remove(0);
    assert_eq!(span.parent, None, "a stop asks for no start");
}

#[test]
fn a_command_span_names_the_command_and_carries_a_refusal() {
    let projector = Projector::default();
    let command = Command::StopAgent { agent: ada(), reason: String::new() };
    let caller = TraceContext { trace_id: [1; 16], span_id: [9; 8], sampled: true };
    let asked = CommandSpan {
        command: &command,
        context: command_context(),
        parent: Some(caller),
        start_ms: 1,
        end_ms: 2,
        error: Some("the supervisor is leaving".to_owned()),
    };
    let span = projector.command(LABELS, asked);
    assert_eq!(
        (span.name, span.context, span.parent),
        ("mosaic.command", command_context(), Some([9; 8]))
    );
    assert_eq!(attribute(&span, "mosaic.command"), Some("stop_agent"));
    assert_eq!(attribute(&span, "mosaic.agent"), Some("ada"));
    assert_eq!(span.error.as_deref(), Some("the supervisor is leaving"));
}

#[test]
fn a_span_of_another_trace_is_no_parent() {
    let mut projector = Projector::default();
    let other = TraceContext { trace_id: [3; 16], ..command_context() };
    let place = Place { own: command_context(), parent: Some(other) };
    let health = Health::Late;
    let event =
        Event::HealthChanged { agent: ada(), session: None, from: "late".to_owned(), health };
    let span = take(&mut projector, &Recorded { at: Moment::default(), event }, place).remove(0);
    assert_eq!(span.parent, None);
}

#[test]
fn a_replay_brings_back_the_spans_that_are_not_over() {
    let mut journal = Journal::default();
    journal.event(10, starting(), None);
    journal.event(1000, queued("k3"), Some(command_context()));
    let mut projector = Projector::default();
    for (recorded, place) in &journal.stored {
        // The journal keeps the event's own context; the one above is not stored.
        let own = place.own.to_string();
        assert!(projector.take(LABELS, recorded, Some(&own), None).is_empty());
    }
    let id = MessageId("k3".to_owned());
    let accepted = Event::MessageAccepted { agent: ada(), id, grade: Grade::Accepted };
    let place = projector.place(
        &accepted,
        Under::Observation(command_context()),
        [9; 24],
        std::iter::empty(),
    );
    assert_eq!(place.own, journal.stored[1].1.own);
    let at = Moment { wall_ms: 2000, mono_ms: 5 };
    let span = take(&mut projector, &Recorded { at, event: accepted }, place).remove(0);
    assert_eq!((span.start_ms, span.end_ms), (1000, 2000));
}

#[test]
fn what_never_ends_is_forgotten_in_the_end() {
    let mut journal = Journal::default();
    for number in 0..5000_u64 {
        let under = Under::Command(command_context());
        let place = journal.projector.place(
            &queued(&number.to_string()),
            under,
            [7; 24],
            std::iter::empty(),
        );
        let at = Moment { wall_ms: number, mono_ms: number };
        let recorded = Recorded { at, event: queued(&number.to_string()) };
        take(&mut journal.projector, &recorded, place);
    }
    let mut end = |id: &str| {
        let id = MessageId(id.to_owned());
        journal.event(9000, Event::MessageExpired { agent: ada(), id }, None).len()
    };
    assert_eq!((end("0"), end("4999")), (0, 1), "the oldest made room");
    for _ in 0..100 {
        let id = MessageId("4998".to_owned());
        let reason = "the composer is not empty".to_owned();
        let event = Event::MessageReturned { agent: ada(), id, reason, retry_in_ms: 1 };
        journal.random = 0;
        journal.event(9000, event, None);
    }
    let expired = Event::MessageExpired { agent: ada(), id: MessageId("4998".to_owned()) };
    assert!(journal.event(9001, expired, None)[0].events.len() < 40);
}

#[test]
fn an_event_without_a_trace_opens_no_span() {
    let mut projector = Projector::default();
    let recorded = Recorded { at: Moment::default(), event: queued("k3") };
    projector.take(LABELS, &recorded, None, None);
    projector.take(LABELS, &recorded, Some("nonsense"), None);
    let id = MessageId("k3".to_owned());
    let recorded =
        Recorded { at: Moment::default(), event: Event::MessageExpired { agent: ada(), id } };
    assert!(projector.take(LABELS, &recorded, None, None).is_empty());
}

#[test]
fn the_page_names_every_span_and_attribute() {
    let page = include_str!("../../../docs/telemetry.md");
    let source = [include_str!("projector.rs"), include_str!("words.rs")].concat();
    for word in source.split('"').filter(|text| text.starts_with("mosaic.")) {
        assert!(page.contains(&format!("`{word}`")), "docs/telemetry.md does not name {word}");
    }
}

fn attached(lease: Option<&str>) -> Event {
    Event::AttachStarted {
        agent: ada(),
        who: "alice".to_owned(),
        resize: false,
        lease: lease.map(|id| LeaseId(id.to_owned())),
        tty: Some("/dev/pts/3".to_owned()),
        pid: Some(7),
        by_hand: false,
        client: None,
        come_within_ms: 10_000,
    }
}

fn free(end: LeaseEnd, by: Option<&str>) -> Event {
    let by = by.map(str::to_owned);
    let reason = by.as_ref().map(|_| "a train".to_owned());
    Event::AttachEnded { agent: ada(), who: "alice".to_owned(), lease: None, end, by, reason }
}

#[test]
fn an_attach_is_one_span_that_says_whose_and_why_it_ended() {
    let mut journal = Journal::default();
    assert!(journal.event(1000, attached(Some("l1")), Some(command_context())).is_empty());
    let seated = Event::AttachSeated { agent: ada(), lease: None, client: 8 };
    assert!(journal.event(1100, seated, None).is_empty());
    let stolen = free(LeaseEnd::Stolen, Some("bob on /dev/pts/5"));
    let span = journal.event(2000, stolen, None).remove(0);
    assert_eq!((span.name, span.start_ms, span.end_ms), ("mosaic.attach", 1000, 2000));
    assert_eq!(span.context.trace_id, command_context().trace_id);
    assert_eq!(span.parent, Some(command_context().span_id));
    assert_eq!(span.events, [("seated".to_owned(), 1100)]);
    assert_eq!(attribute(&span, "mosaic.attach.who"), Some("alice"));
    assert_eq!(attribute(&span, "mosaic.attach.tty"), Some("/dev/pts/3"));
    assert_eq!(attribute(&span, "mosaic.attach.end"), Some("stolen"));
    assert_eq!(attribute(&span, "mosaic.attach.by"), Some("bob on /dev/pts/5"));
    assert_eq!(attribute(&span, "mosaic.reason"), Some("a train"));
    assert_eq!(span.error, None);
    journal.event(3000, attached(Some("l2")), None);
    let span = journal.event(4000, free(LeaseEnd::Expired, None), None).remove(0);
    assert!(span.error.is_some(), "nobody came");
    // A journal that knew no leases stored no ids of a span with them.
    journal.event(5000, attached(None), None);
    assert!(journal.event(6000, free(LeaseEnd::Detached, None), None).is_empty());
}
