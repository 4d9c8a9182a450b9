//! The systemd hand: units, linger, the notify protocol, and where a process lives.
//!
//! Hints come from signals, truth from lists. No address is taken from the environment.

mod appearance;
mod boot;
mod bus;
mod error;
mod linger;
mod manager;
pub mod notify;
mod place;
pub mod units;

#[cfg(test)]
mod inside;

pub use appearance::appears;
pub use boot::{BootReadiness, boot, is_booted};
pub use error::SystemdError;
pub use linger::{Linger, ask_linger, lingers, manager_coming_up};
pub use manager::{Manager, UnitSeen, bus_socket, manager};
pub use place::unit_of;
