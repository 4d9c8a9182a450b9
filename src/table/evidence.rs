//! Why a row says what it says: every verdict with its evidence, source, age and rule.

use super::cells::health_tone;
use super::event::event_within;
use super::text::{age, shown, width};
use super::tone::{Cell, Line, Tone};
use crate::wire::{Evidence, ExplainReply};

/// Who it is about, and the two verdicts.
pub fn heading(reply: &ExplainReply) -> Line {
    let health = &reply.row.health;
    vec![
        (shown(&reply.address), Tone::Strong),
        (format!("  {}  ", shown(&reply.row.lifecycle)), Tone::Plain),
        (shown(health), health_tone(health)),
    ]
}

/// Each cell, and why anybody may say so; in lines of so many columns where there are so many.
pub fn evidence(reply: &ExplainReply, columns: Option<usize>) -> Vec<Line> {
    let widest = reply.evidence.iter().map(|one| width(&shown(&one.cell))).max().unwrap_or(0);
    let place = Place { indent: widest + 3, columns };
    let mut lines = Vec::new();
    for (at, one) in reply.evidence.iter().enumerate() {
        let head = format!("  {:<widest$} ", shown(&one.cell));
        lines.extend(place.fill(&head, &verdict(one)));
        // A rule that several lines share is told once, below the last of them.
        if reply.evidence.get(at + 1).is_none_or(|next| next.rule != one.rule) {
            let rule = format!("rule: {}", shown(&one.rule));
            lines.extend(place.fill(&" ".repeat(place.indent), &[(rule, Tone::Quiet)]));
        }
    }
    lines
}

/// What its pane showed when it last ended; nothing where it never did.
pub fn last_words(reply: &ExplainReply) -> Vec<Line> {
    let words =
        reply.last_words.iter().map(|line| vec![(format!("  {}", shown(line)), Tone::Plain)]);
    under("last lines of its pane at its last exit", words)
}

/// What happened to it last; each in one line of so many columns where there are so many.
pub fn events_told(reply: &ExplainReply, columns: Option<usize>) -> Vec<Line> {
    under("last events", reply.events.iter().map(|event| event_within(event, columns)))
}

/// Lines with a heading; no heading over nothing.
fn under(heading: &str, lines: impl ExactSizeIterator<Item = Line>) -> Vec<Line> {
    if lines.len() == 0 {
        return Vec::new();
    }
    std::iter::once(vec![(heading.to_owned(), Tone::Quiet)]).chain(lines).collect()
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
    fn fill(&self, head: &str, texts: &[Cell]) -> Vec<Line> {
        let (mut lines, mut used) = (Vec::new(), self.indent);
        let mut line = vec![(head.to_owned(), Tone::Plain)];
        let words = texts.iter().flat_map(|(text, tone)| text.split(' ').map(|word| (word, *tone)));
        for (word, tone) in words {
            let wide = width(word) + usize::from(used > self.indent);
            if used > self.indent && self.columns.is_some_and(|columns| used + wide > columns) {
                let next = vec![(" ".repeat(self.indent), Tone::Plain)];
                lines.push(std::mem::replace(&mut line, next));
                used = self.indent;
            }
            if used > self.indent {
                line.push((" ".to_owned(), Tone::Plain));
                used += 1;
            }
            line.push((word.to_owned(), tone));
            used += width(word);
        }
        lines.push(line);
        lines
    }
}
