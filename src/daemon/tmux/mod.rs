//! Our tmux server as the supervisor keeps it: found or started, held, and connected to again.

mod hold;
mod link;
mod server;

pub use link::keep;
pub use server::note_socket;
