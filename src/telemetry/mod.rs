//! Tracing, and OpenTelemetry when an endpoint is set. Tells what happened; changes nothing.

mod context;
mod export;
mod log;

#[cfg(test)]
mod tests;

pub use context::TraceContext;
pub use export::{Finished, Telemetry};
