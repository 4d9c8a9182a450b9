//! A loopback OTLP/HTTP collector: takes `POST /v1/traces`, decodes the protobuf, keeps the spans.
//!
//! Plain threads and a plain socket, so that a test of the exporter shares no HTTP code with it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use prost::Message as _;

/// A span as it came over the wire.
#[derive(Debug, Clone)]
pub struct Seen {
    pub name: String,
    pub trace_id: String,
    pub span_id: String,
    /// Empty for the first span of a trace.
    pub parent_span_id: String,
    pub start_ms: u64,
    pub end_ms: u64,
    pub attributes: BTreeMap<String, String>,
    pub events: Vec<(String, u64)>,
    /// The message of an error status.
    pub error: Option<String>,
    /// Attributes of the resource it came from.
    pub resource: BTreeMap<String, String>,
}

type Shared = Arc<(Mutex<Vec<Seen>>, Condvar)>;

/// The collector; its threads end with the test process.
pub struct Receiver {
    address: SocketAddr,
    seen: Shared,
}

impl Receiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Shared::default();
        let taking = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = taking.clone();
                std::thread::spawn(move || serve(stream, &seen));
            }
        });
        Self { address, seen }
    }

    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// For `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`.
    pub fn traces_endpoint(&self) -> String {
        format!("http://{}/v1/traces", self.address)
    }

    /// Waits until what came satisfies `enough`, and returns it; panics after `deadline`.
    pub fn wait_until(&self, deadline: Duration, enough: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let (spans, changed) = &*self.seen;
        let guard = spans.lock().unwrap();
        let (guard, waited) =
            changed.wait_timeout_while(guard, deadline, |spans| !enough(spans)).unwrap();
        let seen = guard.clone();
        // Not under the lock: the threads that receive go on.
        drop(guard);
        assert!(!waited.timed_out(), "within {deadline:?} only this came: {seen:#?}");
        seen
    }
}

/// Answers the requests of one connection until it ends.
fn serve(stream: TcpStream, seen: &Shared) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    while let Some((head, body)) = request(&mut reader) {
        let taken = head.starts_with("POST /v1/traces ").then(|| spans(&body));
        let status = if taken.is_some() { "200 OK" } else { "404 Not Found" };
        let (spans, changed) = &**seen;
        spans.lock().unwrap().extend(taken.unwrap_or_default());
        changed.notify_all();
        let reply = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
        );
        if writer.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn spans(body: &[u8]) -> Vec<Seen> {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let mut seen = Vec::new();
    for of_resource in request.resource_spans {
        let resource = texts(&of_resource.resource.unwrap_or_default().attributes);
        for span in of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            let is_error = span.status.as_ref().is_some_and(|status| status.code == 2);
            seen.push(Seen {
                name: span.name,
                trace_id: hexadecimal(&span.trace_id),
                span_id: hexadecimal(&span.span_id),
                parent_span_id: hexadecimal(&span.parent_span_id),
                start_ms: span.start_time_unix_nano / 1_000_000,
                end_ms: span.end_time_unix_nano / 1_000_000,
                attributes: texts(&span.attributes),
                events: span
                    .events
                    .into_iter()
                    .map(|event| (event.name, event.time_unix_nano / 1_000_000))
                    .collect(),
                error: span.status.filter(|_| is_error).map(|status| status.message),
                resource: resource.clone(),
            });
        }
    }
    seen
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |attribute: &KeyValue| {
        let Value::StringValue(text) = attribute.value.as_ref()?.value.as_ref()? else {
            return None;
        };
        Some((attribute.key.clone(), text.clone()))
    };
    attributes.iter().filter_map(text).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
