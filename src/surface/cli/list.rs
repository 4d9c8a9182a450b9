//! `agent list`: the agents by name, for people and for `for`-loops.

use super::cells::shown;
use super::{Desk, Failure, Machine, output};
use crate::wire::Row;

/// Lists the agents of the roster, and those that outlive it.
pub async fn run(desk: &Desk<impl Machine>, json: bool) -> Result<(), Failure> {
    let reply = desk.client.ps().await?;
    let agents: Vec<&Row> = reply.rows.iter().filter(|row| row.managed).collect();
    if json {
        return output::json(&agents);
    }
    let lines = agents.iter().map(|row| {
        let runtime = row.runtime.as_deref().unwrap_or("-");
        format!("{}  {}  {}\n", shown(&row.agent), shown(runtime), shown(&row.lifecycle))
    });
    output::write(&lines.collect::<String>())
}
