//! An event in one line, for people. It shows no token and hides nothing that explains.

use serde_json::Value;

use super::text::{shown, width};
use super::tone::{Line, Tone, clipped};
use crate::fleet::rfc3339;
use crate::wire::EventRecord;

/// The longest value that a line shows; `--json` shows all.
const VALUE_MAX: usize = 60;

/// So many columns have place for seq, day, agent, type, and something of the payload.
const WHOLE_FROM: usize = 100;

/// So many have place for the time beside agent and type.
const TIME_FROM: usize = 40;

/// One line in no more than so many columns. Where the day would leave no place for what
/// happened, the time stands alone, or not even that.
pub fn event_within(record: &EventRecord, columns: Option<usize>) -> Line {
    let whole = event(record);
    let Some(columns) = columns else { return whole };
    let taken: usize = whole.iter().map(|(text, _)| width(text)).sum();
    let fits = columns >= WHOLE_FROM || taken <= columns;
    clipped(&if fits { whole } else { short_of(record, columns >= TIME_FROM) }, columns)
}

fn short_of(event: &EventRecord, with_time: bool) -> Line {
    let agent = event.agent.as_deref().map_or_else(|| "-".to_owned(), shown);
    let moment = rfc3339(event.ts_ms);
    let time = moment.get(11..19).filter(|_| with_time);
    let time = time.map_or_else(String::new, |time| format!("{time} "));
    vec![
        (format!("{} ", event.seq), Tone::Quiet),
        (format!("{time}{agent} "), Tone::Plain),
        (shown(&event.kind), Tone::Strong),
        (format!(" {}", payload(&event.payload)), Tone::Plain),
    ]
}

/// What happened, without when and to whom: type, payload.
pub fn happening(event: &EventRecord) -> Line {
    let kind = shown(&event.kind);
    vec![
        (format!("{kind:<20} "), Tone::Strong),
        (payload(&event.payload).trim_end().to_owned(), Tone::Plain),
    ]
}

/// One line: seq, time, agent, type, payload.
fn event(event: &EventRecord) -> Line {
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
                (None, _) => {
                    let part = |(key, content): (&String, &Value)| {
                        format!("{} {}", key.replace('_', " "), words(content))
                    };
                    map.iter().map(part).collect::<Vec<_>>().join(", ")
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => value.to_string(),
    }
}
