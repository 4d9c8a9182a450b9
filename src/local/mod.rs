//! Verbs that need the machine, not the supervisor.

mod detach;
mod down;
mod enable;
mod error;
mod log;
mod output;
mod probe;
mod settle;
mod state;
mod up;
mod verdict;
mod verify;
mod verify_output;

pub use detach::detach;
pub use down::{Down, down};
pub use enable::{DisableOptions, EnableOptions, disable, enable};
pub use error::LocalError;
pub use output::{Output, output};
pub use probe::{ProbedScreen, has_supervisor, probe, screen};
pub use settle::{Awaited, Settled, Whom, settle};
pub use up::{Up, Upped, revive, up};
pub use verify::verify;
pub use verify_output::verify_output;
