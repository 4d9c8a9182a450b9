//! A span that is over, as the rest of the program tells it; it knows no collector.

use super::TraceContext;

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
