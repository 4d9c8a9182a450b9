//! The line below the table: how many of what, and the first thing to do. It draws no row.

use super::cells::{health_tone, is_stopped};
use super::text::{shown, width};
use super::tone::{Line, Tone, line_width};
use crate::wire::Row;

/// The rows that a table shows, and how many there are.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Those that are shown.
    pub rows: &'a [&'a Row],
    /// How many there would be without filters.
    pub of: usize,
}

/// How many of what, the most urgent first, and what to do first; that has a line of its own where
/// one line is too narrow for both.
pub fn summary(rows: &Shown<'_>, columns: Option<usize>) -> Vec<Line> {
    let Shown { rows, of } = *rows;
    let plain = |text: String| (text, Tone::Plain);
    if of == 0 {
        let how = "no agents; `mosaic fleet init` shows a roster, `mosaic fleet up` starts it";
        return vec![vec![plain(how.to_owned())]];
    }
    if rows.is_empty() {
        return vec![vec![plain(format!(
            "none of {of} rows is of this kind; `mosaic ps` shows all"
        ))]];
    }
    let mut counted = counted(rows, of);
    let Some(next) = first(rows).map(|what| format!("next: {what}")) else {
        return vec![counted];
    };
    let needed = line_width(&counted) + "; ".len() + width(&next);
    if columns.is_some_and(|columns| needed > columns) {
        return vec![counted, vec![plain(next)]];
    }
    counted.push(plain(format!("; {next}")));
    vec![counted]
}

/// How many of what.
fn counted(rows: &[&Row], of: usize) -> Line {
    let agents = rows.iter().filter(|row| row.managed).count();
    let noun = if agents == 1 { "agent" } else { "agents" };
    let part =
        if rows.len() < of { format!(" ({} of {of} rows)", rows.len()) } else { String::new() };
    let mut line = vec![(format!("{agents} {noun}{part}: "), Tone::Plain)];
    line.extend(counts(rows));
    line.extend(unenforced(rows).map(|what| (format!("; {what}"), Tone::Plain)));
    line
}

/// `2 healthy, 1 held`: the good first, then by urgency.
fn counts(rows: &[&Row]) -> Line {
    let mut counts: Vec<(u8, &str, Tone, usize)> = Vec::new();
    for row in rows {
        let (word, tone) = verdict(row);
        match counts.iter_mut().find(|counted| counted.1 == word) {
            Some(counted) => {
                counted.0 = counted.0.min(urgency(row));
                counted.3 += 1;
            }
            None => counts.push((urgency(row), word, tone, 1)),
        }
    }
    counts.sort_by_key(|(urgency, word, ..)| (*word != "healthy", *urgency));
    let counted = counts.iter().enumerate().flat_map(|(at, (_, word, tone, count))| {
        let comma = if at == 0 { "" } else { ", " };
        [(format!("{comma}{count} "), Tone::Plain), (shown(word), *tone)]
    });
    counted.collect()
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

/// What to look at first: the smaller, the sooner. The order of `docs/ps.md`.
pub fn urgency(row: &Row) -> u8 {
    let is_running = row.lifecycle == "running";
    match (row.lifecycle.as_str(), row.health.as_str()) {
        _ if !row.managed => 10,
        ("held", _) => 0,
        ("exited", _) if is_stopped(row) => 9,
        ("exited", _) => 1,
        (_, "unresponsive") => 2,
        (_, "late") => 3,
        _ if is_running && row.activity.state.starts_with("awaiting_") => 4,
        ("absent", _) => 8,
        ("starting" | "stopping", _) | (_, "starting") => 6,
        (_, "unknown") => 5,
        _ => 7,
    }
}

/// What the roster limits and nothing holds it to.
fn unenforced(rows: &[&Row]) -> Option<String> {
    let is_free = |row: &&&Row| row.limits.as_ref().is_some_and(|limits| !limits.enforced);
    match rows.iter().filter(is_free).count() {
        0 => None,
        1 => Some("limits of 1 agent are not enforced".to_owned()),
        count => Some(format!("limits of {count} agents are not enforced")),
    }
}

/// The verb that cures a boot readiness of `missing`.
const ENABLE: &str = "mosaic fleet enable";

/// The first thing to do, the most urgent first, and why.
fn first(rows: &[&Row]) -> Option<String> {
    let managed = || rows.iter().copied().filter(|row| row.managed);
    let worst = managed().min_by_key(|row| urgency(row)).filter(|row| urgency(row) <= 4);
    if let Some(row) = worst {
        let (why, verb) = match urgency(row) {
            4 => ("awaiting", "attach"),
            _ => (verdict(row).0, "agent explain"),
        };
        let count = managed().filter(|other| urgency(other) == urgency(row)).count();
        return Some(format!("{count} {}: mosaic {verb} {}", shown(why), shown(&row.agent)));
    }
    let differs = |row: &&Row| !row.drift.is_empty() && !is_stopped(row);
    if let Some(row) = managed().find(differs) {
        let is_gone = row.drift.iter().any(|drift| drift.field == "agent");
        let verb = if is_gone { "stop" } else { "restart" };
        let count = managed().filter(differs).count();
        return Some(format!("{count} in drift: mosaic agent {verb} {}", shown(&row.agent)));
    }
    // Not where no unit can be: without systemd, or for a fleet that was moved.
    let cured = |row: &&Row| row.boot.wanted && row.boot.missing.iter().any(|m| m.contains(ENABLE));
    let count = managed().filter(cured).count();
    (count > 0).then(|| format!("{count} would not come back after a reboot: {ENABLE}"))
}
