//! The line below the table: how many of what, and the first thing to do. It draws no row.

use super::cells::{health_tone, is_stopped};
use super::text::width;
use super::tone::{Paint, Tone};
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
pub fn summary(shown: &Shown<'_>, paint: Paint, columns: Option<usize>) -> Vec<String> {
    let Shown { rows, of } = *shown;
    if of == 0 {
        let how = "no agents; `mosaic fleet init` shows a roster, `mosaic fleet up` starts it";
        return vec![how.to_owned()];
    }
    if rows.is_empty() {
        return vec![format!("none of {of} rows is of this kind; `mosaic ps` shows all")];
    }
    let Some(next) = first(rows).map(|what| format!("next: {what}")) else {
        return vec![counted(rows, of, paint)];
    };
    let needed = width(&counted(rows, of, Paint::Plain)) + "; ".len() + width(&next);
    match columns {
        Some(columns) if needed > columns => vec![counted(rows, of, paint), next],
        Some(_) | None => vec![format!("{}; {next}", counted(rows, of, paint))],
    }
}

/// How many of what.
fn counted(rows: &[&Row], of: usize, paint: Paint) -> String {
    let agents = rows.iter().filter(|row| row.managed).count();
    let noun = if agents == 1 { "agent" } else { "agents" };
    let part =
        if rows.len() < of { format!(" ({} of {of} rows)", rows.len()) } else { String::new() };
    let mut parts = vec![format!("{agents} {noun}{part}: {}", counts(rows, paint))];
    parts.extend(unenforced(rows));
    parts.join("; ")
}

/// `2 healthy, 1 held`: the good first, then by urgency.
fn counts(rows: &[&Row], paint: Paint) -> String {
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
    let words =
        counts.iter().map(|(_, word, tone, count)| format!("{count} {}", paint.tone(*tone, word)));
    words.collect::<Vec<_>>().join(", ")
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
        return Some(format!("{count} {why}: mosaic {verb} {}", row.agent));
    }
    let differs = |row: &&Row| !row.drift.is_empty() && !is_stopped(row);
    if let Some(row) = managed().find(differs) {
        let is_gone = row.drift.iter().any(|drift| drift.field == "agent");
        let verb = if is_gone { "stop" } else { "restart" };
        let count = managed().filter(differs).count();
        return Some(format!("{count} in drift: mosaic agent {verb} {}", row.agent));
    }
    // Not where no unit can be: without systemd, or for a fleet that was moved.
    let cured = |row: &&Row| row.boot.wanted && row.boot.missing.iter().any(|m| m.contains(ENABLE));
    let count = managed().filter(cured).count();
    (count > 0).then(|| format!("{count} would not come back after a reboot: {ENABLE}"))
}
