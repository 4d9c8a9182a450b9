//! The status line: who is watched, how it is, which part of it is seen, and what the keys do.

use super::Stage;
use crate::clock;
use crate::surface::cli::table::{age, shown};
use crate::wire::Row;

impl Stage {
    /// The line, as wide as it is long: what does not fit goes last.
    pub(super) fn status(&self) -> String {
        let mut parts = vec![self.agent.clone()];
        parts.extend(self.trouble.clone());
        if let Some((below, above)) = self.canvas.behind() {
            parts.push(match above {
                0 => "nothing scrolled off: End is live".to_owned(),
                _ => format!("{below} rows back of {above}: End is live"),
            });
        }
        parts.extend(self.notice.clone());
        if let Some((row, at)) = &self.row {
            // While nothing is heard, what was said before may be wrong now.
            if self.notice.is_none() || row.lifecycle != "running" {
                parts.extend(verdicts(row, *at));
            }
        }
        if self.canvas.behind().is_none() {
            parts.extend(self.place());
        }
        if let (None, Some((row, _))) = (&self.notice, &self.row) {
            parts.extend(doings(row));
        }
        if !self.title.is_empty() {
            parts.push(format!("\u{201c}{}\u{201d}", shown(&self.title)));
        }
        parts.push("? keys · q quits".to_owned());
        format!(" {}", parts.join(" · "))
    }

    /// The size of the agent's screen, and which part of it is seen.
    fn place(&self) -> Option<String> {
        let size = self.canvas.size().map(|size| format!("{}x{}", size.columns, size.rows))?;
        Some(match self.canvas.cropped() {
            Some((column, row)) => {
                let keys =
                    if self.canvas.follows() { "arrows pan" } else { "arrows pan, f follows" };
                format!("{size} cropped at {column},{row} {}: {keys}", self.canvas.more())
            }
            None => size,
        })
    }
}

/// Lifecycle where it is not plain, health, and how old the last answer is by now.
fn verdicts(row: &Row, at_ms: u64) -> Vec<String> {
    let mut parts = Vec::new();
    if row.lifecycle != "running" {
        let why = row.lifecycle_detail.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        parts.push(shown(&format!("{}{why}", row.lifecycle)));
    }
    parts.push(shown(&row.health));
    if let Some(age_ms) = row.heartbeat.as_ref().and_then(|beat| beat.age_ms) {
        parts.push(format!("{} ago", age(age_ms + clock::mono_ms().saturating_sub(at_ms))));
    }
    parts
}

/// What it does, and who else is there: on a narrow terminal this goes first.
fn doings(row: &Row) -> Vec<String> {
    let mut parts = Vec::new();
    if row.activity.state != "unknown" {
        parts.push(shown(&row.activity.state));
    }
    if let Some(who) = &row.attached {
        parts.push(format!("{} has the keyboard", shown(who)));
    }
    parts
}
