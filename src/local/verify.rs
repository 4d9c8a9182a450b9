//! `events verify`: reads the journal as it lies, folds it, and compares; with or without a
//! supervisor. It changes nothing.

use std::io;
use std::path::Path;

use super::LocalError;
use crate::fleet::{Fleet, Recorded, fold};
use crate::host::journal::{self, Finding, JournalError, Note, Signed, StoredEvent, Verified};
use crate::places::Places;
use crate::wire::client::Client;
use crate::wire::{
    CheckpointRecord, ErrorCode, FindingRecord, SCHEMA_VERSION, StateReply, VerifyReply,
};

/// Looks at the whole journal. `against` is a file with checkpoints that were kept elsewhere, or
/// one such checkpoint itself.
pub async fn verify(places: &Places, against: Option<&str>) -> Result<VerifyReply, LocalError> {
    let against = against.map_or(Ok(Vec::new()), kept)?;
    // Before the rows are read: what it holds is among them.
    let live = Client::new(&places.control()).state().await.ok();
    let path = places.journal();
    let (reading, expected) = (path.clone(), live.clone());
    let read = tokio::task::spawn_blocking(move || look(&reading, &against, expected.as_ref()));
    let read = read.await.map_err(|panic| {
        LocalError::said(ErrorCode::Failed, format!("read the journal: {panic}"), "")
    })?;
    let (verified, folded) = read.map_err(|error| said(&error))?;
    let agrees = live.as_ref().map(|live| folded.as_deref() == Some(live.digest.as_str()));
    Ok(reply(&path, verified, agrees, live.as_ref()))
}

/// Walks and folds; the digest of the fold as of the event that the supervisor told.
fn look(
    path: &Path,
    against: &[Note],
    live: Option<&StateReply>,
) -> Result<(Verified, Option<String>), JournalError> {
    let as_of = live.map(|live| live.as_of_seq);
    let mut fleet = Fleet::default();
    let mut digest = (as_of == Some(0)).then(|| fleet.digest());
    let each = |stored: StoredEvent, recorded: Recorded| {
        fold(&mut fleet, &recorded);
        if as_of == Some(stored.seq) {
            digest = Some(fleet.digest());
        }
        Ok(())
    };
    let verified = journal::verify(path, against, each)?;
    Ok((verified, digest))
}

fn kept(against: &str) -> Result<Vec<Note>, LocalError> {
    let (text, place) = if against.contains('\n') {
        (against.to_owned(), "--against".to_owned())
    } else {
        let text = std::fs::read_to_string(against).map_err(|error| {
            let hint = "name a file with checkpoints, or give one: --against \"$(cat FILE)\"";
            LocalError::said(ErrorCode::BadRequest, format!("read {against}: {error}"), hint)
        })?;
        (text, against.to_owned())
    };
    journal::notes(&text).map_err(|what| {
        let hint = "`mosaic events checkpoint` prints one to be kept";
        LocalError::said(ErrorCode::BadRequest, format!("{place}: {what}"), hint)
    })
}

pub(super) fn said(error: &JournalError) -> LocalError {
    let why = std::error::Error::source(error).map_or_else(String::new, |why| format!(": {why}"));
    let kind = match error {
        JournalError::Io { source, .. } => Some(source.kind()),
        JournalError::Foreign { .. } => Some(io::ErrorKind::PermissionDenied),
        JournalError::Full { .. }
        | JournalError::ReadOnly { .. }
        | JournalError::Corrupt { .. }
        | JournalError::Unproven { .. }
        | JournalError::Key { .. }
        | JournalError::NotAJournal { .. }
        | JournalError::NewerVersion { .. }
        | JournalError::Busy { .. }
        | JournalError::KeyUsed { .. }
        | JournalError::Unreadable { .. }
        | JournalError::Closed { .. }
        | JournalError::Sql { .. } => None,
    };
    let begins = "`mosaic fleet up` begins one; MOSAIC_HOME says where it lies";
    let (code, hint) = match kind {
        Some(io::ErrorKind::NotFound) => (ErrorCode::NotFound, begins),
        Some(io::ErrorKind::PermissionDenied) => (ErrorCode::Forbidden, ""),
        _ => (ErrorCode::Failed, ""),
    };
    LocalError::said(code, format!("{error}{why}"), hint)
}

fn reply(
    path: &Path,
    verified: Verified,
    agrees: Option<bool>,
    live: Option<&StateReply>,
) -> VerifyReply {
    let mut findings: Vec<FindingRecord> = verified.findings.into_iter().map(finding).collect();
    if let (Some(false), Some(live)) = (agrees, live) {
        let seq = live.as_of_seq;
        let what =
            format!("the supervisor holds something else than the journal up to event {seq}");
        findings.push(FindingRecord { seq: Some(seq), what, covered_by: None });
    }
    VerifyReply {
        schema_version: SCHEMA_VERSION,
        journal: path.display().to_string(),
        origin: verified.origin,
        events: verified.events,
        checkpoints: verified.checkpoints,
        last_checkpoint: verified.last.map(checkpoint),
        verifier_key: verified.verifier_key,
        agrees_with_supervisor: agrees,
        findings,
        omitted: verified.omitted,
        notes: verified.notes,
    }
}

fn finding(finding: Finding) -> FindingRecord {
    let Finding { seq, what, covered_by } = finding;
    FindingRecord { seq, what, covered_by }
}

fn checkpoint(signed: Signed) -> CheckpointRecord {
    let Signed { size, at_ms, key, note } = signed;
    CheckpointRecord { size, at_ms, key, note }
}
