//! The line below the table: how many of what, and the first thing to do. It draws no row.

use std::collections::BTreeMap;

use super::super::output::{Paint, Tone};
use super::cells::{health_tone, is_stopped};
use crate::wire::Row;

/// One line below the table: how many of what, and the first thing to do about it.
pub fn summary(rows: &[Row], paint: Paint) -> String {
    if rows.is_empty() {
        return "no agents; `mosaic fleet init` shows a roster, `mosaic fleet up` starts it"
            .to_owned();
    }
    let mut counts: BTreeMap<&str, (Tone, usize)> = BTreeMap::new();
    for row in rows {
        let (word, tone) = verdict(row);
        counts.entry(word).or_insert((tone, 0)).1 += 1;
    }
    let mut counted: Vec<(&str, (Tone, usize))> = counts.into_iter().collect();
    counted.sort_by_key(|(word, (_, count))| (*word != "healthy", std::cmp::Reverse(*count)));
    let words: Vec<String> = counted
        .iter()
        .map(|(word, (tone, count))| format!("{count} {}", paint.tone(*tone, word)))
        .collect();
    let agents = rows.iter().filter(|row| row.managed).count();
    let noun = if agents == 1 { "agent" } else { "agents" };
    let first = first(rows).map_or_else(String::new, |what| format!("; next: {what}"));
    format!("{agents} {noun}: {}{first}", words.join(", "))
}

fn verdict(row: &Row) -> (&str, Tone) {
    match row.lifecycle.as_str() {
        _ if !row.managed => ("unmanaged", Tone::Quiet),
        "held" => ("held", Tone::Bad),
        "exited" if is_stopped(row) => ("stopped", Tone::Quiet),
        "exited" => ("exited", Tone::Bad),
        "absent" => ("absent", Tone::Quiet),
        "stopping" => ("stopping", Tone::Warning),
        _ => (row.health.as_str(), health_tone(&row.health)),
    }
}

/// The verb that cures a boot readiness of `missing`.
const ENABLE: &str = "mosaic fleet enable";

/// The first thing to do, the worst first.
fn first(rows: &[Row]) -> Option<String> {
    let managed = || rows.iter().filter(|row| row.managed);
    let explain = |row: &Row| format!("mosaic agent explain {}", row.agent);
    let find = |is: fn(&Row) -> bool| managed().find(|row| is(row));
    find(|row| row.lifecycle == "held")
        .or_else(|| find(|row| row.lifecycle == "exited" && !is_stopped(row)))
        .or_else(|| find(|row| row.health == "unresponsive"))
        .or_else(|| find(|row| row.health == "late"))
        .map(explain)
        .or_else(|| {
            find(|row| row.activity.state.starts_with("awaiting_") && row.lifecycle == "running")
                .map(|row| format!("mosaic attach {}", row.agent))
        })
        .or_else(|| {
            find(|row| !row.drift.is_empty() && !is_stopped(row)).map(|row| {
                let is_gone = row.drift.iter().any(|drift| drift.field == "agent");
                let verb = if is_gone { "stop" } else { "restart" };
                format!("mosaic agent {verb} {}", row.agent)
            })
        })
        .or_else(|| {
            // Not where no unit can be: without systemd, or for a fleet that was moved.
            let cured = |cure: &String| cure.contains(ENABLE);
            managed()
                .find(|row| row.boot.wanted && row.boot.missing.iter().any(cured))
                .map(|_| ENABLE.to_owned())
        })
}
