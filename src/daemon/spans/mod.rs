//! From journal events to spans: a projection that can be rebuilt, and never writes.

mod open;
mod place;
mod projector;
mod sends;
mod words;

#[cfg(test)]
mod tests;

pub use place::{Place, Under};
pub use projector::{CommandSpan, Projector};
pub use words::Labels;
