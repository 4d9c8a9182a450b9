//! `events`: what happened, oldest first, and with `--follow` what happens.

use super::arguments::EventsAsked;
use super::output::Paint;
use super::table::{event_within, painted};
use super::{Desk, Exit, Failure, Machine, output};
use crate::terminal::screen;
use crate::wire::client::{ClientError, EventQuery};
use crate::wire::{ErrorCode, EventRecord};

/// So many events in one reply: enough to be quick, little to hold.
const PAGE: usize = 1000;

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
        stranger(desk, asked).await;
        return tokio::select! {
            followed = follow(desk, query, asked) => followed,
            () = screen::reader_left() => Err(Failure::silent(Exit::BrokenPipe)),
        };
    }
    pages(desk, query, asked).await
}

/// Says when no agent has the name that is asked for; what is wrong otherwise is found by who asks.
async fn stranger(desk: &Desk<impl Machine>, asked: &EventsAsked) {
    let Some(agent) = &asked.agent else { return };
    if let Err(ClientError::Answered(body)) = desk.client.explain(agent).await
        && body.code == ErrorCode::NotFound
    {
        output::note(&format!("{}; {}", body.message, body.hint.unwrap_or_default()));
    }
}

/// What happens, until somebody has seen enough.
async fn follow(
    desk: &Desk<impl Machine>,
    query: EventQuery,
    asked: &EventsAsked,
) -> Result<(), Failure> {
    let mut events = desk.client.follow(query).await?;
    loop {
        output::write(&drawn(&[events.next().await?], asked, desk.paint)?)?;
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
        desk.pages.write(&drawn(&page.events[..known], asked, desk.paint)?).await?;
        is_none &= known == 0;
        match page.events.last() {
            Some(last) if known == PAGE && last.seq < head => query.from = last.seq + 1,
            _ => break,
        }
    }
    if is_none {
        // A name that is misspelt is no error: its agent may come yet.
        stranger(desk, asked).await;
        output::note("no such event so far; `mosaic events` without a filter shows all");
    }
    Ok(())
}

fn drawn(events: &[EventRecord], asked: &EventsAsked, paint: Paint) -> Result<String, Failure> {
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
    Ok(text)
}

/// One line: seq, time, agent, type, payload; in no more than so many columns.
pub fn sentence(record: &EventRecord, paint: Paint, columns: Option<usize>) -> String {
    painted(&event_within(record, columns), paint)
}
