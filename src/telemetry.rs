//! Tracing, and OpenTelemetry when an endpoint is set.
