//! What each cell of the table says. It decides nothing: every verdict comes with the row.

use std::fmt::Write as _;

use super::column::Column;
use super::text::{age, bytes, elided, shown};
use super::tone::{Cell, Tone};
use crate::wire::{BesideCell, LimitsCell, Row};

/// How much a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What fits a table.
    Short,
    /// All there is.
    Full,
}

/// Nothing to say.
const NONE: &str = "-";

impl Column {
    /// Its cell in a row, at this time.
    pub fn cell(self, row: &Row, now_ms: u64, detail: Detail) -> Cell {
        let (text, tone) = self.whole(row, now_ms, detail);
        match detail {
            Detail::Short => (elided(text, self.columns_max()), tone),
            Detail::Full => (text, tone),
        }
    }

    fn whole(self, row: &Row, now_ms: u64, detail: Detail) -> Cell {
        let plain = |text: String| (text, Tone::Plain);
        match self {
            Self::Agent => (shown(&row.agent), Tone::Strong),
            Self::Tenant => plain(shown(&row.tenant)),
            Self::Host => plain(shown(&row.host)),
            Self::Role if !row.managed => ("unmanaged".to_owned(), Tone::Quiet),
            Self::Role => named(row, row.role.as_deref()),
            Self::Runtime => named(row, row.runtime.as_deref()),
            Self::Unit => plain(unit(row, detail)),
            Self::Session => session(row, now_ms, detail),
            Self::Pid => plain(row.pid.map_or_else(|| NONE.to_owned(), |pid| pid.to_string())),
            Self::Proc => process(row),
            Self::Activity => attended(row, activity(row, now_ms, detail)),
            Self::Heartbeat => heartbeat(row),
            Self::Health => health(row, detail),
            Self::Drift => drift(row, detail),
            Self::Boot => boot(row, detail),
            Self::Inbox => plain(if row.managed { row.inbox.to_string() } else { NONE.to_owned() }),
            Self::Keyboard => plain(keyboard(row, now_ms)),
            Self::Labels => plain(labels(row)),
            Self::Limits => row.limits.as_ref().map_or_else(|| plain(NONE.to_owned()), limits),
        }
    }
}

/// The tone of a health.
pub fn health_tone(health: &str) -> Tone {
    match health {
        "healthy" => Tone::Good,
        "late" | "starting" => Tone::Warning,
        "unresponsive" => Tone::Bad,
        _ => Tone::Quiet,
    }
}

/// Whether it was found by direct probing: what only a supervisor knows is not known of it.
fn is_probed(row: &Row) -> bool {
    row.managed && row.wanted.is_none()
}

/// A cell that there is nothing to say in, or whose word nobody knows.
fn nothing(row: &Row) -> Cell {
    if is_probed(row) { unknown() } else { (NONE.to_owned(), Tone::Plain) }
}

fn unknown() -> Cell {
    ("unknown".to_owned(), Tone::Quiet)
}

fn named(row: &Row, text: Option<&str>) -> Cell {
    text.map_or_else(|| nothing(row), |text| (shown(text), Tone::Plain))
}

fn unit(row: &Row, detail: Detail) -> String {
    match (&row.unit.name, detail) {
        (Some(name), Detail::Full) => shown(&format!("{} {name}", row.unit.state)),
        (None, _) if row.unit.state == "none" => NONE.to_owned(),
        _ => shown(&row.unit.state),
    }
}

/// `key=value` for each; a label without a value is its key.
fn labels(row: &Row) -> String {
    let one = |(key, value): (&String, &String)| match value.as_str() {
        "" => key.clone(),
        value => format!("{key}={value}"),
    };
    match row.labels.iter().map(one).collect::<Vec<_>>() {
        all if all.is_empty() => NONE.to_owned(),
        all => shown(&all.join(",")),
    }
}

fn limits(limits: &LimitsCell) -> Cell {
    let parts = [
        limits.memory_bytes.map(|count| format!("memory {}", bytes(count))),
        limits.tasks.map(|tasks| format!("tasks {tasks}")),
        limits.cpu_percent.map(|percent| format!("cpu {percent}%")),
    ];
    let said = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    match (said.as_str(), limits.enforced) {
        ("", _) => (NONE.to_owned(), Tone::Plain),
        (_, true) => (said, Tone::Plain),
        (_, false) => (format!("{said} not enforced"), Tone::Warning),
    }
}

fn session(row: &Row, now_ms: u64, detail: Detail) -> Cell {
    let since = row.session.as_ref().map(|session| age(now_ms.saturating_sub(session.since_ms)));
    let pane = row.pane.as_ref().map(|pane| shown(&pane.id));
    let exit = row.pane.as_ref().and_then(|pane| pane.exit.as_deref());
    let is_alive = row.pane.as_ref().and_then(|pane| pane.alive);
    let (word, tone) = match (row.lifecycle.as_str(), is_alive) {
        ("running" | "unknown", Some(true)) => ("alive".to_owned(), Tone::Plain),
        ("running" | "unknown", Some(false)) => (dead(exit, detail), Tone::Bad),
        ("running", None) => ("unknown".to_owned(), Tone::Warning),
        ("exited", _) if is_stopped(row) => ("stopped".to_owned(), Tone::Quiet),
        ("exited", _) => (dead(exit, detail), Tone::Bad),
        ("held", _) => ("held".to_owned(), Tone::Bad),
        (other, _) => (shown(other), Tone::Quiet),
    };
    let mut text = pane.map_or_else(|| word.clone(), |pane| format!("{pane} {word}"));
    if let (Some(since), "running") = (since, row.lifecycle.as_str()) {
        text = format!("{text} {since}");
    }
    if detail == Detail::Full
        && let Some(session) = &row.session
    {
        text = format!("{text} {} start {}", shown(&session.id), session.starts);
    }
    (text, tone)
}

/// Whether it ended because somebody wanted it to: no death, nothing to look into.
pub fn is_stopped(row: &Row) -> bool {
    row.lifecycle == "exited" && row.wanted.as_deref() == Some("down")
}

/// Why nothing was started fills lines; `agent explain` and the full cell tell it.
fn dead(exit: Option<&str>, detail: Detail) -> String {
    let Some(exit) = exit else {
        return "dead".to_owned();
    };
    let kind = exit.split_once(": ").map_or(exit, |(kind, _)| kind);
    let told = if detail == Detail::Full { exit } else { kind };
    format!("dead ({})", shown(told))
}

fn process(row: &Row) -> Cell {
    let Some(process) = &row.process else {
        // With a process that the kernel does not tell of, nobody can say.
        return if row.pid.is_some() { unknown() } else { (NONE.to_owned(), Tone::Plain) };
    };
    let (word, tone) = match process.state.as_str() {
        "R" => ("run", Tone::Plain),
        "S" | "I" => ("sleep", Tone::Plain),
        "D" => ("disk", Tone::Warning),
        "T" | "t" => ("stopped", Tone::Bad),
        "Z" | "X" => ("zombie", Tone::Bad),
        other => (other, Tone::Plain),
    };
    let cpu = process.cpu_percent.map_or_else(String::new, |percent| format!(" {percent:.1}%"));
    (format!("{word}{cpu} {}", bytes(process.memory_bytes)), tone)
}

fn activity(row: &Row, now_ms: u64, detail: Detail) -> Cell {
    let state = row.activity.state.as_str();
    if row.lifecycle != "running" || (state == "unknown" && !row.managed) {
        return (NONE.to_owned(), Tone::Plain);
    }
    if state == "unknown" {
        return unknown();
    }
    let since = row
        .activity
        .since_ms
        .map_or_else(String::new, |since| format!(" {}", age(now_ms.saturating_sub(since))));
    let asks = match (&row.activity.detail, detail) {
        (Some(asked), Detail::Full) => format!(" {}", shown(asked)),
        _ => String::new(),
    };
    let is_asking = state.starts_with("awaiting_") || state == "limited";
    let word = state.replace("awaiting_", "awaits ");
    (format!("{}{since}{asks}", shown(&word)), if is_asking { Tone::Warning } else { Tone::Plain })
}

/// With who types to it: what it does may be theirs, and messages wait for them.
fn attended(row: &Row, (text, tone): Cell) -> Cell {
    let who = row.keyboard.as_ref().map(|keyboard| keyboard.who.as_str());
    let Some(who) = who.or(row.attached.as_deref()) else { return (text, tone) };
    let more = match beside(row) {
        [] => String::new(),
        others => format!(" +{}", others.len()),
    };
    let attached = format!("{}{more} attached", shown(who));
    let says_more = text != NONE && text != "unknown";
    (if says_more { format!("{text}, {attached}") } else { attached }, Tone::Warning)
}

fn keyboard(row: &Row, now_ms: u64) -> String {
    let Some(who) = &row.attached else { return NONE.to_owned() };
    let since = row.keyboard.as_ref().map(|keyboard| now_ms.saturating_sub(keyboard.since_ms));
    let mut text =
        since.map_or_else(|| shown(who), |since| format!("{} {}", shown(who), age(since)));
    for other in beside(row) {
        let since = age(now_ms.saturating_sub(other.since_ms));
        let _ = write!(text, ", {} on {} {since}", shown(&other.who), shown(&other.tty));
    }
    text
}

fn beside(row: &Row) -> &[BesideCell] {
    row.keyboard.as_ref().map_or(&[], |keyboard| &keyboard.beside)
}

fn heartbeat(row: &Row) -> Cell {
    let Some(beat) = &row.heartbeat else {
        return nothing(row);
    };
    let Some(age_ms) = beat.age_ms else {
        let said = if beat.channel.is_some() { "no answer yet" } else { "no channel" };
        return (said.to_owned(), Tone::Plain);
    };
    let rtt =
        beat.rtt_us.map_or_else(String::new, |us| format!(" {}.{}ms", us / 1000, us % 1000 / 100));
    let lost = if beat.channel.is_some() { "" } else { ", channel lost" };
    (format!("{} ago{rtt}{lost}", age(age_ms)), Tone::Plain)
}

fn health(row: &Row, detail: Detail) -> Cell {
    let text = match (&row.health_reason, detail) {
        (Some(reason), Detail::Full) => format!("{}: {}", row.health, shown(reason)),
        _ => shown(&row.health),
    };
    (text, health_tone(&row.health))
}

fn drift(row: &Row, detail: Detail) -> Cell {
    let text = match (row.drift.as_slice(), detail) {
        ([], _) => return nothing(row),
        (all, Detail::Full) => all
            .iter()
            .map(|one| shown(&format!("{}: {}, not {}", one.field, one.running, one.wanted)))
            .collect::<Vec<_>>()
            .join("; "),
        ([one], Detail::Short) => shown(&one.field),
        (all, Detail::Short) => format!("{} fields", all.len()),
    };
    (text, Tone::Warning)
}

fn boot(row: &Row, detail: Detail) -> Cell {
    let (word, tone) = match (row.managed, row.boot.wanted, row.boot.effective) {
        (false, _, _) => (NONE, Tone::Plain),
        (true, _, _) if is_probed(row) => ("unknown", Tone::Quiet),
        (true, false, _) => ("no", Tone::Plain),
        (true, true, Some(true)) => ("yes", Tone::Plain),
        (true, true, Some(false)) => ("missing", Tone::Warning),
        (true, true, None) => ("unknown", Tone::Quiet),
    };
    let missing = row.boot.missing.join("; ");
    if detail == Detail::Full && !missing.is_empty() {
        return (format!("{word}: {}", shown(&missing)), tone);
    }
    (word.to_owned(), tone)
}
