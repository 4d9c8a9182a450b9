//! Waits until every agent that comes up is healthy or has a verdict. It asks only after an event.

use std::time::Duration;

use super::LocalError;
use crate::wire::Row;
use crate::wire::client::{Client, EventQuery};

/// Follows events from `seq` on until all rows are settled; the rows that were judged. An agent
/// that ends and is started again is settled only for moments, so that a second look at the fleet
/// would tell of another one.
pub async fn settle(client: &Client, seq: u64, deadline: Duration) -> Result<Vec<Row>, LocalError> {
    match tokio::time::timeout(deadline, wait(client, seq)).await {
        Ok(settled) => settled,
        Err(_) => Ok(client.ps().await?.rows),
    }
}

async fn wait(client: &Client, seq: u64) -> Result<Vec<Row>, LocalError> {
    let query = EventQuery { from: seq + 1, ..EventQuery::default() };
    // Opened before the first look, so that nothing falls between the two.
    let mut events = client.follow(query).await?;
    let mut as_of = 0;
    loop {
        let reply = client.ps().await?;
        as_of = reply.as_of_seq.max(as_of);
        if !reply.rows.iter().any(is_pending) {
            return Ok(reply.rows);
        }
        // The table already holds what came before it.
        while events.next().await?.seq <= as_of {}
    }
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
