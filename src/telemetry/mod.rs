//! Tracing, and OpenTelemetry when an endpoint is set. Tells what happened; changes nothing.

mod context;
mod export;
mod log;
mod metrics;

#[cfg(test)]
mod tests;

pub use context::TraceContext;
pub use export::{Attributes, Finished, Telemetry};
pub use metrics::{Count, Look, Looked, Looking, Took};
