//! Waits until every agent that comes up is healthy or has a verdict. It asks only after an event.

use std::time::Duration;

use super::LocalError;
use crate::wire::Row;
use crate::wire::client::{Client, EventQuery};

/// Follows events from `seq` on until all rows are settled; the names that are not, at the end.
pub async fn settle(
    client: &Client,
    seq: u64,
    deadline: Duration,
) -> Result<Vec<String>, LocalError> {
    let mut pending = Vec::new();
    let waited = tokio::time::timeout(deadline, wait(client, seq, &mut pending)).await;
    match waited {
        Ok(done) => done.map(|()| Vec::new()),
        Err(_) => Ok(pending),
    }
}

async fn wait(client: &Client, seq: u64, pending: &mut Vec<String>) -> Result<(), LocalError> {
    let query = EventQuery { from: seq + 1, ..EventQuery::default() };
    // Opened before the first look, so that nothing falls between the two.
    let mut events = client.follow(query).await?;
    let mut as_of = 0;
    loop {
        let reply = client.ps().await?;
        as_of = reply.as_of_seq.max(as_of);
        *pending =
            reply.rows.iter().filter(|row| is_pending(row)).map(|row| row.agent.clone()).collect();
        if pending.is_empty() {
            return Ok(());
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
