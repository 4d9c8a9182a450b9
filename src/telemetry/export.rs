//! Finished spans to an OTLP collector, when an endpoint is set. Never blocks, never fails a caller.
//!
//! The ids of a span are given: they stand in the journal beside the events that it tells of. So
//! the records are made here, by hand, and go to the SDK's batch processor, whose own thread holds
//! a bounded queue and the exporter; a tracer would invent ids.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::TraceState;
use opentelemetry::trace::{Event, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{SpanExporter as Otlp, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::SpanProcessor as _;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanExporter, SpanLinks};

use super::{TraceContext, log};

/// What a supervisor that leaves gives its last spans; a dead collector costs no more.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(2);

/// A span that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// `mosaic.send`, …
    pub name: &'static str,
    /// Its own ids.
    pub context: TraceContext,
    /// The span above it, in the same trace.
    pub parent: Option<[u8; 8]>,
    /// When it began, milliseconds since 1970.
    pub start_ms: u64,
    /// When it ended.
    pub end_ms: u64,
    /// What it is about.
    pub attributes: Vec<(&'static str, String)>,
    /// What happened in it, and when.
    pub events: Vec<(String, u64)>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// The log, and the way to the collector.
#[derive(Debug, Default)]
pub struct Telemetry {
    spans: Option<Spans>,
}

#[derive(Debug)]
struct Spans {
    processor: BatchSpanProcessor,
    counts: Arc<Counts>,
    scope: InstrumentationScope,
}

/// What became of spans; what was handed over and not taken is lost or still waits.
#[derive(Debug, Default)]
struct Counts {
    handed_over: AtomicU64,
    taken: AtomicU64,
    failed_batches: AtomicU64,
}

impl Telemetry {
    /// Begins to log, and to export when `OTEL_EXPORTER_OTLP_ENDPOINT` or
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is set. Call it before an async runtime runs.
    pub fn start(service_version: &str) -> Self {
        log::start();
        if !is_wanted() {
            return Self::default();
        }
        Self::exporting(None, service_version)
    }

    /// Exports to this endpoint (`http://host:4318/v1/traces`), else where the environment says.
    fn exporting(endpoint: Option<&str>, service_version: &str) -> Self {
        let mut exporter = Otlp::builder().with_http();
        if let Some(endpoint) = endpoint {
            exporter = exporter.with_endpoint(endpoint);
        }
        match exporter.build() {
            Ok(exporter) => Self { spans: Some(Spans::over(exporter, service_version)) },
            Err(error) => {
                tracing::warn!(%error, "spans are not exported: OTEL_EXPORTER_OTLP_* is wrong");
                Self::default()
            }
        }
    }

    /// Exports to an endpoint of one's own, without the log.
    #[cfg(test)]
    pub fn over(endpoint: &str) -> Self {
        Self::exporting(Some(endpoint), "0.0.0-test")
    }

    /// Hands a span over. A full queue loses it; an unsampled trace is not exported.
    pub fn export(&self, span: Finished) {
        if let Some(spans) = self.spans.as_ref().filter(|_| span.context.sampled) {
            spans.counts.handed_over.fetch_add(1, Ordering::Relaxed);
            spans.processor.on_end(data(span, spans.scope.clone()));
        }
    }

    /// Sends what waits, for two seconds at most, stops exporting, and says how much was lost.
    /// Blocks: call it where the async runtime has nothing more to do.
    pub fn shutdown(&self) {
        let Some(spans) = &self.spans else { return };
        if let Err(error) = spans.processor.shutdown_with_timeout(SHUTDOWN_DEADLINE) {
            tracing::warn!(%error, "the last spans did not reach the collector");
        }
        let (lost, of) = self.lost();
        if lost > 0 {
            tracing::warn!(lost, of, "spans did not reach the collector");
        }
    }

    /// How many spans no collector has taken so far, dropped ones included, and of how many.
    pub fn lost(&self) -> (u64, u64) {
        let Some(spans) = &self.spans else { return (0, 0) };
        let taken = spans.counts.taken.load(Ordering::Relaxed);
        let handed_over = spans.counts.handed_over.load(Ordering::Relaxed);
        (handed_over.saturating_sub(taken), handed_over)
    }
}

/// An endpoint is set, and the standard switch does not say no.
fn is_wanted() -> bool {
    let set = |name: &str| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
    let disabled = std::env::var("OTEL_SDK_DISABLED").is_ok_and(|v| v.eq_ignore_ascii_case("true"));
    let endpoint = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
    !disabled && endpoint.into_iter().any(set)
}

impl Spans {
    fn over(exporter: Otlp, service_version: &str) -> Self {
        let counts = Arc::<Counts>::default();
        let counted = Counted { exporter, counts: Arc::clone(&counts) };
        let mut processor = BatchSpanProcessor::builder(counted).build();
        processor.set_resource(&resource(service_version));
        let scope = InstrumentationScope::builder("mosaic")
            .with_version(service_version.to_owned())
            .build();
        Self { processor, counts, scope }
    }
}

/// Who sends: `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` count, as everywhere.
fn resource(service_version: &str) -> Resource {
    let name = std::env::var("OTEL_SERVICE_NAME").ok().filter(|name| !name.is_empty());
    Resource::builder()
        .with_service_name(name.unwrap_or_else(|| "mosaic".to_owned()))
        .with_attribute(KeyValue::new("service.version", service_version.to_owned()))
        .build()
}

/// Counts what does not get through, and says the first one: a dead collector must not fill the log.
#[derive(Debug)]
struct Counted {
    exporter: Otlp,
    counts: Arc<Counts>,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        let result = self.exporter.export(batch).await;
        match &result {
            Ok(()) => {
                self.counts.taken.fetch_add(spans, Ordering::Relaxed);
            }
            Err(error) if self.counts.failed_batches.fetch_add(1, Ordering::Relaxed) == 0 => {
                tracing::warn!(%error, "the collector does not take spans; said once, then counted");
            }
            Err(_) => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// The SDK's record of a span, with exactly our ids.
fn data(span: Finished, scope: InstrumentationScope) -> SpanData {
    let at = |ms: u64| UNIX_EPOCH + Duration::from_millis(ms);
    let mut events = SpanEvents::default();
    events.events =
        span.events.into_iter().map(|(name, ms)| Event::new(name, at(ms), Vec::new(), 0)).collect();
    let attributes = span.attributes.into_iter();
    SpanData {
        span_context: SpanContext::new(
            TraceId::from_bytes(span.context.trace_id),
            SpanId::from_bytes(span.context.span_id),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        ),
        parent_span_id: span.parent.map_or(SpanId::INVALID, SpanId::from_bytes),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: span.name.into(),
        start_time: at(span.start_ms),
        end_time: at(span.end_ms),
        attributes: attributes.map(|(key, value)| KeyValue::new(key, value)).collect(),
        dropped_attributes_count: 0,
        events,
        links: SpanLinks::default(),
        status: span.error.map_or(Status::Unset, Status::error),
        instrumentation_scope: scope,
    }
}
