//! The line below the table: how many of what, and the first thing to do. It draws no row and keeps
//! none.

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
    let mut tally = Tally::default();
    rows.rows.iter().for_each(|row| tally.count(row));
    tally.summary(rows.of, columns)
}

/// What is counted of rows while they come.
#[derive(Debug, Default)]
pub struct Tally {
    rows: usize,
    agents: usize,
    verdicts: Vec<Counted>,
    unenforced: usize,
    /// What somebody has to look at, by its urgency.
    pressing: [Several; PRESSING],
    differ: Several,
    /// Whether the first that differs is in no roster any more.
    is_gone: bool,
    cured: usize,
}

/// How many urgencies want somebody to do something.
const PRESSING: usize = 5;

/// Rows of one verdict.
#[derive(Debug)]
struct Counted {
    urgency: u8,
    word: String,
    tone: Tone,
    count: usize,
}

/// Agents of one kind: how many, the name of the first, and what is said of it.
#[derive(Debug, Default)]
struct Several {
    count: usize,
    agent: String,
    verdict: String,
}

impl Several {
    fn count(&mut self, row: &Row) {
        if self.count == 0 {
            self.agent.clone_from(&row.agent);
            verdict(row).0.clone_into(&mut self.verdict);
        }
        self.count += 1;
    }
}

impl Tally {
    /// Counts a row.
    pub fn count(&mut self, row: &Row) {
        self.rows += 1;
        self.count_verdict(row);
        let is_free = row.limits.as_ref().is_some_and(|limits| !limits.enforced);
        self.unenforced += usize::from(is_free);
        if !row.managed {
            return;
        }
        self.agents += 1;
        if let Some(several) = self.pressing.get_mut(usize::from(urgency(row))) {
            several.count(row);
        }
        if !row.drift.is_empty() && !is_stopped(row) {
            if self.differ.count == 0 {
                self.is_gone = row.drift.iter().any(|drift| drift.field == "agent");
            }
            self.differ.count(row);
        }
        // Not where no unit can be: without systemd, or for a fleet that was moved.
        let cured = row.boot.wanted && row.boot.missing.iter().any(|m| m.contains(ENABLE));
        self.cured += usize::from(cured);
    }

    fn count_verdict(&mut self, row: &Row) {
        let (word, tone) = verdict(row);
        let urgency = urgency(row);
        match self.verdicts.iter_mut().find(|counted| counted.word == word) {
            Some(counted) => {
                counted.urgency = counted.urgency.min(urgency);
                counted.count += 1;
            }
            None => self.verdicts.push(Counted { urgency, word: word.to_owned(), tone, count: 1 }),
        }
    }

    /// The lines of a table that has these rows of so many.
    pub fn summary(&self, of: usize, columns: Option<usize>) -> Vec<Line> {
        let plain = |text: String| (text, Tone::Plain);
        if of == 0 {
            let how = "no agents; `mosaic fleet init` shows a roster, `mosaic fleet up` starts it";
            return vec![vec![plain(how.to_owned())]];
        }
        if self.rows == 0 {
            return vec![vec![plain(format!(
                "none of {of} rows is of this kind; `mosaic ps` shows all"
            ))]];
        }
        let mut counted = self.counted(of);
        let Some(next) = self.first().map(|what| format!("next: {what}")) else {
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
    fn counted(&self, of: usize) -> Line {
        let Self { rows, agents, .. } = self;
        let noun = if *agents == 1 { "agent" } else { "agents" };
        let part = if *rows < of { format!(" ({rows} of {of} rows)") } else { String::new() };
        let mut line = vec![(format!("{agents} {noun}{part}: "), Tone::Plain)];
        line.extend(self.counts());
        line.extend(self.unenforced().map(|what| (format!("; {what}"), Tone::Plain)));
        line
    }

    /// `2 healthy, 1 held`: the good first, then by urgency.
    fn counts(&self) -> Line {
        let mut counts: Vec<&Counted> = self.verdicts.iter().collect();
        counts.sort_by_key(|counted| (counted.word != "healthy", counted.urgency));
        let counted = counts.iter().enumerate().flat_map(|(at, counted)| {
            let comma = if at == 0 { "" } else { ", " };
            let count = (format!("{comma}{} ", counted.count), Tone::Plain);
            [count, (shown(&counted.word), counted.tone)]
        });
        counted.collect()
    }

    /// What the roster limits and nothing holds it to.
    fn unenforced(&self) -> Option<String> {
        match self.unenforced {
            0 => None,
            1 => Some("limits of 1 agent are not enforced".to_owned()),
            count => Some(format!("limits of {count} agents are not enforced")),
        }
    }

    /// The first thing to do, the most urgent first, and why.
    fn first(&self) -> Option<String> {
        if let Some(at) = self.pressing.iter().position(|several| several.count > 0) {
            let Several { count, agent, verdict } = &self.pressing[at];
            let (why, verb) = match at {
                4 => ("awaiting", "attach"),
                _ => (verdict.as_str(), "agent explain"),
            };
            return Some(format!("{count} {}: mosaic {verb} {}", shown(why), shown(agent)));
        }
        let Several { count, agent, .. } = &self.differ;
        if *count > 0 {
            let verb = if self.is_gone { "stop" } else { "restart" };
            return Some(format!("{count} in drift: mosaic agent {verb} {}", shown(agent)));
        }
        let count = self.cured;
        (count > 0).then(|| format!("{count} would not come back after a reboot: {ENABLE}"))
    }
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

/// The verb that cures a boot readiness of `missing`.
const ENABLE: &str = "mosaic fleet enable";
