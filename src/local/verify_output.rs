//! `agent tail --verify`: whether what is kept of an agent is what the journal says was written; with
//! or without a supervisor. It changes nothing.

use std::collections::BTreeMap;
use std::path::Path;

use super::{LocalError, verify};
use crate::fleet::{AgentName, Event, Recorded};
use crate::host::journal::{self, StoredEvent};
use crate::host::output;
use crate::places::Places;
use crate::wire::{ErrorCode, OutputVerifyReply, SCHEMA_VERSION};

/// What the journal says of a closed segment.
struct Closed {
    /// The event that says so.
    seq: u64,
    offset: u64,
    length: u64,
    sha256: String,
}

impl Closed {
    /// Which bytes of an agent's output they are.
    fn place(&self, number: u64) -> String {
        let Self { offset, length, .. } = self;
        format!("{}, bytes {offset} to {}", output::segment_name(number), offset + length)
    }

    /// In what the bytes that are there are not those.
    fn difference(&self, length: u64, sha256: &str) -> Option<String> {
        let Self { seq, offset, length: told, sha256: expected } = self;
        if length < *told {
            let from = offset + length;
            Some(format!(
                "those from {from} on are missing; event {seq} says {told}, {length} are there"
            ))
        } else if length > *told {
            let more = length - told;
            Some(format!("{more} bytes stand behind what event {seq} says"))
        } else if sha256 != expected {
            Some(format!("their SHA-256 is {sha256}, and event {seq} says {expected}"))
        } else {
            None
        }
    }
}

/// Looks at every segment of an agent that is there.
pub async fn verify_output(places: &Places, agent: &str) -> Result<OutputVerifyReply, LocalError> {
    let (name, directory) = super::output::kept(places, agent)?;
    let journal = places.journal();
    let looking = tokio::task::spawn_blocking(move || look(&journal, &directory, &name));
    looking.await.map_err(|panic| {
        LocalError::said(ErrorCode::Failed, format!("read the output: {panic}"), "")
    })?
}

fn look(
    journal: &Path,
    directory: &Path,
    agent: &AgentName,
) -> Result<OutputVerifyReply, LocalError> {
    let (closed, journal_findings) = told(journal, agent)?;
    let unread = |error: std::io::Error| {
        let message = format!("read {}: {error}", directory.display());
        LocalError::said(ErrorCode::Failed, message, "")
    };
    let kept = output::numbers(directory).map_err(unread)?;
    let (first, last) = (kept.first().copied(), kept.last().copied());
    let mut reply = OutputVerifyReply {
        schema_version: SCHEMA_VERSION,
        agent: agent.to_string(),
        segments: 0,
        bytes: 0,
        dropped: 0,
        open: 0,
        findings: Vec::new(),
        journal_findings,
    };
    for number in &kept {
        let Some(said) = closed.get(number) else {
            reply.open += 1;
            continue;
        };
        let Some((length, sha256)) = output::digest(directory, *number).map_err(unread)? else {
            continue;
        };
        reply.segments += 1;
        reply.bytes += length;
        if let Some(what) = said.difference(length, &sha256) {
            reply.findings.push(format!("{}: {what}", said.place(*number)));
        }
    }
    for (number, said) in &closed {
        let is_older = first.is_none_or(|first| *number < first);
        if is_older || kept.contains(number) {
            reply.dropped += u64::from(is_older);
        } else if last.is_some_and(|last| *number < last) {
            let (place, seq) = (said.place(*number), said.seq);
            reply.findings.push(format!("{place}, of event {seq}, is gone"));
        }
    }
    Ok(reply)
}

/// What the journal says of the segments of an agent, and in how many things the journal itself is
/// not what was signed.
fn told(journal: &Path, agent: &AgentName) -> Result<(BTreeMap<u64, Closed>, u64), LocalError> {
    let mut closed = BTreeMap::new();
    let each = |stored: StoredEvent, recorded: Recorded| {
        if stored.agent.as_deref() != Some(agent.as_str()) {
            return Ok(());
        }
        if let Event::SegmentClosed { segment, offset, length, sha256, .. } = recorded.event {
            closed.insert(segment, Closed { seq: stored.seq, offset, length, sha256 });
        }
        Ok(())
    };
    let verified = journal::verify(journal, &[], each).map_err(|error| verify::said(&error))?;
    Ok((closed, verified.findings.len() as u64 + verified.omitted))
}
