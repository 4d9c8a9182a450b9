//! The exporter against a real receiver, a dead one and a mute one.

use std::net::TcpListener;
use std::time::Duration;

use super::{Finished, Telemetry, TraceContext};

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

#[expect(clippy::disallowed_methods, reason = "a test measures; telemetry itself reads no clock")]
fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}
