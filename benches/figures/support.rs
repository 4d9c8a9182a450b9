//! The fleet of the end-to-end tests, as far as figures need it.

#[expect(dead_code, reason = "tests use the rest of it")]
#[path = "../../tests/fleet/support/fleet.rs"]
mod fleet;
#[path = "../../tests/fleet/support/process.rs"]
mod process;
#[expect(dead_code, reason = "tests use the rest of it")]
#[path = "../../tests/fleet/support/roster.rs"]
mod roster;
#[path = "../../tests/fleet/support/wait.rs"]
mod wait;

pub use fleet::Fleet;
pub use process::{end_marked, is_alive, signal};
pub use roster::Roster;
pub use wait::{LONG, wait_until};
