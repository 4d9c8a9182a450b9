//! Why each cell says what it says: the evidence, who saw it, how old it is, and the rule.

mod life;
mod talk;
#[cfg(test)]
mod tests;
mod wish;

use super::{Evidence, Row};
use crate::fleet::{Agent, Beat, Moment};

/// What an explanation looks at.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The agent.
    pub agent: &'a Agent,
    /// Its probes.
    pub beat: &'a Beat,
    /// Its row.
    pub row: &'a Row,
    /// Now.
    pub now: Moment,
}

/// A line of evidence for each cell of a row, named as the row names it; for drift one for each
/// field.
pub fn explain(shown: &Shown<'_>) -> Vec<Evidence> {
    let mut lines = vec![
        life::lifecycle(shown),
        wish::wanted(shown),
        talk::health(shown),
        talk::heartbeat(shown),
        talk::activity(shown),
        talk::inbox(shown),
        talk::attached(shown),
        life::session(shown),
        life::pane(shown),
        life::pid(shown),
        life::process(shown),
        life::unit(shown),
        life::output(shown),
    ];
    lines.extend(talk::counters(shown));
    lines.extend(wish::drift(shown));
    lines.extend([
        wish::boot(shown),
        wish::role(shown),
        wish::runtime(shown),
        wish::labels(shown),
        wish::limits(shown),
    ]);
    lines
}

/// Evidence that does not age.
fn line(cell: &str, verdict: String, evidence: String, source: &str, rule: &str) -> Evidence {
    Evidence {
        cell: cell.to_owned(),
        verdict,
        evidence,
        source: source.to_owned(),
        age_ms: None,
        rule: rule.to_owned(),
    }
}

/// A time in the unit that reads best: `180 ms`, `4.2 s`, `15 s`, `5 min`.
fn span(ms: u64) -> String {
    match ms {
        0..=999 => format!("{ms} ms"),
        1000..=119_999 if ms % 1000 < 100 => format!("{} s", ms / 1000),
        1000..=119_999 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        _ => format!("{} min", ms / 60_000),
    }
}
