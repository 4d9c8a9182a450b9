//! An event in one line, for people. It shows no token and hides nothing that explains.

use serde_json::Value;

use super::text::shown;
use super::tone::{Line, Tone};
use crate::fleet::rfc3339;
use crate::wire::EventRecord;

/// The longest value that a line shows; `--json` shows all.
const VALUE_MAX: usize = 60;

/// One line: seq, time, agent, type, payload.
pub fn event(event: &EventRecord) -> Line {
    let agent = event.agent.as_deref().map_or_else(|| "-".to_owned(), shown);
    let payload = payload(&event.payload);
    let mut cells = vec![
        (format!("{:>6}", event.seq), Tone::Quiet),
        (format!(" {}  {agent:<12} ", rfc3339(event.ts_ms)), Tone::Plain),
    ];
    let kind = shown(&event.kind);
    if payload.trim().is_empty() {
        cells.push((kind, Tone::Strong));
    } else {
        cells.push((format!("{kind:<24}"), Tone::Strong));
        cells.push((format!(" {}", payload.trim_end()), Tone::Plain));
    }
    cells
}

/// What a person has no use for; `--json` shows it.
const HIDDEN: &[&str] = &["agent", "token_hash"];

/// `key=value` for each part of the payload; the agent is said already.
fn payload(payload: &Value) -> String {
    let Value::Object(map) = payload else {
        return short(payload);
    };
    let parts = map
        .iter()
        .filter(|(key, value)| !HIDDEN.contains(&key.as_str()) && !value.is_null())
        .map(|(key, value)| format!("{}={}", shown(key), short(value)));
    parts.collect::<Vec<_>>().join(" ")
}

fn short(value: &Value) -> String {
    let text = shown(&words(value));
    if text.chars().count() <= VALUE_MAX {
        return text;
    }
    let cut: String = text.chars().take(VALUE_MAX - 1).collect();
    format!("{cut}…")
}

/// A value in words: of a state its name, of a thing its label, of a variant its kind and content.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => {
            let naming = ["state", "label", "id"].iter().find_map(|key| map.get(*key)?.as_str());
            match (naming, map.iter().next()) {
                (Some(name), _) => name.to_owned(),
                (None, Some((kind, content))) if map.len() == 1 => {
                    format!("{} {}", kind.replace('_', " "), words(content))
                }
                (None, _) => value.to_string(),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    }
}
