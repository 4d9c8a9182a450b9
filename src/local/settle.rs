//! Waits until every agent that comes up is healthy or has a verdict. It asks only after an event.

use std::time::Duration;

use super::LocalError;
use crate::clock;
use crate::wire::client::{Client, EventQuery, Follow};
use crate::wire::{PsReply, Row};

/// Follows events from `seq` on until all rows are settled; the rows that were judged. An agent
/// that ends and is started again is settled only for moments, so that a second look at the fleet
/// would tell of another one.
pub async fn settle(client: &Client, seq: u64, deadline: Duration) -> Result<Vec<Row>, LocalError> {
    match tokio::time::timeout(deadline, wait(client, seq)).await {
        Ok(settled) => settled,
        Err(_) => Ok(client.ps().await?.rows),
    }
}

/// A guest finds a new supervisor within a second, on a busy machine later; what has no channel
/// then has lost it.
const ADOPTION: Duration = Duration::from_secs(5);

async fn wait(client: &Client, seq: u64) -> Result<Vec<Row>, LocalError> {
    let query = EventQuery { from: seq + 1, ..EventQuery::default() };
    // Opened before the first look, so that nothing falls between the two.
    let mut events = client.follow(query).await?;
    let mut as_of = 0;
    loop {
        let reply = client.ps().await?;
        as_of = reply.as_of_seq.max(as_of);
        let adoption = adoption_left(&reply);
        let adopts = !adoption.is_zero() && reply.rows.iter().any(is_adopted);
        if !adopts && !reply.rows.iter().any(is_pending) {
            return Ok(reply.rows);
        }
        tokio::select! {
            heard = after(&mut events, as_of) => heard?,
            () = tokio::time::sleep(adoption), if adopts => {}
        }
    }
}

/// The table already holds what came before it.
async fn after(events: &mut Follow, as_of: u64) -> Result<(), LocalError> {
    while events.next().await?.seq <= as_of {}
    Ok(())
}

/// How long a supervisor that has just started may still find what lived before it.
fn adoption_left(reply: &PsReply) -> Duration {
    let since_ms = reply.supervisor.as_ref().map_or(0, |supervisor| supervisor.since_ms);
    ADOPTION.saturating_sub(Duration::from_millis(clock::now().wall_ms.saturating_sub(since_ms)))
}

/// Whether it lives, could answer, and was not heard by this supervisor yet.
fn is_adopted(row: &Row) -> bool {
    let is_asked = row.activity.state.starts_with("awaiting_");
    let speaks = row
        .adapter
        .as_deref()
        .or(row.runtime.as_deref())
        .is_some_and(|adapter| adapter != "command");
    let has_answered = row.heartbeat.as_ref().is_some_and(|beat| beat.age_ms.is_some());
    let is_unheard = row.lifecycle == "running" && row.health == "unknown" && !has_answered;
    row.managed && is_unheard && speaks && !is_asked
}

/// Whether a verdict is still to come: it starts or stops, or is in its grace.
pub fn is_pending(row: &Row) -> bool {
    let is_asked = row.activity.state.starts_with("awaiting_");
    row.managed
        && match row.lifecycle.as_str() {
            "starting" | "stopping" => true,
            "running" => row.health == "starting" && !is_asked,
            _ => false,
        }
}
