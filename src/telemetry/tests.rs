//! The exporter against a real receiver, a dead one, a mute one and one that refuses.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use super::{Attributes, Count, Finished, Look, Looking, Telemetry, Took, TraceContext};

#[path = "../../tests/otlp/receiver.rs"]
#[expect(dead_code, reason = "end-to-end tests use the rest")]
mod receiver;

const SOON: Duration = Duration::from_secs(20);

fn span(name: &'static str, sampled: bool) -> Finished {
    Finished {
        name,
        context: TraceContext { trace_id: [0xab; 16], span_id: [0xcd; 8], sampled },
        parent: Some([0xef; 8]),
        start_ms: 1_700_000_000_123,
        end_ms: 1_700_000_000_456,
        attributes: vec![("mosaic.agent", "ada".to_owned())],
        events: vec![("typed".to_owned(), 1_700_000_000_200)],
        error: Some("the runtime refused it".to_owned()),
    }
}

#[test]
fn a_span_arrives_with_exactly_the_ids_that_it_was_given() {
    let receiver = receiver::Receiver::start();
    let telemetry = Telemetry::over(&receiver.traces_endpoint());
    telemetry.export(span("mosaic.send", true));
    telemetry.shutdown();
    let seen = receiver.wait_until(SOON, |spans| !spans.is_empty()).remove(0);
    assert_eq!(seen.name, "mosaic.send");
    assert_eq!(seen.trace_id, "ab".repeat(16));
    assert_eq!((seen.span_id, seen.parent_span_id), ("cd".repeat(8), "ef".repeat(8)));
    assert_eq!((seen.start_ms, seen.end_ms), (1_700_000_000_123, 1_700_000_000_456));
    assert_eq!(seen.attributes["mosaic.agent"], "ada");
    assert_eq!(seen.events, [("typed".to_owned(), 1_700_000_000_200)]);
    assert_eq!(seen.error.as_deref(), Some("the runtime refused it"));
    assert_eq!(seen.resource["service.name"], "mosaic");
    assert_eq!(seen.resource["service.version"], "0.0.0-test");
    assert_eq!(telemetry.lost(), (0, 1));
}

#[test]
fn a_trace_that_its_caller_does_not_record_is_not_exported() {
    let receiver = receiver::Receiver::start();
    let telemetry = Telemetry::over(&receiver.traces_endpoint());
    telemetry.export(span("unsampled", false));
    telemetry.export(span("sampled", true));
    telemetry.shutdown();
    let seen = receiver.wait_until(SOON, |spans| !spans.is_empty());
    assert_eq!(seen.iter().map(|span| span.name.as_str()).collect::<Vec<_>>(), ["sampled"]);
}

#[test]
fn a_dead_collector_costs_a_counter_and_nothing_else() {
    // Bound and dropped: nobody listens on this port.
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let telemetry = Telemetry::over(&format!("http://{dead}/v1/traces"));
    let begin = stopwatch();
    // More than the queue holds: what is too much is dropped, nobody waits.
    for _ in 0..5000 {
        telemetry.export(span("mosaic.send", true));
    }
    assert!(begin.elapsed() < Duration::from_secs(2), "exporting blocked its caller");
    telemetry.shutdown();
    assert!(begin.elapsed() < Duration::from_secs(10), "shutting down did not keep its deadline");
    assert_eq!(telemetry.lost(), (5000, 5000), "what the queue dropped is counted too");
}

#[test]
fn a_collector_that_never_answers_holds_shutdown_no_longer_than_its_deadline() {
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let telemetry = Telemetry::over(&format!("http://{}/v1/traces", mute.local_addr().unwrap()));
    telemetry.export(span("mosaic.send", true));
    let begin = stopwatch();
    telemetry.shutdown();
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn inside_an_async_runtime_exporting_and_shutting_down_do_not_panic() {
    let receiver = receiver::Receiver::start();
    let telemetry = Telemetry::over(&receiver.traces_endpoint());
    telemetry.export(span("mosaic.send", true));
    telemetry.shutdown();
    drop(telemetry);
    receiver.wait_until(SOON, |spans| spans.len() == 1);
}

#[test]
fn without_an_endpoint_nothing_is_exported() {
    let telemetry = Telemetry::default();
    telemetry.export(span("mosaic.send", true));
    telemetry.shutdown();
    assert_eq!(telemetry.lost(), (0, 0));
}

fn of(agent: &str) -> Attributes {
    vec![("mosaic.agent", agent.to_owned())]
}

#[test]
fn figures_arrive_with_their_unit_and_whose_they_are() {
    let receiver = receiver::Receiver::start();
    let telemetry = Telemetry::measuring(&receiver.metrics_endpoint());
    for milliseconds in [2, 4] {
        let took = Duration::from_millis(milliseconds);
        telemetry.took(Took::HeartbeatRoundTrip, took, || of("ada"));
    }
    telemetry.count(Count::Restart, || of("ada"));
    telemetry.count(Count::Restart, || of("bob"));
    telemetry.look(|| -> Looking { Box::new(|| vec![(Look::HeartbeatAge, 1.5, of("ada"))]) });
    telemetry.shutdown();
    let seen = receiver.wait_for_figures(SOON, |figures| figures.len() >= 4);
    let one = |name: &str, agent: &str| {
        let is = |figure: &&receiver::Figure| {
            figure.name == name && figure.attributes["mosaic.agent"] == agent
        };
        seen.iter().find(is).unwrap_or_else(|| panic!("no {name} of {agent}: {seen:#?}")).clone()
    };
    let rtt = one("mosaic.heartbeat.rtt", "ada");
    assert_eq!((&*rtt.unit, rtt.count), ("s", 2));
    assert!((rtt.value - 0.006).abs() < 1e-9, "{rtt:?}");
    let (ada, bob) = (one("mosaic.agent.restarts", "ada"), one("mosaic.agent.restarts", "bob"));
    assert_eq!((&*ada.unit, ada.value, bob.value), ("{restart}", 1.0, 1.0));
    let age = one("mosaic.heartbeat.age", "ada");
    assert_eq!((&*age.unit, age.value), ("s", 1.5));
    assert_eq!(age.resource["service.name"], "mosaic");
    assert_eq!((telemetry.told().exports, telemetry.told().exports_failed), (1, 0));
}

#[test]
fn a_span_is_a_figure_too_whether_its_trace_is_recorded_or_not() {
    let receiver = receiver::Receiver::start();
    let telemetry = Telemetry::measuring(&receiver.metrics_endpoint());
    telemetry.export(span("mosaic.send", true));
    telemetry.export(span("mosaic.send", false));
    telemetry.export(span("mosaic.heartbeat.transition", true));
    telemetry.shutdown();
    let seen = receiver.wait_for_figures(SOON, |figures| !figures.is_empty());
    let [send] = &seen[..] else { panic!("{seen:#?}") };
    assert_eq!((&*send.name, send.count), ("mosaic.send.duration", 2));
    assert!((send.value - 0.666).abs() < 1e-9, "{send:?}");
    assert_eq!(send.attributes["error.type"], "failed");
    assert_eq!(send.attributes["mosaic.agent"], "ada");
}

/// A collector that answers everything with this status and nothing else.
fn answering(status: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _some_of_it = stream.read(&mut [0; 65_536]);
            let _gone = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        }
    });
    address
}

#[test]
fn a_collector_that_refuses_is_counted_and_one_that_is_mute_holds_nobody_up() {
    let refusing = answering("503 Service Unavailable");
    let telemetry = Telemetry::measuring(&format!("http://{refusing}/v1/metrics"));
    telemetry.count(Count::Hold, || of("ada"));
    telemetry.shutdown();
    assert_eq!((telemetry.told().exports, telemetry.told().exports_failed), (1, 1));
    let spans = Telemetry::over(&format!("http://{refusing}/v1/traces"));
    spans.export(span("mosaic.send", true));
    spans.shutdown();
    assert_eq!(spans.lost(), (1, 1));

    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/v1/metrics", mute.local_addr().unwrap());
    let telemetry = Telemetry::measuring(&endpoint);
    telemetry.count(Count::Hold, || of("ada"));
    let begin = stopwatch();
    telemetry.shutdown();
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
}

#[test]
fn every_figure_stands_on_its_page_with_its_unit_and_no_other_does() {
    let page = include_str!("../../docs/telemetry.md");
    let section = page.split("\n## ").find(|section| section.starts_with("Metrics")).unwrap();
    let mut told: Vec<_> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | `"))
        .map(|(name, rest)| (name, rest.split('`').next().unwrap()))
        .collect();
    let mut made = super::figures::names();
    told.sort_unstable();
    made.sort_unstable();
    assert_eq!(told, made);
}

#[test]
fn without_an_endpoint_nobody_makes_attributes() {
    let telemetry = Telemetry::default();
    telemetry.took(Took::Command, Duration::ZERO, || panic!("it costs something"));
    telemetry.count(Count::Hold, || panic!("it costs something"));
    telemetry.look(|| panic!("it costs something"));
    assert!(!telemetry.is_on());
}

#[expect(clippy::disallowed_methods, reason = "a test measures; telemetry itself reads no clock")]
fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}
