//! As the journal knows its place.

#[path = "../../src/host/journal/mod.rs"]
pub mod journal;
