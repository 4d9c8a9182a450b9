//! `agent list`: the agents by name, for people and for `for`-loops.

use comfy_table::{Table, presets};

use super::table::shown;
use super::{Desk, Failure, Machine, output};
use crate::wire::Row;

/// Lists the agents of the roster, and those that outlive it.
pub async fn run(desk: &Desk<impl Machine>, json: bool) -> Result<(), Failure> {
    let reply = desk.client.ps().await?;
    let agents: Vec<&Row> = reply.rows.iter().filter(|row| row.managed).collect();
    if json {
        return output::json(&agents);
    }
    output::write(&lines(&agents))
}

/// A line for each: name, runtime, lifecycle.
fn lines(agents: &[&Row]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.add_rows(agents.iter().map(|row| {
        let runtime = row.runtime.as_deref().unwrap_or("-");
        [shown(&row.agent), shown(runtime), shown(&row.lifecycle)]
    }));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
