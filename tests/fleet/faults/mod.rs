//! The mailbox under fire: runtimes that lose keys, receipts and themselves, a supervisor that is
//! killed, many senders at once; and then the journal against the runtimes' own records.
//!
//! `MOSAIC_SENDS=10000` runs it longer, `MOSAIC_TEST_SEED` from other dice; `docs/reliability.md` has
//! the result.

mod arena;
mod ends;
mod saboteur;
mod sender;
mod verdict;

use std::time::Duration;

use crate::support::{Dice, need, number};
use arena::{Arena, Plan};

/// In the suite: what two busy cores do within some twenty seconds.
const SENDS: u64 = 300;

fn sends(otherwise: u64) -> u64 {
    number("MOSAIC_SENDS").unwrap_or(otherwise)
}

#[test]
fn r02_sends_under_fire_are_received_at_most_once_and_each_has_an_end() {
    if !need("tmux") {
        return;
    }
    let mut dice = Dice::or(20_261_128);
    let plan = Plan {
        sends: sends(SENDS),
        fire_for: Duration::from_secs(6),
        kills: true,
        keystrokes_only: false,
    };
    Arena::new(&plan, &mut dice).campaign(&mut dice);
}

#[test]
fn r01_enters_that_are_lost_at_random_are_never_success() {
    if !need("tmux") {
        return;
    }
    let mut dice = Dice::or(20_261_129);
    let plan = Plan {
        sends: sends(SENDS) / 3,
        fire_for: Duration::from_secs(4),
        kills: false,
        keystrokes_only: true,
    };
    Arena::new(&plan, &mut dice).campaign(&mut dice);
}
