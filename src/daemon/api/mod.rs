//! The API: HTTP/JSON on the unix socket. Translates and asks; never decides.

mod agents;
mod asked;
mod caller;
mod error;
mod events;
mod measured;
mod messages;
mod output;
mod roster;
mod routes;
mod serve;
mod standing;
mod state;
mod supervisor;
mod talk;
mod watch;

#[cfg(test)]
mod tests;

pub use error::ApiError;
pub use serve::serve;
pub use state::{Answering, ApiState, Form, Reads};
