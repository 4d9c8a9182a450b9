//! `agent explain`: every verdict with its evidence, source, age and rule.

use super::output::{Paint, Tone};
use super::table::{age, health_tone, shown, width};
use super::{Desk, Failure, Machine, events, output};
use crate::wire::{Evidence, ExplainReply};

/// Explains a row.
pub async fn run(desk: &Desk<impl Machine>, agent: &str, json: bool) -> Result<(), Failure> {
    if json {
        let text = desk.client.explain_text(agent).await?;
        output::write_bytes(&text)?;
        return output::write(if text.ends_with(b"\n") { "" } else { "\n" });
    }
    let reply = desk.client.explain(agent).await?;
    output::write(&page(&reply, desk.paint))
}

fn page(reply: &ExplainReply, paint: Paint) -> String {
    let mut lines = vec![format!(
        "{}  {}  {}",
        paint.tone(Tone::Strong, &shown(&reply.address)),
        shown(&reply.row.lifecycle),
        paint.tone(health_tone(&reply.row.health), &shown(&reply.row.health)),
    )];
    let widest = reply.evidence.iter().map(|one| width(&shown(&one.cell))).max().unwrap_or(0);
    for (at, one) in reply.evidence.iter().enumerate() {
        lines.push(verdict(one, widest, paint));
        // A rule that several lines share is told once, below the last of them.
        if reply.evidence.get(at + 1).is_none_or(|next| next.rule != one.rule) {
            let rule = paint.tone(Tone::Quiet, &format!("rule: {}", shown(&one.rule)));
            lines.push(format!("  {:<widest$} {rule}", ""));
        }
    }
    if !reply.last_words.is_empty() {
        lines.push(String::new());
        lines.push(paint.tone(Tone::Quiet, "last lines of its pane at its last exit"));
        lines.extend(reply.last_words.iter().map(|line| format!("  {}", shown(line))));
    }
    if !reply.events.is_empty() {
        lines.push(String::new());
        lines.push(paint.tone(Tone::Quiet, "last events"));
        lines.extend(reply.events.iter().map(|event| events::sentence(event, paint)));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What, and why anybody may say so.
fn verdict(one: &Evidence, widest: usize, paint: Paint) -> String {
    let how_old = one.age_ms.map_or_else(String::new, |ms| format!(", {} old", age(ms)));
    let from = format!("({}{how_old})", shown(&one.source));
    format!(
        "  {:<widest$} {}: {} {}",
        shown(&one.cell),
        paint.tone(Tone::Strong, &shown(&one.verdict)),
        shown(&one.evidence),
        paint.tone(Tone::Quiet, &from),
    )
}
