//! A loopback OTLP/HTTP collector: takes spans and figures, decodes the protobuf, keeps them.
//!
//! Plain threads and a plain socket, so that a test of the exporter shares no HTTP code with it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
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

/// One series of a figure as it came over the wire.
#[derive(Debug, Clone)]
pub struct Figure {
    pub name: String,
    pub unit: String,
    pub attributes: BTreeMap<String, String>,
    /// How much of a counter, the value of a gauge, the sum of a histogram.
    pub value: f64,
    /// How many values a histogram took; 1 for the others.
    pub count: u64,
    /// Attributes of the resource it came from.
    pub resource: BTreeMap<String, String>,
}

#[derive(Default)]
struct Kept {
    spans: Vec<Seen>,
    figures: Vec<Figure>,
}

type Shared = Arc<(Mutex<Kept>, Condvar)>;

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

    /// For `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`.
    pub fn metrics_endpoint(&self) -> String {
        format!("http://{}/v1/metrics", self.address)
    }

    /// Waits until the spans that came satisfy `enough`, and returns them; panics after `deadline`.
    pub fn wait_until(&self, deadline: Duration, enough: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        self.wait(deadline, |kept| enough(&kept.spans), |kept| kept.spans.clone())
    }

    /// The same for figures: every export of each series, oldest first.
    pub fn wait_for_figures(
        &self,
        deadline: Duration,
        enough: impl Fn(&[Figure]) -> bool,
    ) -> Vec<Figure> {
        self.wait(deadline, |kept| enough(&kept.figures), |kept| kept.figures.clone())
    }

    fn wait<T: std::fmt::Debug>(
        &self,
        deadline: Duration,
        enough: impl Fn(&Kept) -> bool,
        of: impl Fn(&Kept) -> T,
    ) -> T {
        let (kept, changed) = &*self.seen;
        let guard = kept.lock().unwrap();
        let (guard, waited) =
            changed.wait_timeout_while(guard, deadline, |kept| !enough(kept)).unwrap();
        let seen = of(&guard);
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
        let (mut spans_taken, mut figures_taken) = (Vec::new(), Vec::new());
        let mut status = "200 OK";
        if head.starts_with("POST /v1/traces ") {
            spans_taken = spans(&body);
        } else if head.starts_with("POST /v1/metrics ") {
            figures_taken = figures(&body);
        } else {
            status = "404 Not Found";
        }
        let (kept, changed) = &**seen;
        let mut guard = kept.lock().unwrap();
        guard.spans.extend(spans_taken);
        guard.figures.extend(figures_taken);
        drop(guard);
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
    let (mut length, mut is_packed) = (0, false);
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
        is_packed |= line.to_ascii_lowercase().starts_with("content-encoding: gzip");
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    if is_packed {
        let mut whole = Vec::new();
        flate2::read::GzDecoder::new(&*body).read_to_end(&mut whole).unwrap();
        body = whole;
    }
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

fn figures(body: &[u8]) -> Vec<Figure> {
    let request = ExportMetricsServiceRequest::decode(body).unwrap();
    let mut figures = Vec::new();
    for of_resource in request.resource_metrics {
        let resource = texts(&of_resource.resource.unwrap_or_default().attributes);
        for metric in of_resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics) {
            for (attributes, value, count) in points(metric.data.unwrap()) {
                figures.push(Figure {
                    name: metric.name.clone(),
                    unit: metric.unit.clone(),
                    attributes: texts(&attributes),
                    value,
                    count,
                    resource: resource.clone(),
                });
            }
        }
    }
    figures
}

/// Each series of a figure: its attributes, its value, and how many values it is made of.
fn points(data: Data) -> Vec<(Vec<KeyValue>, f64, u64)> {
    let numbers = match data {
        Data::Gauge(gauge) => gauge.data_points,
        Data::Sum(sum) => sum.data_points,
        Data::Histogram(histogram) => {
            let points = histogram.data_points.into_iter();
            return points
                .map(|point| (point.attributes, point.sum.unwrap_or_default(), point.count))
                .collect();
        }
        Data::ExponentialHistogram(_) | Data::Summary(_) => panic!("nobody makes these: {data:?}"),
    };
    let value = |number| match number {
        Some(number_data_point::Value::AsDouble(value)) => value,
        #[expect(clippy::cast_precision_loss, reason = "a test counts to small numbers")]
        Some(number_data_point::Value::AsInt(value)) => value as f64,
        None => panic!("a series without a value"),
    };
    numbers.into_iter().map(|point| (point.attributes, value(point.value), 1)).collect()
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
