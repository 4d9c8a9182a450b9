//! `--wait`: the waiting itself, and how the end of each agent is told. What a verdict is, is not
//! decided here.

use std::time::Duration;

use super::table::shown;
use super::{Desk, Exit, Failure, Machine, Settled, Wait, interrupted};
use crate::wire::Row;

/// Waits for the verdicts. Ctrl-C ends the wait and nothing else.
pub async fn waited(desk: &Desk<impl Machine>, asked: &Wait) -> Result<Settled, Failure> {
    tokio::select! {
        settled = desk.machine.settled(asked) => settled,
        () = interrupted() => Err(left(asked)),
    }
}

fn left(asked: &Wait) -> Failure {
    let mut names = asked.up.iter().chain(&asked.down);
    let hint = match (names.next(), names.next()) {
        (Some(only), None) => format!("`mosaic events --agent {only} --follow` shows how it ends"),
        _ => "`mosaic ps --watch` shows how it ends".to_owned(),
    };
    Failure::new(Exit::Interrupted, "nobody waits any more; what was asked for goes on", &hint)
}

/// What came of each awaited agent, in the order in which they were named.
pub fn ends<'s>(asked: &'s Wait, settled: &'s Settled) -> impl Iterator<Item = String> + 's {
    let names = asked.up.iter().chain(&asked.down);
    names.map(|name| {
        let Some(row) = row(settled, name) else { return format!("{name}: gone") };
        let detail = row.lifecycle_detail.as_deref().unwrap_or_default();
        // Of what is as it should be, there is nothing to explain.
        let is_plain = detail.is_empty() || settled.reached.contains(name);
        let end = match row.lifecycle.as_str() {
            "running" => format!("running, health {}", row.health),
            lifecycle if is_plain => lifecycle.to_owned(),
            lifecycle => format!("{lifecycle}: {detail}"),
        };
        format!("{name}: {}", shown(&end))
    })
}

/// The word of an awaited agent's verdict, for machines.
pub fn word(settled: &Settled, name: &str) -> &'static str {
    let is_in = |names: &[String]| names.iter().any(|one| one == name);
    if is_in(&settled.reached) {
        "reached"
    } else if is_in(&settled.over) {
        "ended"
    } else {
        "pending"
    }
}

/// The row of an agent when it was judged.
pub fn row<'s>(settled: &'s Settled, name: &str) -> Option<&'s Row> {
    settled.rows.iter().find(|row| row.managed && row.agent == name)
}

/// What the verdicts mean as the end of a verb: one that ended counts for more than one that may
/// still come.
pub fn verdict(over: &[String], pending: &[String], wait: Duration) -> Result<(), Failure> {
    if let Some(first) = over.first() {
        let message = format!("started and ended again: {}", over.join(", "));
        let hint = format!("`mosaic agent explain {first}` shows its last lines");
        return Err(Failure::new(Exit::Failed, message, &hint));
    }
    let Some(first) = pending.first() else { return Ok(()) };
    let message = format!("no verdict after {} s on {}", wait.as_secs_f64(), pending.join(", "));
    let hint = format!("`mosaic agent explain {first}` says what it waits for");
    Err(Failure::new(Exit::Timeout, message, &hint))
}
