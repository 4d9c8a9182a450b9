//! Looks whether the journal is what was signed: every row, every checkpoint, all that is wrong
//! at once. It changes nothing, and a supervisor may write meanwhile.

mod chain;
mod notes;
mod placed;
mod rows;

use std::path::Path;

use super::checkpoint::{Checkpoint, key_name, verifier_key};
use super::error::JournalError;
use super::stored::StoredEvent;
use super::{checkpoints, key, schema};
use crate::fleet::Recorded;

use notes::{Judged, inside, outside};
pub use notes::{Note, notes};

/// Whoever has to read more than this has understood; the rest is counted.
const FINDINGS_MAX: usize = 100;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The event that it is about, or the first of them.
    pub seq: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// The first checkpoint that was signed over that event, by its number of events.
    pub covered_by: Option<u64>,
}

/// A checkpoint that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// How many events.
    pub size: u64,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// The id of the key, in hexadecimal digits.
    pub key: String,
    /// The note itself, for whoever wants to keep it elsewhere.
    pub note: String,
}

impl Signed {
    fn of(checkpoint: &Checkpoint) -> Self {
        let Checkpoint { size, at_ms, .. } = *checkpoint;
        Self { size, at_ms, key: key_name(checkpoint.key), note: checkpoint.text() }
    }
}

/// What a look at the whole journal came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// Which journal it is; empty when it has no event.
    pub origin: String,
    /// How many events there are.
    pub events: u64,
    /// How many checkpoints were looked at.
    pub checkpoints: u64,
    /// The last checkpoint that holds.
    pub last: Option<Signed>,
    /// The public key, as programs for signed notes want it.
    pub verifier_key: Option<String>,
    /// What is wrong, in the order of the journal; none is good.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub omitted: u64,
    /// What is not wrong, and yet worth to be known.
    pub notes: Vec<String>,
}

impl Verified {
    fn finds(&mut self, seq: Option<u64>, what: String) {
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { seq, what, covered_by: None });
        } else {
            self.omitted += 1;
        }
    }
}

/// Walks the journal at `path`. `against` are checkpoints that were kept elsewhere; every event
/// goes to `each` in order, and what it says is wrong with one ends the giving.
pub fn verify(
    path: &Path,
    against: &[Note],
    each: impl FnMut(StoredEvent, Recorded) -> Result<(), String>,
) -> Result<Verified, JournalError> {
    let file = checkpoints::place(path);
    let failed = |error| JournalError::io(&file, "read the checkpoints of", error);
    let mut verified = Verified::default();
    let key = match key::read(&key::place(path)) {
        Ok(key) => key,
        Err(error) => {
            verified.finds(None, error.to_string());
            None
        }
    };
    // What was outside before the rows are looked at is about rows that are there; what the table
    // has was outside before it came to the table.
    let known = checkpoints::read(&file).map_err(failed)?.len();
    let (mut connection, format) = match schema::open_to_look(path) {
        Err(JournalError::Corrupt { what, .. }) => {
            verified.finds(None, format!("{} cannot be opened: {what}", path.display()));
            return Ok(verified);
        }
        opened => opened?,
    };
    let sql = |error| JournalError::sql(path, "read", error);
    let snapshot = connection.transaction().map_err(sql)?;
    let tabled = inside(&snapshot, format).unwrap_or_else(|error| {
        verified.finds(None, format!("the table of checkpoints cannot be read: {error}"));
        Vec::new()
    });
    let text = checkpoints::read(&file).map_err(failed)?;

    let mut judged = Judged::default();
    judged.outside = outside(&text, known, &file, &mut verified);
    judged.compare(tabled, &mut verified);
    judged.kept_elsewhere(against, &mut verified);
    // SQLite's own look takes as long as ours, and needs nothing of it.
    let (beside, _) = schema::open_to_look(path)?;
    let (walked, said) = std::thread::scope(|scope| {
        let said = scope.spawn(move || rows::integrity(&beside));
        let walked = rows::walk(&snapshot, path, &judged.sizes(), each, &mut verified);
        (walked, said.join())
    });
    let walked = walked?;
    let said = said.unwrap_or_else(|_| vec!["SQLite's check of its file broke off".to_owned()]);
    said.into_iter().for_each(|what| verified.finds(None, what));
    judged.judge(&walked, key.as_ref(), &mut verified);
    verified.verifier_key = key.map(|key| verifier_key(&verified.origin, &key.verifying_key()));
    if verified.origin.is_empty() {
        verified.verifier_key = None;
    }
    Ok(verified)
}
