//! From journal events to spans: a projection that can be rebuilt, and never writes.

mod projector;
mod words;

#[cfg(test)]
mod tests;

pub use projector::{CommandSpan, Place, Projector, Under};
pub use words::Labels;
