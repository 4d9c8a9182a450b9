//! Finished spans to an OTLP collector. Never blocks, never fails a caller.
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

use super::Finished;
use super::collector::{SHUTDOWN_DEADLINE, resource};

/// The way of spans to the collector.
#[derive(Debug)]
pub struct Spans {
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

impl Spans {
    /// Spans to this endpoint (`http://host:4318/v1/traces`), else where the environment says.
    pub fn to(endpoint: Option<&str>, service_version: &str) -> Option<Self> {
        let mut exporter = Otlp::builder().with_http();
        if let Some(endpoint) = endpoint {
            exporter = exporter.with_endpoint(endpoint);
        }
        let exporter = exporter.build().inspect_err(|error| {
            tracing::warn!(%error, "spans are not exported: OTEL_EXPORTER_OTLP_* is wrong");
        });
        exporter.ok().map(|exporter| Self::over(exporter, service_version))
    }

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

    /// Hands a span over. A full queue loses it.
    pub fn export(&self, span: Finished) {
        self.counts.handed_over.fetch_add(1, Ordering::Relaxed);
        self.processor.on_end(data(span, self.scope.clone()));
    }

    /// How many were handed over, and how many of them the collector has taken.
    pub fn told(&self) -> (u64, u64) {
        // What was taken first: it is never more than what was handed over.
        let taken = self.counts.taken.load(Ordering::Relaxed);
        (self.counts.handed_over.load(Ordering::Relaxed), taken)
    }

    /// Sends what waits, and ends.
    pub fn shutdown(&self) {
        if let Err(error) = self.processor.shutdown_with_timeout(SHUTDOWN_DEADLINE) {
            tracing::warn!(%error, "the last spans did not reach the collector");
        }
    }
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
