//! What each cell of the table says. It decides nothing: every verdict comes with the row.

use super::output::Tone;
use crate::wire::Row;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The agent's name.
    Agent,
    /// The tenant's label.
    Tenant,
    /// The host's label.
    Host,
    /// What it is for.
    Role,
    /// The program inside.
    Runtime,
    /// What systemd says.
    Unit,
    /// Its pane, and the lifecycle where that says more.
    Session,
    /// Its own process.
    Pid,
    /// What the kernel says of its processes.
    Proc,
    /// What the runtime says it does.
    Activity,
    /// Its last answer.
    Heartbeat,
    /// The verdict.
    Health,
    /// Fields that differ from the roster.
    Drift,
    /// Whether it comes back after a reboot.
    Boot,
}

/// How much a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What fits a table.
    Short,
    /// All there is.
    Full,
}

/// A cell: what it says, and how that is meant.
pub type Cell = (String, Tone);

/// Nothing to say.
const NONE: &str = "-";

impl Column {
    /// The heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Agent => "AGENT",
            Self::Tenant => "TENANT",
            Self::Host => "HOST",
            Self::Role => "ROLE",
            Self::Runtime => "RUNTIME",
            Self::Unit => "UNIT",
            Self::Session => "SESSION",
            Self::Pid => "PID",
            Self::Proc => "PROC",
            Self::Activity => "ACTIVITY",
            Self::Heartbeat => "HEARTBEAT",
            Self::Health => "HEALTH",
            Self::Drift => "DRIFT",
            Self::Boot => "BOOT",
        }
    }

    /// Its cell in a row, at this time.
    pub fn cell(self, row: &Row, now_ms: u64, detail: Detail) -> Cell {
        let plain = |text: String| (text, Tone::Plain);
        match self {
            Self::Agent => (shown(&row.agent), Tone::Strong),
            Self::Tenant => plain(shown(&row.tenant)),
            Self::Host => plain(shown(&row.host)),
            Self::Role if !row.managed => ("unmanaged".to_owned(), Tone::Quiet),
            Self::Role => plain(or_none(row.role.as_deref())),
            Self::Runtime => plain(or_none(row.runtime.as_deref())),
            Self::Unit => plain(unit(row, detail)),
            Self::Session => session(row, now_ms, detail),
            Self::Pid => plain(row.pid.map_or_else(|| NONE.to_owned(), |pid| pid.to_string())),
            Self::Proc => process(row),
            Self::Activity => activity(row, now_ms, detail),
            Self::Heartbeat => plain(heartbeat(row)),
            Self::Health => health(row, detail),
            Self::Drift => drift(row, detail),
            Self::Boot => boot(row, detail),
        }
    }
}

/// A text without control characters: what an agent is called never moves our cursor.
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A duration in its largest unit: `40ms` never, `3s`, `12m`, `5h`, `9d`.
pub fn age(ms: u64) -> String {
    match ms / 1000 {
        seconds @ 0..=59 => format!("{seconds}s"),
        seconds @ 60..=3599 => format!("{}m", seconds / 60),
        seconds @ 3600..=86_399 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
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

fn or_none(text: Option<&str>) -> String {
    text.map_or_else(|| NONE.to_owned(), shown)
}

fn unit(row: &Row, detail: Detail) -> String {
    match (&row.unit.name, detail) {
        (Some(name), Detail::Full) => format!("{} {name}", row.unit.state),
        _ => row.unit.state.clone(),
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
        return (NONE.to_owned(), Tone::Plain);
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

/// `812K`, `12M`, `1.4G`.
fn bytes(count: u64) -> String {
    let kib = count / 1024;
    match kib {
        0..=1023 => format!("{kib}K"),
        1024..=1_048_575 => format!("{}M", kib / 1024),
        _ => format!("{}.{}G", kib / 1_048_576, kib % 1_048_576 * 10 / 1_048_576),
    }
}

fn activity(row: &Row, now_ms: u64, detail: Detail) -> Cell {
    let state = row.activity.state.as_str();
    if row.lifecycle != "running" || state == "unknown" {
        return (NONE.to_owned(), Tone::Plain);
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

fn heartbeat(row: &Row) -> String {
    let Some(beat) = &row.heartbeat else {
        return NONE.to_owned();
    };
    let Some(age_ms) = beat.age_ms else {
        return if beat.channel.is_some() { "no answer yet" } else { "no channel" }.to_owned();
    };
    let rtt =
        beat.rtt_us.map_or_else(String::new, |us| format!(" {}.{}ms", us / 1000, us % 1000 / 100));
    let lost = if beat.channel.is_some() { "" } else { ", channel lost" };
    format!("{} ago{rtt}{lost}", age(age_ms))
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
        ([], _) => return (NONE.to_owned(), Tone::Plain),
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
        // Without a supervisor nobody has read the roster.
        (true, _, None) if row.wanted.is_none() => ("unknown", Tone::Quiet),
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
