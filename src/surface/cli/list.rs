//! `agent list`: the agents by name, for people and for `for`-loops.

use super::arguments::ListAsked;
use super::output::{Paint, Tone};
use super::ps::{Answer, ask};
use super::table::{line, shown, width};
use super::{Desk, Failure, Machine, output};
use crate::wire::Row;

/// Lists the agents of the roster, and those that outlive it.
pub fn run(desk: &Desk<impl Machine>, asked: &ListAsked) -> Result<(), Failure> {
    let Answer { reply, absent } = ask(desk)?;
    let agents: Vec<&Row> = reply.rows.iter().filter(|row| row.managed).collect();
    asked.which.known(agents.iter().copied())?;
    let agents: Vec<&Row> = agents.into_iter().filter(|row| asked.which.takes(row)).collect();
    if asked.json {
        output::json(&agents)?;
    } else if asked.names_only {
        output::write(
            &agents.iter().map(|row| format!("{}\n", shown(&row.agent))).collect::<String>(),
        )?;
    } else {
        output::write(&lines(&agents))?;
    }
    absent.map_or(Ok(()), Err)
}

/// A line for each: name, runtime, lifecycle.
fn lines(agents: &[&Row]) -> String {
    let cells: Vec<[String; 3]> = agents
        .iter()
        .map(|row| {
            let runtime = row.runtime.as_deref().unwrap_or("-");
            [shown(&row.agent), shown(runtime), shown(&row.lifecycle)]
        })
        .collect();
    let widest = |at: usize| cells.iter().map(|line| width(&line[at])).max().unwrap_or(0);
    let widths = [widest(0), widest(1), widest(2)];
    let drawn = cells.iter().map(|cells| {
        let cells = cells.iter().zip(widths).map(|(text, wide)| (text.as_str(), Tone::Plain, wide));
        format!("{}\n", line(cells, Paint::Plain))
    });
    drawn.collect()
}
