//! The frame of `fleet top`: how long it takes from a key, and from new rows, to drawn cells.
//!
//! ```text
//! cargo bench --bench top
//! ```
//!
//! Drawn with the program's own code on a terminal of cells, without any input or output. Nothing
//! here fails by being slow.

#![expect(clippy::disallowed_methods, reason = "figures read the time")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]
#![expect(clippy::unwrap_used, reason = "a figure without its ground is none")]
#![expect(dead_code, unused_imports, reason = "the program uses the rest of it")]

#[path = "../../src/clock.rs"]
mod clock;
#[path = "../../src/fleet/mod.rs"]
mod fleet;
#[path = "../../src/places.rs"]
mod places;
#[path = "../../src/roster/mod.rs"]
mod roster;
#[path = "../../src/surface/mod.rs"]
mod surface;
#[path = "../../src/table/mod.rs"]
mod table;
#[path = "../../src/terminal/mod.rs"]
mod terminal;
#[path = "../../src/wire/mod.rs"]
mod wire;

use std::time::Instant;

use ratatui_core::backend::TestBackend;
use ratatui_core::terminal::Terminal;
use serde_json::{Value, json};

use surface::tui::draw::draw;
use surface::tui::model::Model;
use table::Paint;
use terminal::input::{Input, Key};

/// How many agents the fleet has.
const AGENTS: usize = 500;

/// How often each figure is taken.
const FRAMES: usize = 400;

/// Any time.
const NOW_MS: u64 = 1_764_000_000_000;

fn main() {
    println!("| frame of {AGENTS} agents | median | p99 | target |\n|---|---|---|---|");
    for size in [(80, 24), (300, 100)] {
        let (columns, rows) = size;
        let key = taken(size, |model, at| {
            let key = if at % 2 == 0 { Key::Down } else { Key::PageDown };
            drop(model.take(Input::Key(key)));
        });
        let replies = [reply(0), reply(1)];
        let fresh = taken(size, |model, at| model.rows(replies[at % 2].clone(), NOW_MS));
        let filtered = taken(size, |model, at| {
            let key = if at % 2 == 0 { Key::Char('7') } else { Key::Backspace };
            drop(model.take(Input::Key(Key::Char('/'))));
            drop(model.take(Input::Key(key)));
            drop(model.take(Input::Key(Key::Enter)));
        });
        for (what, times) in [
            ("a key", key),
            ("new rows, every one changed", fresh),
            ("a letter of a filter", filtered),
        ] {
            let (median, last) = (times[FRAMES / 2], times[FRAMES * 99 / 100]);
            println!("| {columns}x{rows}, after {what} | {median:.2} ms | {last:.2} ms | ≤ 2 ms |");
        }
    }
}

/// Milliseconds from a change to drawn cells, the shortest first.
fn taken(size: (u16, u16), mut change: impl FnMut(&mut Model, usize)) -> Vec<f64> {
    let mut model = Model::new(reply(0), NOW_MS, size, Paint::Coloured);
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    let mut times: Vec<f64> = (0..FRAMES)
        .map(|at| {
            let started = Instant::now();
            change(&mut model, at);
            terminal.draw(|frame| draw(frame, &model)).unwrap();
            started.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// A fleet in which every agent differs from the fleet of another turn.
fn reply(turn: usize) -> wire::PsReply {
    let rows: Vec<Value> = (0..AGENTS).map(|at| row(at, turn)).collect();
    serde_json::from_value(json!({
        "schema_version": 1, "as_of_seq": 42, "supervisor": null, "rows": rows
    }))
    .unwrap()
}

fn row(at: usize, turn: usize) -> Value {
    let odd = (at + turn) % 2;
    let (health, state, activity) = [("healthy", "S", "idle"), ("late", "R", "busy")][odd];
    json!({
        "tenant": "tess", "host": "hill", "agent": format!("agent-{at:03}"), "managed": true,
        "role": "reviews pull requests", "runtime": "stub", "wanted": "up",
        "lifecycle": "running", "lifecycle_detail": null,
        "health": health, "health_reason": null, "pid": 4242 + at,
        "session": {
            "id": "s1", "since": "2025-11-24T15:48:00.000Z", "since_ms": NOW_MS - 12 * 60_000,
            "starts": 1, "conversation": null
        },
        "pane": {"id": format!("%{at}"), "alive": true, "exit": null},
        "unit": {"name": null, "state": "active"},
        "process": {"state": state, "cpu": 0.3, "cpu_ms": 40, "memory": 12_600_000, "count": 2},
        "activity": {"state": activity, "since_ms": NOW_MS - 180_000, "detail": null},
        "heartbeat": {
            "age_ms": 2100 + 1000 * odd, "rtt_us": 430, "rtt_ms": 1, "within_ms": 10_000,
            "channel": "native", "misses": 0
        },
        "drift": [], "boot": {"wanted": true, "effective": true, "missing": []},
        "inbox": 0, "attached": null, "labels": {"team": "web"}
    })
}
