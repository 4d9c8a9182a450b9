//! `agent explain`: every verdict with its evidence, source, age and rule.

use super::table::{events_told, evidence, heading, last_words, painted};
use super::{Desk, Failure, Machine, output};
use crate::table::{Line, Paint};
use crate::wire::ExplainReply;

/// Explains a row.
pub async fn run(desk: &Desk<impl Machine>, agent: &str, json: bool) -> Result<(), Failure> {
    if json {
        let text = desk.client.explain_text(agent).await?;
        let end = if text.ends_with(b"\n") { "" } else { "\n" };
        return desk.pages.write(&format!("{}{end}", String::from_utf8_lossy(&text))).await;
    }
    let reply = desk.client.explain(agent).await?;
    desk.pages.write(&page(&reply, desk.paint, output::width())).await
}

fn page(reply: &ExplainReply, paint: Paint, columns: Option<usize>) -> String {
    let mut lines: Vec<Line> = vec![heading(reply)];
    lines.extend(evidence(reply, columns));
    for part in [last_words(reply), events_told(reply, columns)] {
        if !part.is_empty() {
            lines.push(Line::new());
            lines.extend(part);
        }
    }
    lines.iter().map(|line| format!("{}\n", painted(line, paint))).collect()
}
