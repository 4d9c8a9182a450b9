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
    let runtime = |row: &Row| shown(row.runtime.as_deref().unwrap_or("-"));
    let widest = |cell: &dyn Fn(&Row) -> String| {
        agents.iter().map(|row| cell(row).chars().count()).max().unwrap_or(0)
    };
    let (name_width, runtime_width) = (widest(&|row| shown(&row.agent)), widest(&runtime));
    let lines = agents.iter().map(|row| {
        let (name, runtime) = (shown(&row.agent), runtime(row));
        format!("{name:<name_width$}  {runtime:<runtime_width$}  {}\n", shown(&row.lifecycle))
    });
    output::write(&lines.collect::<String>())
}
