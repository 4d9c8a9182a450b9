//! What the rest of the program tells, on its way to the collector. Never blocks, never fails a caller.

use std::time::Duration;

use super::collector::is_wanted;
use super::figures::{Count, Looking, Took};
use super::metrics::Metrics;
use super::spans::Spans;
use super::{Attributes, Finished, log};

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

impl Telemetry {
    /// Begins to log, and to export spans and figures when `OTEL_EXPORTER_OTLP_ENDPOINT` or the
    /// signal's own variable is set. Call it before an async runtime runs.
    pub fn start(service_version: &str) -> Self {
        log::start();
        Self {
            spans: is_wanted("TRACES").then(|| Spans::to(None, service_version)).flatten(),
            metrics: is_wanted("METRICS").then(|| Metrics::to(None, service_version)).flatten(),
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
        Self { spans: None, metrics: Metrics::to(Some(endpoint), "0.0.0-test") }
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
            spans.export(span);
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
        spans.shutdown();
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
        let (spans, spans_taken) = self.spans.as_ref().map_or((0, 0), Spans::told);
        let (exports, exports_failed) = self.metrics.as_ref().map_or((0, 0), Metrics::exports);
        Told { spans, spans_taken, exports, exports_failed }
    }

    /// Whether anything is exported.
    pub fn is_on(&self) -> bool {
        self.spans.is_some() || self.metrics.is_some()
    }
}
