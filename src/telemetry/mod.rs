//! Tracing, and OpenTelemetry when an endpoint is set. Tells what happened; changes nothing.

mod collector;
mod context;
mod export;
mod figures;
mod finished;
mod log;
mod metrics;
mod spans;

#[cfg(test)]
mod tests;

pub use context::TraceContext;
pub use export::Telemetry;
pub use figures::{Count, Look, Looked, Looking, Took};
pub use finished::{Attributes, Finished};
