//! `events`: what happened, oldest first, and with `--follow` what happens.

use serde_json::Value;

use super::arguments::EventsAsked;
use super::output::{Paint, Tone};
use super::table::shown;
use super::{Desk, Exit, Failure, Machine, output};
use crate::fleet::rfc3339;
use crate::terminal::screen;
use crate::wire::EventRecord;
use crate::wire::client::EventQuery;

/// So many events in one reply: enough to be quick, little to hold.
const PAGE: usize = 1000;

/// The longest value that a line shows; `--json` shows all.
const VALUE_MAX: usize = 60;

/// Shows events.
pub async fn run(desk: &Desk<impl Machine>, asked: &EventsAsked) -> Result<(), Failure> {
    let from = match asked.from {
        Some(seq) => seq,
        None if asked.follow => desk.client.status().await?.head_seq + 1,
        None => 1,
    };
    let query = EventQuery { from, agent: asked.agent.clone(), kinds: asked.kinds.clone() };
    if asked.follow {
        return tokio::select! {
            followed = follow(desk, query, asked) => followed,
            () = screen::reader_left() => Err(Failure::silent(Exit::BrokenPipe)),
        };
    }
    pages(desk, query, asked).await
}

/// What happens, until somebody has seen enough.
async fn follow(
    desk: &Desk<impl Machine>,
    query: EventQuery,
    asked: &EventsAsked,
) -> Result<(), Failure> {
    let mut events = desk.client.follow(query).await?;
    loop {
        show(&[events.next().await?], asked, desk.paint)?;
    }
}

/// Page after page, up to the head at the beginning: what happens meanwhile is not waited for.
async fn pages(
    desk: &Desk<impl Machine>,
    mut query: EventQuery,
    asked: &EventsAsked,
) -> Result<(), Failure> {
    let mut head = None;
    let mut is_none = true;
    loop {
        let page = desk.client.events(&query, PAGE).await?;
        let head = *head.get_or_insert(page.as_of_seq);
        let known = page.events.iter().take_while(|event| event.seq <= head).count();
        show(&page.events[..known], asked, desk.paint)?;
        is_none &= known == 0;
        match page.events.last() {
            Some(last) if known == PAGE && last.seq < head => query.from = last.seq + 1,
            _ => break,
        }
    }
    if is_none {
        // A name or type that is misspelt is no error: it may come yet.
        output::note("no such event so far; `mosaic events` without a filter shows all");
    }
    Ok(())
}

fn show(events: &[EventRecord], asked: &EventsAsked, paint: Paint) -> Result<(), Failure> {
    let mut text = String::new();
    for event in events {
        if asked.json {
            text.push_str(&serde_json::to_string(event).map_err(std::io::Error::other)?);
        } else {
            text.push_str(&sentence(event, paint));
        }
        text.push('\n');
    }
    output::write(&text)
}

/// One line: seq, time, agent, type, payload.
pub fn sentence(event: &EventRecord, paint: Paint) -> String {
    let seq = format!("{:>6}", event.seq);
    let agent = event.agent.as_deref().map_or_else(|| "-".to_owned(), shown);
    let payload = payload(&event.payload);
    format!(
        "{} {}  {agent:<12} {} {payload}",
        paint.tone(Tone::Quiet, &seq),
        rfc3339(event.ts_ms),
        paint.tone(Tone::Strong, &format!("{:<24}", shown(&event.kind))),
    )
    .trim_end()
    .to_owned()
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
