//! What a stub was given, by its own record.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Fleet;

/// The environment of a stub that records what it is given, with more of it behind.
pub fn recording(record: &Path, more: &str) -> String {
    format!("{{MOSAIC_STUB_RECORD: \"{}\"{more}}}", record.display())
}

/// Where an agent's record lies.
pub fn record(fleet: &Fleet, agent: &str) -> PathBuf {
    fleet.workspace().join(format!("{agent}.record"))
}

/// The ids that a stub was given, each with its text; what a person typed has none.
pub fn given(record: &Path) -> Vec<(Option<String>, String)> {
    let text = std::fs::read_to_string(record).unwrap_or_default();
    // What has no end yet is still being written.
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let lines = whole.map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|line| {
            let text = line["text"].as_str().unwrap().to_owned();
            if let Some(id) = line["message_id"].as_str() {
                return (Some(id.to_owned()), text);
            }
            match text.strip_prefix("[m-").and_then(|rest| rest.split_once("] ")) {
                Some((id, body)) => (Some(id.to_owned()), body.to_owned()),
                None => (None, text),
            }
        })
        .collect()
}

/// The texts alone.
pub fn texts(record: &Path) -> Vec<String> {
    given(record).into_iter().map(|(_, text)| text).collect()
}
