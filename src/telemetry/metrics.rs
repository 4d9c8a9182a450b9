//! Figures to an OTLP collector, when an endpoint is set. Never blocks, never fails a caller.
//!
//! The SDK adds up in memory and its own thread exports in a steady rhythm, so that what a
//! collector does costs nobody here anything but a counter.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider as _};
use opentelemetry_otlp::{MetricExporter as Otlp, WithExportConfig as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};

use super::collector::{SHUTDOWN_DEADLINE, resource};
use super::figures::{Count, Look, Looking, Took};
use super::{Attributes, Finished};

/// Seconds, from the round trip of a challenge to a message that waits for an hour: one scale for
/// all, so that figures can be laid over one another.
const SECONDS: [f64; 20] = [
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0, 60.0, 300.0, 3600.0,
];

/// What became of exports.
#[derive(Debug, Default)]
pub struct Exports {
    tried: AtomicU64,
    failed: AtomicU64,
}

/// The figures and the way to the collector.
pub struct Metrics {
    provider: SdkMeterProvider,
    exports: Arc<Exports>,
    took: [Histogram<f64>; Took::ALL.len()],
    count: [Counter<u64>; Count::ALL.len()],
    looking: Arc<OnceLock<Looking>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Metrics").field("exports", &self.exports).finish_non_exhaustive()
    }
}

impl Metrics {
    /// Figures to this endpoint (`http://host:4318/v1/metrics`), else where the environment says.
    pub fn to(endpoint: Option<&str>, service_version: &str) -> Option<Self> {
        let mut exporter = Otlp::builder().with_http();
        if let Some(endpoint) = endpoint {
            exporter = exporter.with_endpoint(endpoint);
        }
        let exporter = exporter.build().inspect_err(|error| {
            tracing::warn!(%error, "metrics are not exported: OTEL_EXPORTER_OTLP_* is wrong");
        });
        exporter.ok().map(|exporter| Self::over(exporter, service_version))
    }

    /// Figures that this exporter gets, every minute or as `OTEL_METRIC_EXPORT_INTERVAL` says.
    fn over(exporter: Otlp, service_version: &str) -> Self {
        let exports = Arc::<Exports>::default();
        let counted = Counted { exporter, exports: Arc::clone(&exports) };
        let provider = SdkMeterProvider::builder()
            .with_reader(PeriodicReader::builder(counted).build())
            .with_resource(resource(service_version))
            .build();
        let meter = provider.meter("mosaic");
        let looking = Arc::<OnceLock<Looking>>::default();
        for look in Look::ALL {
            observe(&meter, look, &looking);
        }
        Self {
            took: Took::ALL.map(|took| histogram(&meter, took)),
            count: Count::ALL.map(|count| counter(&meter, count)),
            provider,
            exports,
            looking,
        }
    }

    /// Notes how long something took.
    pub fn took(&self, what: Took, duration: Duration, attributes: Attributes) {
        let at = Took::ALL.iter().position(|known| *known == what);
        if let Some(histogram) = at.and_then(|at| self.took.get(at)) {
            histogram.record(duration.as_secs_f64(), &pairs(attributes));
        }
    }

    /// Counts one.
    pub fn count(&self, what: Count, attributes: Attributes) {
        let at = Count::ALL.iter().position(|known| *known == what);
        if let Some(counter) = at.and_then(|at| self.count.get(at)) {
            counter.add(1, &pairs(attributes));
        }
    }

    /// Notes a span that is also a figure.
    pub fn span(&self, span: &Finished) {
        let Some((what, keys)) = Took::of_span(span.name) else { return };
        let counts =
            |key: &str| ["mosaic.tenant", "mosaic.host"].contains(&key) || keys.contains(&key);
        let mut attributes: Attributes =
            span.attributes.iter().filter(|(key, _)| counts(key)).cloned().collect();
        // As in the span: why it failed is a text, that it failed is a figure.
        if span.error.is_some() {
            attributes.push(("error.type", "failed".to_owned()));
        }
        let took = Duration::from_millis(span.end_ms.saturating_sub(span.start_ms));
        self.took(what, took, attributes);
    }

    /// Says who makes the values that are looked at; the first one stays.
    pub fn look(&self, looking: Looking) {
        drop(self.looking.set(looking));
    }

    /// How often the collector was told, and how often that failed.
    pub fn exports(&self) -> (u64, u64) {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (count(&self.exports.tried), count(&self.exports.failed))
    }

    /// Tells the last figures; whether the collector took them before the deadline.
    pub fn shutdown(&self) -> bool {
        // The SDK waits as long as the exporter does; who leaves does not.
        let provider = self.provider.clone();
        let (say, said) = mpsc::channel();
        let begun = std::thread::Builder::new()
            .name("metrics-end".to_owned())
            .spawn(move || say.send(provider.shutdown().is_ok()));
        begun.is_ok() && said.recv_timeout(SHUTDOWN_DEADLINE).unwrap_or(false)
    }
}

fn histogram(meter: &Meter, took: Took) -> Histogram<f64> {
    let (name, description) = took.named();
    meter
        .f64_histogram(name)
        .with_unit("s")
        .with_description(description)
        .with_boundaries(SECONDS.to_vec())
        .build()
}

fn counter(meter: &Meter, count: Count) -> Counter<u64> {
    let (name, unit, description) = count.named();
    meter.u64_counter(name).with_unit(unit).with_description(description).build()
}

fn observe(meter: &Meter, look: Look, looking: &Arc<OnceLock<Looking>>) {
    let (name, unit, description) = look.named();
    let looking = Arc::clone(looking);
    let gauge = meter.f64_observable_gauge(name).with_unit(unit).with_description(description);
    // The SDK keeps it.
    let _registered = gauge
        .with_callback(move |observer| {
            let looked = looking.get().map(|looking| looking()).unwrap_or_default();
            for (of, value, attributes) in looked {
                if of == look {
                    observer.observe(value, &pairs(attributes));
                }
            }
        })
        .build();
}

fn pairs(attributes: Attributes) -> Vec<KeyValue> {
    attributes.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect()
}

/// Counts what does not get through, and says the first one.
struct Counted {
    exporter: Otlp,
    exports: Arc<Exports>,
}

impl PushMetricExporter for Counted {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.exports.tried.fetch_add(1, Ordering::Relaxed);
        let result = self.exporter.export(metrics).await;
        if let Err(error) = &result
            && self.exports.failed.fetch_add(1, Ordering::Relaxed) == 0
        {
            tracing::warn!(%error, "the collector does not take metrics; said once, then counted");
        }
        result
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}
