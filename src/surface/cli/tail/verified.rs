//! `agent tail --verify`: whether what is kept is what was written.

use super::super::output::{self, Tone};
use super::super::table::shown;
use super::super::{Desk, Exit, Failure, Machine};
use crate::wire::OutputVerifyReply;

/// Looks, and tells which bytes are wrong.
pub async fn run(desk: &Desk<impl Machine>, agent: &str, json: bool) -> Result<(), Failure> {
    let reply = desk.machine.verify_output(agent).await?;
    if json {
        output::json(&reply)?;
    } else {
        output::write(&told(desk, &reply))?;
    }
    let count = reply.findings.len() as u64 + reply.journal_findings;
    if count == 0 {
        return Ok(());
    }
    let hint = match reply.journal_findings {
        0 => {
            "what an agent wrote is kept in files of its user, who can change them; compare with a copy"
        }
        _ => "`mosaic events verify` tells what is wrong with the journal itself",
    };
    let message = format!("the output of \"{agent}\" is not what was written: {count} findings");
    Err(Failure::new(Exit::Damaged, message, hint))
}

fn told(desk: &Desk<impl Machine>, reply: &OutputVerifyReply) -> String {
    let wrong = desk.paint.tone(Tone::Bad, "wrong:");
    let mut lines: Vec<String> =
        reply.findings.iter().map(|what| format!("{wrong} {}", shown(what))).collect();
    if reply.journal_findings > 0 {
        let count = reply.journal_findings;
        lines.push(format!("{wrong} the journal itself is not what was signed: {count} findings"));
    }
    let OutputVerifyReply { segments, bytes, open, dropped, .. } = reply;
    lines.push(format!(
        "{segments} closed segments, {bytes} bytes compared; {open} not closed yet, {dropped} gone by the limit"
    ));
    lines.join("\n") + "\n"
}
