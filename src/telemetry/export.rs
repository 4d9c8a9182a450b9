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
use opentelemetry_otlp::{MetricExporter, SpanExporter as Otlp, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::SpanProcessor as _;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanExporter, SpanLinks};

use super::metrics::{Count, Looking, Metrics, Took};
use super::{TraceContext, log};

/// What a supervisor that leaves gives its last spans and figures; a dead collector costs no more.
pub(super) const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(2);

/// What something is about: keys of `docs/telemetry.md`.
pub type Attributes = Vec<(&'static str, String)>;

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
    pub attributes: Attributes,
    /// What happened in it, and when.
    pub events: Vec<(String, u64)>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// The log, and the way to the collector.
#[derive(Debug, Default)]
pub struct Telemetry {
    spans: Option<Spans>,
    metrics: Option<Metrics>,
}

/// What became of what was told; all of it stays 0 without an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// Spans that were handed over.
    pub spans: u64,
    /// Those that the collector has taken; the rest is lost or still waits.
    pub spans_taken: u64,
    /// How often the figures were told.
    pub exports: u64,
    /// How often the collector did not take them.
    pub exports_failed: u64,
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
    /// Begins to log, and to export spans and figures when `OTEL_EXPORTER_OTLP_ENDPOINT` or the
    /// signal's own variable is set. Call it before an async runtime runs.
    pub fn start(service_version: &str) -> Self {
        log::start();
        Self {
            spans: is_wanted("TRACES").then(|| Spans::to(None, service_version)).flatten(),
            metrics: is_wanted("METRICS").then(|| metrics_to(None, service_version)).flatten(),
        }
    }

    /// Exports spans to an endpoint of one's own, without the log.
    #[cfg(test)]
    pub fn over(endpoint: &str) -> Self {
        Self { spans: Spans::to(Some(endpoint), "0.0.0-test"), metrics: None }
    }

    /// Exports figures to an endpoint of one's own, without the log.
    #[cfg(test)]
    pub fn measuring(endpoint: &str) -> Self {
        Self { spans: None, metrics: metrics_to(Some(endpoint), "0.0.0-test") }
    }

    /// Notes how long something took; attributes are only made when somebody is told.
    pub fn took(&self, what: Took, duration: Duration, attributes: impl FnOnce() -> Attributes) {
        if let Some(metrics) = &self.metrics {
            metrics.took(what, duration, attributes());
        }
    }

    /// Counts one.
    pub fn count(&self, what: Count, attributes: impl FnOnce() -> Attributes) {
        if let Some(metrics) = &self.metrics {
            metrics.count(what, attributes());
        }
    }

    /// Says who makes the values that are looked at when the collector is told.
    pub fn look(&self, looking: impl FnOnce() -> Looking) {
        if let Some(metrics) = &self.metrics {
            metrics.look(looking());
        }
    }

    /// Hands a span over. A full queue loses it; an unsampled trace is not exported.
    pub fn export(&self, span: Finished) {
        if let Some(metrics) = &self.metrics {
            metrics.span(&span);
        }
        if let Some(spans) = self.spans.as_ref().filter(|_| span.context.sampled) {
            spans.counts.handed_over.fetch_add(1, Ordering::Relaxed);
            spans.processor.on_end(data(span, spans.scope.clone()));
        }
    }

    /// Sends what waits, for two seconds at most each, stops exporting, and says how much was lost.
    /// Blocks: call it where the async runtime has nothing more to do.
    pub fn shutdown(&self) {
        if self.metrics.as_ref().is_some_and(|metrics| !metrics.shutdown()) {
            let Told { exports: of, exports_failed: failed, .. } = self.told();
            tracing::warn!(failed, of, "the last figures did not reach the collector");
        }
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
        let Told { spans, spans_taken, .. } = self.told();
        (spans.saturating_sub(spans_taken), spans)
    }

    /// What was told so far.
    pub fn told(&self) -> Told {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = self.spans.as_ref().map(|spans| &spans.counts);
        // What was taken first: it is never more than what was handed over.
        let spans_taken = counts.map_or(0, |counts| count(&counts.taken));
        let spans = counts.map_or(0, |counts| count(&counts.handed_over));
        let (exports, exports_failed) = self.metrics.as_ref().map_or((0, 0), Metrics::exports);
        Told { spans, spans_taken, exports, exports_failed }
    }

    /// Whether anything is exported.
    pub fn is_on(&self) -> bool {
        self.spans.is_some() || self.metrics.is_some()
    }
}

/// An endpoint is set for this signal, and none of the standard switches says no.
fn is_wanted(signal: &str) -> bool {
    let is = |name: &str, word: &str| {
        std::env::var(name).is_ok_and(|value| value.trim().eq_ignore_ascii_case(word))
    };
    let set = |name: &str| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
    let off = is("OTEL_SDK_DISABLED", "true") || is(&format!("OTEL_{signal}_EXPORTER"), "none");
    let own = format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT");
    !off && (set(&own) || set("OTEL_EXPORTER_OTLP_ENDPOINT"))
}

/// Figures to this endpoint (`http://host:4318/v1/metrics`), else where the environment says.
fn metrics_to(endpoint: Option<&str>, service_version: &str) -> Option<Metrics> {
    let mut exporter = MetricExporter::builder().with_http();
    if let Some(endpoint) = endpoint {
        exporter = exporter.with_endpoint(endpoint);
    }
    let exporter = exporter.build().inspect_err(|error| {
        tracing::warn!(%error, "metrics are not exported: OTEL_EXPORTER_OTLP_* is wrong");
    });
    exporter.ok().map(|exporter| Metrics::over(exporter, service_version))
}

impl Spans {
    /// Spans to this endpoint (`http://host:4318/v1/traces`), else where the environment says.
    fn to(endpoint: Option<&str>, service_version: &str) -> Option<Self> {
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
}

/// Who sends: `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` count, as everywhere.
pub(super) fn resource(service_version: &str) -> Resource {
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
