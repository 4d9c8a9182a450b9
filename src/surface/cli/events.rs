//! `events`: what happened, oldest first, and with `--follow` what happens.

use serde_json::Value;

use super::arguments::EventsAsked;
use super::output::{Paint, Tone};
use super::table::{Cell, elided, shown, width};
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
        Some(seq) if asked.follow => {
            let head = desk.client.status().await?.head_seq;
            if seq > head + 1 {
                output::note(&format!("the last event is {head}; {seq} is waited for"));
            }
            seq
        }
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
    let from = query.from;
    let mut head = None;
    let mut is_none = true;
    loop {
        let page = desk.client.events(&query, PAGE).await?;
        let head = *head.get_or_insert(page.as_of_seq);
        if from > head {
            output::note(&format!("the last event is {head}; --follow waits for {from}"));
            return Ok(());
        }
        let known = page.events.iter().take_while(|event| event.seq <= head).count();
        show(&page.events[..known], asked, desk.paint)?;
        is_none &= known == 0;
        match page.events.last() {
            Some(last) if known == PAGE && last.seq < head => query.from = last.seq + 1,
            _ => break,
        }
    }
    if is_none {
        // A name that is misspelt is no error: its agent may come yet.
        output::note("no such event so far; `mosaic events` without a filter shows all");
    }
    Ok(())
}

fn show(events: &[EventRecord], asked: &EventsAsked, paint: Paint) -> Result<(), Failure> {
    let mut text = String::new();
    // Asked each time: who follows may draw the window wider.
    let columns = output::terminal_width();
    for event in events {
        if asked.json {
            text.push_str(&serde_json::to_string(event).map_err(std::io::Error::other)?);
        } else {
            text.push_str(&sentence(event, paint, columns));
        }
        text.push('\n');
    }
    output::write(&text)
}

/// One line: seq, time, agent, type, payload; in no more than so many columns.
pub fn sentence(event: &EventRecord, paint: Paint, columns: Option<usize>) -> String {
    let agent = event.agent.as_deref().map_or_else(|| "-".to_owned(), shown);
    let cells = [
        (format!("{:>6}", event.seq), Tone::Quiet),
        (format!(" {}  {agent:<12} ", rfc3339(event.ts_ms)), Tone::Plain),
        (format!("{:<24}", shown(&event.kind)), Tone::Strong),
        (format!(" {}", payload(&event.payload)), Tone::Plain),
    ];
    within(cells, paint, columns).trim_end().to_owned()
}

/// The cells side by side; where they take too many columns, `…` stands for the rest.
fn within(cells: [Cell; 4], paint: Paint, columns: Option<usize>) -> String {
    let whole: String = cells.iter().map(|(text, _)| text.as_str()).collect();
    let mut left = columns.filter(|columns| width(whole.trim_end()) > *columns);
    let mut line = String::new();
    for (text, tone) in cells {
        match &mut left {
            // The mark needs a column too, so that a cell which just fits is cut.
            Some(columns) if width(&text) >= *columns => {
                line.push_str(&paint.tone(tone, &elided(format!("{text}…"), *columns)));
                break;
            }
            Some(columns) => *columns -= width(&text),
            None => {}
        }
        line.push_str(&paint.tone(tone, &text));
    }
    line
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
