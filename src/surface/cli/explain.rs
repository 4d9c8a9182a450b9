//! `agent explain`: every verdict with its evidence, source, age and rule.

use super::output::{Paint, Tone};
use super::table::{Cell, age, health_tone, shown, width};
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
    output::write(&page(&reply, desk.paint, output::width()))
}

fn page(reply: &ExplainReply, paint: Paint, columns: Option<usize>) -> String {
    let mut lines = vec![format!(
        "{}  {}  {}",
        paint.tone(Tone::Strong, &shown(&reply.address)),
        shown(&reply.row.lifecycle),
        paint.tone(health_tone(&reply.row.health), &shown(&reply.row.health)),
    )];
    let widest = reply.evidence.iter().map(|one| width(&shown(&one.cell))).max().unwrap_or(0);
    let place = Place { indent: widest + 3, columns };
    for (at, one) in reply.evidence.iter().enumerate() {
        let head = format!("  {:<widest$} ", shown(&one.cell));
        lines.extend(place.fill(&head, &verdict(one), paint));
        // A rule that several lines share is told once, below the last of them.
        if reply.evidence.get(at + 1).is_none_or(|next| next.rule != one.rule) {
            let rule = format!("rule: {}", shown(&one.rule));
            lines.extend(place.fill(&" ".repeat(place.indent), &[(rule, Tone::Quiet)], paint));
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
        lines.extend(reply.events.iter().map(|event| events::sentence(event, paint, None)));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What, and why anybody may say so.
fn verdict(one: &Evidence) -> [Cell; 3] {
    let how_old = one.age_ms.map_or_else(String::new, |ms| format!(", {} old", age(ms)));
    [
        (format!("{}:", shown(&one.verdict)), Tone::Strong),
        (shown(&one.evidence), Tone::Plain),
        (format!("({}{how_old})", shown(&one.source)), Tone::Quiet),
    ]
}

/// Where text is put: right of an indent, in lines of the terminal's width where it has one.
struct Place {
    indent: usize,
    columns: Option<usize>,
}

impl Place {
    /// Lines of words, the first with this head; a word that is too long has a line of its own.
    fn fill(&self, head: &str, texts: &[Cell], paint: Paint) -> Vec<String> {
        let (mut lines, mut line, mut used) = (Vec::new(), head.to_owned(), self.indent);
        let words = texts.iter().flat_map(|(text, tone)| text.split(' ').map(|word| (word, *tone)));
        for (word, tone) in words {
            let wide = width(word) + usize::from(used > self.indent);
            if used > self.indent && self.columns.is_some_and(|columns| used + wide > columns) {
                lines.push(std::mem::replace(&mut line, " ".repeat(self.indent)));
                used = self.indent;
            }
            if used > self.indent {
                line.push(' ');
                used += 1;
            }
            line.push_str(&paint.tone(tone, word));
            used += width(word);
        }
        lines.push(line);
        lines
    }
}
