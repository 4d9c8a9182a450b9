//! The screen on a terminal of cells, and keys on a model: no supervisor, no clock.

mod keys;
mod pace;
mod screens;

use ratatui_core::backend::TestBackend;
use ratatui_core::buffer::Buffer;
use ratatui_core::terminal::Terminal;
use serde_json::{Value, json};

use super::draw::draw;
use super::model::{Effect, Model};
use crate::table::Paint;
use crate::terminal::input::{Input, Key};
use crate::wire::{ExplainReply, InboxReply, PsReply, WatchFrame};

/// The time of every test.
const NOW_MS: u64 = 1_764_000_000_000;

/// A healthy stub, to be changed.
fn row(agent: &str) -> Value {
    json!({
        "tenant": "tess", "host": "hill", "agent": agent, "managed": true,
        "role": "tester", "runtime": "stub", "wanted": "up", "lifecycle": "running",
        "lifecycle_detail": null, "health": "healthy", "health_reason": null, "pid": 4242,
        "session": {
            "id": "s1", "since": "2025-11-24T15:48:00.000Z", "since_ms": NOW_MS - 12 * 60_000 - 500,
            "starts": 1, "conversation": null
        },
        "pane": {"id": "%3", "alive": true, "exit": null},
        "unit": {"name": null, "state": "n/a"},
        "process": {"state": "S", "cpu": 0.31, "cpu_ms": 40, "memory": 12_600_000, "count": 2},
        "activity": {"state": "idle", "since_ms": NOW_MS - 3 * 60_000 - 500, "detail": null},
        "heartbeat": {
            "age_ms": 2100, "rtt_us": 430, "rtt_ms": 1, "within_ms": 10_000, "channel": "native",
            "misses": 0
        },
        "drift": [], "boot": {"wanted": true, "effective": true, "missing": []},
        "inbox": 0, "attached": null, "labels": {"team": "web"}
    })
}

/// One of each kind, the last with a name and a role that would move cursors.
fn kinds() -> Vec<Value> {
    let mut busy = row("ada");
    busy["activity"]["state"] = json!("busy");
    busy["process"]["cpu"] = json!(87.2);
    busy["inbox"] = json!(2);
    let mut frozen = row("bob");
    frozen["health"] = json!("unresponsive");
    frozen["process"]["state"] = json!("T");
    frozen["heartbeat"]["age_ms"] = json!(41_000);
    let mut held = row("cyd");
    held["lifecycle"] = json!("held");
    held["lifecycle_detail"] = json!("crash loop: 5 deaths in a row, the last one: code 3");
    held["health"] = json!("unknown");
    for gone in ["pid", "process", "heartbeat"] {
        held[gone] = Value::Null;
    }
    held["pane"] = json!({"id": "%5", "alive": false, "exit": "code 3"});
    let mut asking = row("dee");
    asking["runtime"] = json!("claude");
    asking["role"] = json!("écrivain 世界");
    asking["activity"]["state"] = json!("awaiting_approval");
    let mut stopped = row("eve");
    (stopped["lifecycle"], stopped["wanted"]) = (json!("exited"), json!("down"));
    (stopped["health"], stopped["pid"], stopped["process"]) =
        (json!("unknown"), Value::Null, Value::Null);
    let mut stranger = row("x\u{1b}[31m\u{9b}2Jy");
    stranger["managed"] = json!(false);
    (stranger["health"], stranger["labels"]) = (json!("unknown"), json!({}));
    for gone in ["role", "runtime", "wanted", "heartbeat", "session"] {
        stranger[gone] = Value::Null;
    }
    vec![busy, frozen, held, asking, stopped, stranger]
}

/// So many of them.
fn many(count: usize) -> Vec<Value> {
    let kinds = kinds();
    let one = |at: usize| {
        let mut row = kinds[at % 5].clone();
        row["agent"] = json!(format!("agent-{at:03}"));
        row
    };
    (0..count).map(one).collect()
}

/// The answer with these rows.
fn reply(rows: &[Value]) -> PsReply {
    let reply = json!({
        "schema_version": 1, "as_of_seq": 42, "rows": rows,
        "supervisor": {
            "schema_version": 1, "tenant": "tess", "host": "hill", "pid": 7, "version": "0.1.0",
            "since_ms": 1, "kept_by": "detached", "tmux_socket": "/t", "tmux": "running",
            "roster": null, "head_seq": 42
        }
    });
    serde_json::from_value(reply).unwrap()
}

/// The screen of these rows.
fn model(rows: &[Value], size: (u16, u16)) -> Model {
    Model::new(reply(rows), NOW_MS, size, Paint::Coloured)
}

/// What an agent is explained with; its events are hostile.
fn explained() -> Box<ExplainReply> {
    let event = |seq: u64, kind: &str, payload: Value| {
        json!({
            "seq": seq, "id": "e", "ts_ms": NOW_MS - 90_000 + seq, "tenant": "tess", "host": "hill",
            "agent": "ada", "session": "s1", "type": kind, "schema_version": 1,
            "actor": "supervisor", "cause": null, "traceparent": null, "payload": payload
        })
    };
    let evidence = |cell: &str, verdict: &str| {
        json!({
            "cell": cell, "verdict": verdict,
            "evidence": "the challenge sent 2 s ago was answered in 430 µs, nonce and all",
            "source": "heartbeat", "age_ms": 2100,
            "rule": "healthy while the last answered challenge was sent at most 10 s ago"
        })
    };
    let events = [
        event(40, "session.started", json!({"pid": 4242})),
        event(41, "health.changed", json!({"to": "healthy", "why": "\u{1b}]0;owned\u{7}"})),
    ];
    let reply = json!({
        "as_of_seq": 42, "address": "ada@hill/tess", "row": row("ada"),
        "evidence": [evidence("lifecycle", "running"), evidence("health", "healthy")],
        "last_words": ["\u{1b}[2Jpanic: no such file"], "events": events
    });
    Box::new(serde_json::from_value(reply).unwrap())
}

/// A mailbox in which one message waits and two have ended.
fn inbox() -> InboxReply {
    let message = |id: &str, state: &str, reason: Value, begins: &str| {
        json!({
            "as_of_seq": 42, "id": id, "agent": "ada", "from": "ops", "class": "human",
            "state": state, "reason": reason, "position": null, "at_ms": NOW_MS - 4000,
            "is_final": state != "queued", "begins": begins
        })
    };
    let reply = json!({
        "as_of_seq": 42, "tenant": "tess", "host": "hill", "agent": "ada", "waits": null,
        "room": 32,
        "messages": [message("m-3", "queued", json!("busy since 4 s"), "look at \u{1b}[2Jit")],
        "ended": [
            message("m-2", "unknown", json!("no receipt came"), "restart the build"),
            message("m-1", "accepted", Value::Null, "good morning"),
        ]
    });
    serde_json::from_value(reply).unwrap()
}

/// A screen of an agent, painted so.
fn screen(columns: u16, rows: u16, paint: &str) -> WatchFrame {
    use base64::Engine as _;
    let paint = base64::engine::general_purpose::STANDARD.encode(paint);
    WatchFrame::Screen { columns, rows, paint, tmux: "3.3a".to_owned() }
}

/// Presses keys; what they ask for.
fn press(model: &mut Model, keys: &[Key]) -> Vec<Effect> {
    keys.iter().flat_map(|key| model.take(Input::Key(*key))).collect()
}

/// Types a text.
fn write(model: &mut Model, text: &str) {
    for c in text.chars() {
        assert_eq!(model.take(Input::Key(Key::Char(c))), [], "{c:?}");
    }
}

/// What is drawn, in cells.
fn cells(model: &Model) -> Buffer {
    let (columns, rows) = model.size;
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, model)).unwrap();
    terminal.backend().buffer().clone()
}

/// What is drawn, as text.
fn text(model: &Model) -> String {
    let cells = cells(model);
    let line = |y| {
        let symbols = (0..cells.area.width).map(|x| cells[(x, y)].symbol());
        let mut skip = 0;
        let mut line = String::new();
        for symbol in symbols {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = crate::table::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        line.trim_end().to_owned()
    };
    let lines: Vec<String> = (0..cells.area.height).map(line).collect();
    lines.join("\n")
}
