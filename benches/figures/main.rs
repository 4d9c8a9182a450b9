//! The figures of `docs/benchmarks.md`: a fleet of fifty stubs, measured from outside.
//!
//! ```text
//! cargo bench --bench figures
//! ```
//!
//! What is compared runs in turns in the same minutes, so that a busy machine slows both; what is
//! printed are medians. Nothing here fails by being slow.

#![expect(clippy::unwrap_used, reason = "a figure without its ground is none")]
#![expect(clippy::disallowed_methods, reason = "figures start programs and read the time")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

#[expect(dead_code, reason = "tests use the rest of it")]
#[path = "../../tests/booted/bed.rs"]
mod bed;
mod deaths;
#[expect(dead_code, reason = "tests use the rest of it")]
#[path = "../../tests/booted/host.rs"]
mod host;
mod memory;
mod pane;
mod peers;
mod recording;
mod scale;
mod send;
mod stream;
mod support;
mod watch;
mod whole;

use std::process::Command;

use support::Fleet;

/// How many agents the fleet of the figures has.
const AGENTS: usize = 50;

/// One line of the table.
struct Figure {
    what: String,
    median: String,
    beside: String,
}

/// A name, and what makes its figures.
type Part = (&'static str, fn() -> Vec<Figure>);

/// What can be measured by itself: `cargo bench --bench figures -- scale`.
const PARTS: [Part; 9] = [
    ("fifty", of_fifty),
    ("deaths", deaths::figures),
    ("pane", pane::figures),
    ("stream", stream::figures),
    ("scale", scale::figures),
    ("send", send::figures),
    ("watch", watch::figures),
    ("recording", recording::figures),
    ("peers", peers::figures),
];

fn main() {
    the_users_program();
    let named: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    println!("| figure | median | beside it |\n|---|---|---|");
    for (name, part) in PARTS {
        if named.is_empty() || named.iter().any(|wanted| wanted == name) {
            for Figure { what, median, beside } in part() {
                println!("| {what} | {median} | {beside} |");
            }
        }
    }
}

fn of_fifty() -> Vec<Figure> {
    let fleet = fifty();
    let mut figures = whole::figures(&fleet);
    figures.extend(memory::figures(&fleet));
    figures
}

/// Puts the program that users build in its place: cargo builds a bench with what the tests ask of
/// the same packages, and the program with it, half as many relocations larger.
fn the_users_program() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--locked", "--bin", "mosaic"]);
    assert!(cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
}

/// Fifty stubs as the roster that `fleet init` writes has them, all healthy.
fn fifty() -> Fleet {
    let fleet = Fleet::new();
    let agents: String =
        (0..AGENTS).map(|at| format!("  - {{name: stub-{at}, runtime: stub}}\n")).collect();
    fleet.roster_text(&format!(
        "version: 1\ndefaults:\n  workspace: {}\nagents:\n{agents}\
         \x20 - {{name: typed, runtime: stub, env: {{MOSAIC_STUB_KEYSTROKES: \"1\"}}}}\n",
        fleet.workspace().display()
    ));
    fleet.mosaic(&["fleet", "up"]).ended(0);
    fleet
}

/// The value below which so many of a hundred lie; sorts them.
fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * percent).div_ceil(100).saturating_sub(1)]
}

/// The middle of some values.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
