//! `agent inbox`: what waits for an agent, why, and what became of the last ones.

use super::arguments::InboxAsked;
use super::output::{Paint, Tone};
use super::table::{age, line, shown, width};
use super::{Desk, Failure, Machine};
use crate::clock;
use crate::wire::{InboxReply, MessageReply};

const HEADINGS: [&str; 7] = ["", "MESSAGE", "STATE", "FROM", "CLASS", "AGE", "TEXT"];

/// Shows it.
pub async fn run(desk: &Desk<impl Machine>, asked: &InboxAsked) -> Result<(), Failure> {
    let inbox = desk.client.inbox(&asked.agent, asked.ended).await?;
    if asked.json {
        return desk.pages.json(&inbox).await;
    }
    desk.pages.write(&drawn(&inbox, clock::now().wall_ms)).await
}

fn drawn(inbox: &InboxReply, now_ms: u64) -> String {
    let InboxReply { agent, messages, ended, .. } = inbox;
    let (agent, room) = (shown(agent), inbox.room);
    let mut text = match (messages.len(), &inbox.waits) {
        (0, None) => format!("nothing waits for {agent}\n"),
        (0, Some(why)) => format!("nothing waits for {agent}; it would wait: {}\n", shown(why)),
        (count, why) => {
            // Of the first one, which the others wait for.
            let why = messages.first().and_then(|first| first.reason.as_ref()).or(why.as_ref());
            let why = why.map_or_else(String::new, |why| format!(": {}", shown(why)));
            format!("{count} of at most {room} for {agent}{why}\n")
        }
    };
    text.push_str(&table(messages, now_ms));
    if !ended.is_empty() {
        text.push_str("ended, newest first\n");
        text.push_str(&table(ended, now_ms));
    }
    text
}

fn table(messages: &[MessageReply], now_ms: u64) -> String {
    if messages.is_empty() {
        return String::new();
    }
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(messages.iter().map(|message| cells(message, now_ms)));
    let widest = |at: usize| rows.iter().map(|row| width(&row[at])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADINGS.len()).map(widest).collect();
    let drawn = rows.iter().map(|row| {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(text, wide)| (text.as_str(), Tone::Plain, *wide));
        format!("{}\n", line(cells, Paint::Plain))
    });
    drawn.collect()
}

fn cells(message: &MessageReply, now_ms: u64) -> [String; 7] {
    let place = message.position.map_or_else(String::new, |place| (place + 1).to_string());
    let age_ms = now_ms.saturating_sub(message.queued_at_ms);
    [
        place,
        shown(&message.id),
        shown(&message.state),
        shown(&message.from),
        shown(&message.class),
        age(age_ms),
        shown(message.begins.as_deref().unwrap_or_default()),
    ]
}
