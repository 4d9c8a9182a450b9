//! What every test of the whole line stands on.

mod asked;
mod dice;
mod ending;
mod fleet;
mod guest;
mod namespace;
mod need;
mod process;
mod record;
mod roster;
#[expect(dead_code, reason = "tests/cli uses the rest of it")]
mod terminal;
mod tmux;
mod wait;
mod wire;

pub use asked::ask;
pub use dice::{Dice, number};
pub use ending::Ending;
pub use fleet::{Fleet, Output};
pub use guest::{Guest, Spoken};
pub use namespace::inside;
pub use need::{lacking, need, which};
pub use process::{end_marked, is_alive, marked, signal};
pub use record::{given, record, recording, texts};
pub use roster::Roster;
pub use terminal::Terminal;
pub use tmux::{pane, tmux, tmux_server};
pub use wait::{LONG, wait_until};
pub use wire::{Follower, Wire};
