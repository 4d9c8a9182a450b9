//! The collector as the environment names it: whether it is wanted, who we are to it, and how long
//! it may keep us. It sends nothing.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;

/// What a supervisor that leaves gives its last spans and figures; a dead collector costs no more.
pub(super) const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(2);

/// An endpoint is set for this signal, and none of the standard switches says no.
pub(super) fn is_wanted(signal: &str) -> bool {
    let is = |name: &str, word: &str| {
        std::env::var(name).is_ok_and(|value| value.trim().eq_ignore_ascii_case(word))
    };
    let set = |name: &str| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
    let off = is("OTEL_SDK_DISABLED", "true") || is(&format!("OTEL_{signal}_EXPORTER"), "none");
    let own = format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT");
    !off && (set(&own) || set("OTEL_EXPORTER_OTLP_ENDPOINT"))
}

/// Who sends: `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` count, as everywhere.
pub(super) fn resource(service_version: &str) -> Resource {
    let name = std::env::var("OTEL_SERVICE_NAME").ok().filter(|name| !name.is_empty());
    Resource::builder()
        .with_service_name(name.unwrap_or_else(|| "mosaic".to_owned()))
        .with_attribute(KeyValue::new("service.version", service_version.to_owned()))
        .build()
}
