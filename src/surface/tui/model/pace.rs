//! How long what is shown stays true while nothing happens. The finest thing on the screen decides;
//! what is not on it costs nothing.

use std::time::Duration;

use super::{Model, Over, Places};
use crate::table::{Column, next_age};
use crate::wire::Row;

/// Processor and memory are looked at this often: no event tells of them.
const LOADS: Duration = Duration::from_secs(10);

/// Evidence in a detail says how old it is.
const EVIDENCE: Duration = Duration::from_secs(5);

/// What no event tells and no cell shows: sessions on our socket that are not ours.
const STRANGERS: Duration = Duration::from_secs(60);

/// How long things stay true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Until an age reads differently, milliseconds; nothing when none is shown.
    pub redraw_ms: Option<u64>,
    /// How long rows are good for, from when they came.
    pub rows_good_for: Duration,
    /// How long evidence is good for, where any is shown.
    pub evidence_good_for: Option<Duration>,
}

impl Pace {
    /// Of this screen.
    pub fn of(model: &Model) -> Self {
        let away = model.away.as_ref().map(|away| next_age(since(model, away.rows_ms)));
        if model.away.is_some() {
            // Who is away is looked for at a pace of its own.
            return Self { redraw_ms: away, rows_good_for: STRANGERS, evidence_good_for: None };
        }
        if model.detail.is_some() {
            return Self {
                redraw_ms: None,
                rows_good_for: STRANGERS,
                evidence_good_for: Some(EVIDENCE),
            };
        }
        if matches!(model.over, Some(Over::Help(_))) {
            return Self { redraw_ms: None, rows_good_for: STRANGERS, evidence_good_for: None };
        }
        let room = usize::from(Places::of(model).body.rows);
        let (_, page) = model.list.page(&model.reply.rows, room);
        let shows = |column: Column| model.list.shape().iter().any(|(other, _)| *other == column);
        let mut redraw_ms: Option<u64> = None;
        let mut good_for = STRANGERS;
        for row in page {
            if row.lifecycle == "running" {
                let session = row.session.as_ref().map(|session| session.since_ms);
                let ages = [
                    session.filter(|_| shows(Column::Session)),
                    row.activity.since_ms.filter(|_| shows(Column::Activity)),
                ];
                for at_ms in ages.into_iter().flatten() {
                    let next = next_age(since(model, at_ms));
                    redraw_ms = Some(redraw_ms.map_or(next, |known| known.min(next)));
                }
            }
            if shows(Column::Heartbeat) {
                good_for = good_for.min(heartbeat(row).unwrap_or(STRANGERS));
            }
            if shows(Column::Proc) && row.process.is_some() {
                good_for = good_for.min(LOADS);
            }
        }
        Self { redraw_ms, rows_good_for: good_for, evidence_good_for: None }
    }
}

/// An answer may have come since: how old the last one is can only be asked.
fn heartbeat(row: &Row) -> Option<Duration> {
    let age_ms = row.heartbeat.as_ref()?.age_ms?;
    let step = if age_ms < 60_000 { 1000 } else { 60_000 };
    Some(Duration::from_millis(step))
}

fn since(model: &Model, at_ms: u64) -> u64 {
    model.now_ms.saturating_sub(at_ms)
}
