//! `events verify` and `events checkpoint`: whether the journal is what was signed, and what to keep
//! elsewhere of it.

use super::output::{self, Tone};
use super::{Desk, Exit, Failure, Machine};
use crate::fleet::rfc3339;
use crate::wire::VerifyReply;

/// Looks at the whole journal, and tells all that is wrong.
pub async fn run(
    desk: &Desk<impl Machine>,
    against: Option<&str>,
    json: bool,
) -> Result<(), Failure> {
    let reply = desk.machine.verify(against).await?;
    if json {
        output::json(&reply)?;
    } else {
        output::write(&told(desk, &reply))?;
    }
    let count = reply.findings.len() as u64 + reply.omitted;
    if count == 0 {
        return Ok(());
    }
    let hint =
        "docs/journal.md says what each means; put a copy that holds back, and keep this one";
    let message = format!("{}: {count} findings", reply.journal);
    Err(Failure::new(Exit::Damaged, message, hint))
}

/// Prints the last checkpoint, to be kept where nobody of this user can change it.
pub async fn checkpoint(desk: &Desk<impl Machine>) -> Result<(), Failure> {
    let reply = desk.machine.verify(None).await?;
    if let Some(last) = reply.last_checkpoint {
        output::write(&last.note)?;
        return Ok(());
    }
    let hint = "one is signed within ten seconds of the first event; \
                `mosaic events verify` tells more";
    Err(Failure::new(Exit::NotFound, format!("{}: no checkpoint holds", reply.journal), hint))
}

fn told(desk: &Desk<impl Machine>, reply: &VerifyReply) -> String {
    let mut lines = Vec::new();
    for finding in &reply.findings {
        let covered = finding.covered_by.map_or_else(String::new, |size| {
            format!(" (covered by the checkpoint of event {size})")
        });
        lines.push(format!("{} {}{covered}", desk.paint.tone(Tone::Bad, "wrong:"), finding.what));
    }
    if reply.omitted > 0 {
        lines.push(format!("and {} more", reply.omitted));
    }
    lines.extend(reply.notes.iter().map(|note| format!("note: {note}")));
    let signed = match &reply.last_checkpoint {
        Some(last) => {
            format!("the last that holds is of event {}, {}", last.size, rfc3339(last.at_ms))
        }
        None => "none holds".to_owned(),
    };
    let supervisor = match reply.agrees_with_supervisor {
        Some(true) => "; the supervisor holds the same",
        Some(false) => "; the supervisor holds something else",
        None => "",
    };
    lines.push(format!(
        "{} events, {} checkpoints: {signed}{supervisor}",
        reply.events, reply.checkpoints
    ));
    lines.join("\n") + "\n"
}
