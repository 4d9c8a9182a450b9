//! The checkpoints one by one: form, order, origin, signature, root.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use ed25519_dalek::SigningKey;
use rusqlite::Connection;

use super::placed::{Placed, Tabled};
use super::rows::{Walked, missing};
use super::{Signed, Verified, chain};
use crate::fleet::rfc3339;
use crate::host::journal::checkpoint::{Checkpoint, Follows, key_id, key_name, pieces};
use crate::host::journal::stored::natural;

/// A checkpoint that somebody kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note(Checkpoint);

/// Reads checkpoints that were kept elsewhere; at least one.
pub fn notes(text: &str) -> Result<Vec<Note>, String> {
    // A shell takes the last newline away.
    let text = format!("{}\n", text.trim_end());
    let notes: Result<Vec<Note>, String> = pieces(&text)
        .iter()
        .map(|piece| match Checkpoint::parse(piece.text) {
            Ok(checkpoint) => Ok(Note(checkpoint)),
            Err(what) => Err(format!("no checkpoint at line {}: {what}", piece.line)),
        })
        .collect();
    match notes {
        Ok(notes) if notes.is_empty() => Err("there is no checkpoint in it".to_owned()),
        notes => notes,
    }
}

/// The table; a journal of format 1 has none.
pub(super) fn inside(connection: &Connection, format: i64) -> rusqlite::Result<Tabled> {
    if format < 2 {
        return Ok(Vec::new());
    }
    let mut rows = connection.prepare("SELECT size, note FROM checkpoints ORDER BY size")?;
    let rows = rows.query_map([], |row| Ok((natural(row.get(0)?), row.get(1)?)))?;
    rows.collect()
}

/// The checkpoints outside the journal; `known` bytes of them were there before the rows.
pub(super) fn outside(
    bytes: &[u8],
    known: usize,
    file: &Path,
    verified: &mut Verified,
) -> Vec<Placed> {
    let text = String::from_utf8_lossy(bytes);
    let known_lines = String::from_utf8_lossy(&bytes[..known.min(bytes.len())]).lines().count();
    let mut all: Vec<Placed> = Vec::new();
    let mut is_behind_none = false;
    for piece in pieces(&text) {
        let place = format!("{}:{}", file.display(), piece.line);
        if !piece.is_whole {
            verified.notes.push(format!("{place}: half a checkpoint; the next start cuts it off"));
            continue;
        }
        let checkpoint = match Checkpoint::parse(piece.text) {
            Ok(checkpoint) => checkpoint,
            Err(what) => {
                verified.finds(None, format!("{place}: this is no checkpoint: {what}"));
                is_behind_none = true;
                continue;
            }
        };
        let before = all.last().map(|last| last.checkpoint.size);
        if let Some(before) = before.filter(|before| *before >= checkpoint.size) {
            let size = checkpoint.size;
            let what = format!(
                "{place}: the checkpoint of event {size} stands behind that of event {before}"
            );
            verified.finds(None, what);
        }
        let is_late = piece.line > known_lines;
        all.push(Placed { place, checkpoint, is_late, is_behind_none });
        is_behind_none = false;
    }
    all
}

/// All checkpoints that there are to be looked at.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub outside: Vec<Placed>,
    more: Vec<Placed>,
}

impl Judged {
    /// Compares the table with what is outside: nothing came to the table that was not there.
    pub fn compare(&mut self, tabled: Tabled, verified: &mut Verified) {
        chain::compare(&self.outside, &tabled, verified);
        let begins = self.outside.first().map(|one| one.checkpoint.follows);
        let is_cut = matches!(begins, Some(Follows::Note { .. }));
        let first = self.outside.iter().map(|one| one.checkpoint.size).min();
        // A quiet journal has a checkpoint for every few events: these may be many.
        let by_size: HashMap<u64, usize> = (0..self.outside.len())
            .rev()
            .map(|at| (self.outside[at].checkpoint.size, at))
            .collect();
        let mut former = 0;
        if let (None, Some((size, _))) = (first, tabled.last()) {
            let what = format!(
                "the table has checkpoints up to event {size} and the file beside the journal none: \
                 it was taken away"
            );
            verified.finds(None, what);
        }
        for (size, note) in tabled {
            let place = format!("the table's checkpoint of event {size}");
            let checkpoint = match tabled_under(size, &note) {
                Ok(checkpoint) => checkpoint,
                Err(what) => {
                    verified.finds(None, format!("{place} {what}"));
                    continue;
                }
            };
            let twin = by_size.get(&size).map(|at| &self.outside[*at]);
            let what = match (twin, first) {
                (Some(twin), _) if twin.checkpoint == checkpoint => continue,
                (Some(twin), _) => Some(format!("{place} is not the one at {}", twin.place)),
                (None, Some(first)) if size < first => {
                    former += 1;
                    continue;
                }
                (None, Some(_)) => Some(format!("{place} is missing in the file beside it")),
                (None, None) => None,
            };
            if let Some(what) = what {
                verified.finds(None, what);
            }
            self.more.push(Placed::alone(place, checkpoint));
        }
        if former > 0 && !is_cut {
            let first = first.unwrap_or_default();
            verified.notes.push(format!(
                "{former} checkpoints of the table are older than the file beside the journal, \
                 which begins at event {first}: it was begun anew, and they prove nothing"
            ));
        }
    }

    /// Takes what was kept elsewhere.
    pub fn kept_elsewhere(&mut self, against: &[Note], verified: &mut Verified) {
        for Note(checkpoint) in against {
            let place = format!("the checkpoint of event {} that was kept", checkpoint.size);
            self.more.push(Placed::alone(place, checkpoint.clone()));
        }
        verified.checkpoints = (self.outside.len() + self.more.len()) as u64;
    }

    /// The sizes whose roots are asked for.
    pub fn sizes(&self) -> BTreeSet<u64> {
        self.outside.iter().chain(&self.more).map(|one| one.checkpoint.size).collect()
    }

    /// Compares each with the rows, and says which covers what was found in them.
    pub fn judge(self, walked: &Walked, key: Option<&SigningKey>, verified: &mut Verified) {
        let mut all: Vec<Placed> = self.outside.into_iter().chain(self.more).collect();
        all.retain(|one| !(one.is_late && one.checkpoint.size > walked.head));
        all.sort_by_key(|one| one.checkpoint.size);
        let mut ours = Vec::new();
        for one in all {
            match is_ours(&one.checkpoint, key, &verified.origin) {
                Ok(()) => ours.push(one),
                Err(what) => verified.finds(None, format!("{} {what}", one.place)),
            }
        }
        cut_off(&ours, walked, verified);
        differing(&ours, walked, verified);
        if let Some(gap) = walked.gap {
            let count = ours.iter().filter(|one| one.checkpoint.size > gap).count();
            let what = format!("{count} checkpoints behind event {gap} could not be compared");
            verified.notes.push(what);
        }
        let covering = |seq: u64| ours.iter().map(|one| one.checkpoint.size).find(|at| *at >= seq);
        for finding in &mut verified.findings {
            finding.covered_by = finding.seq.and_then(covering);
        }
        let signed = ours.last().map_or(0, |one| one.checkpoint.size);
        if walked.head > signed {
            let (from, head) = (signed + 1, walked.head);
            verified.notes.push(format!("not signed yet: events {from} to {head}"));
        }
    }
}

/// The checkpoint that a row of the table holds.
fn tabled_under(size: u64, note: &str) -> Result<Checkpoint, String> {
    let checkpoint = Checkpoint::parse(note).map_err(|what| format!("is none: {what}"))?;
    if checkpoint.size != size {
        return Err(format!("was signed over {} events", checkpoint.size));
    }
    Ok(checkpoint)
}

/// Whether the key beside the journal signed it, and for this journal.
fn is_ours(checkpoint: &Checkpoint, key: Option<&SigningKey>, origin: &str) -> Result<(), String> {
    if checkpoint.origin != origin && !origin.is_empty() {
        return Err(format!("is of another journal: {}, and this is {origin}", checkpoint.origin));
    }
    let by = key_name(checkpoint.key);
    let Some(key) = key.map(SigningKey::verifying_key) else {
        return Err(format!("was signed by key {by}, which is not beside the journal"));
    };
    let ours = key_id(&checkpoint.origin, &key);
    if checkpoint.key != ours {
        let ours = key_name(ours);
        return Err(format!("was signed by key {by}, and the one beside the journal is {ours}"));
    }
    if !checkpoint.is_signed_by(&key) {
        return Err("has a signature that does not fit: it was changed".to_owned());
    }
    Ok(())
}

/// Rows that were signed and are not there any more.
fn cut_off(ours: &[Placed], walked: &Walked, verified: &mut Verified) {
    let Some(Placed { place, checkpoint, .. }) = ours.last() else { return };
    let (first, size) = (walked.head + 1, checkpoint.size);
    if size >= first {
        let (missing, at) = (missing(first, size), rfc3339(checkpoint.at_ms));
        let what = format!("{missing} at the end: {place} was signed over them at {at}");
        verified.finds(Some(first), what);
    }
}

/// Rows that agree with their leaves, and not with what was signed. All later checkpoints differ
/// too: they are counted, not told.
fn differing(ours: &[Placed], walked: &Walked, verified: &mut Verified) {
    let (mut agreed, mut first, mut later) = (0, None, 0);
    for one in ours {
        let (size, root) = (one.checkpoint.size, one.checkpoint.root);
        match walked.roots.get(&size) {
            Some(found) if *found == root => {
                agreed = size;
                verified.last = Some(Signed::of(&one.checkpoint));
            }
            Some(_) if first.is_none() => first = Some((agreed + 1, one)),
            Some(_) => later += 1,
            None => {}
        }
    }
    if let Some((from, Placed { place, checkpoint, .. })) = first {
        let (size, at) = (checkpoint.size, rfc3339(checkpoint.at_ms));
        let more =
            if later > 0 { format!(" ({later} later ones differ too)") } else { String::new() };
        let what = format!(
            "events {from} to {size} are not those that {place} was signed over at {at}{more}"
        );
        verified.finds(Some(from), what);
    }
}
